"""Crops: all cells of a batch on the working grid, which is what nodes are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.kernels.layout import CropLayout

if TYPE_CHECKING:
    from hpa_features.features.products.index import CellIndex


@dataclass(frozen=True, slots=True)
class Crops:
    """The cells of a batch end to end, and the native planes that they come from.

    Attributes
    ----------
    kernels
        The package of kernels that runs where these arrays are.
    layout
        Where each cell's crop lies.
    region
        (total,) uint8: 0 outside the cell, 1 cytoplasm, 2 nucleus.
    values
        Channel → (total,) uint16: signal, 65535 at full scale; 0 outside the cell.
    index
        Where the cells lie in the native planes.
    signal
        Channel → (pixels,) uint16: native pixels after background, all fields end to end.
    ceilings
        Channel → (n,) int64: the signal of a saturated pixel in each cell's field.
    spans
        Channel → (n,) float64: eight gray steps of the cell's field on the scale of `values`.
    scales
        Channel → (n, 3) float64: full scale and background in the cell's field, and the edge of
        its native pixels in µm.
    """

    kernels: ModuleType
    layout: CropLayout
    region: NDArray[np.uint8]
    values: Mapping[Channel, NDArray[np.uint16]]
    index: CellIndex
    signal: Mapping[Channel, NDArray[np.uint16]]
    ceilings: Mapping[Channel, NDArray[np.int64]]
    spans: Mapping[Channel, NDArray[np.float64]]
    scales: Mapping[Channel, NDArray[np.float64]]


FEWEST_STEPS = 8
PARTS = ("index", "full_scale", "steps", "background", "signal", "working")


def crops_of(kernels: ModuleType, products: Mapping[str, Any]) -> Crops:
    """Return the crops that products hold."""
    grid = products["working"]
    layout = CropLayout(grid.starts, grid.shape, grid.step_um, int(grid.region.size))
    index = products["index"]
    ceilings, spans, scales = {}, {}, {}
    for channel in grid.values:
        full = products["full_scale"][channel][index.field]
        dark = products["background"][channel][index.field]
        # Values of the grid are rounded: so many steps may lie one value closer there.
        span = np.floor(
            FEWEST_STEPS * products["steps"][channel] * 65535.0 / products["full_scale"][channel]
        )
        spans[channel] = kernels.from_host(span[index.field])
        ceilings[channel] = kernels.from_host(full - dark)
        scales[channel] = kernels.from_host(np.stack([full, dark, index.pixel_um], axis=1))
    return Crops(
        kernels,
        layout,
        grid.region,
        grid.values,
        index,
        products["signal"],
        ceilings,
        spans,
        scales,
    )
