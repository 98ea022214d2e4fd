"""Crops: all cells of a batch on the working grid, which is what nodes are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.kernels import kernels_for
from hpa_features.kernels.layout import CropLayout, NativeLayout

FEWEST_STEPS = 8
Array: TypeAlias = Any
"""An array of numpy's or CuPy's; which one, only the kernels know."""


@dataclass(frozen=True, slots=True)
class Crops:
    """The cells of a batch end to end, and the native planes that they come from.

    Attributes
    ----------
    kernels
        The package of kernels that runs where these arrays are.
    native
        Where the cells lie in the native planes.
    layout
        Where each cell's crop lies.
    region
        (total,) uint8: 0 outside the cell, 1 cytoplasm, 2 nucleus.
    values
        Channel → (total,) uint16: signal, 65535 at full scale; 0 outside the cell.
    signal
        Channel → (pixels,) uint16: native pixels after background, all fields end to end.
    ceilings
        Channel → (n,) int64: the signal of a saturated pixel in each cell's field.
    spans
        Channel → (n,) float64: eight gray steps of the cell's field on the scale of `values`.
    scales
        Channel → (n, 2) float64: full scale and background in each cell's field.
    fields
        (n, 3) float64: height and width of each cell's field and edge of its pixels, all in µm.
    background
        Channel → (fields,) int64, on the host.
    """

    kernels: Any
    native: NativeLayout
    layout: CropLayout
    region: Array
    values: Mapping[Channel, Array]
    signal: Mapping[Channel, Array]
    ceilings: Mapping[Channel, Array]
    spans: Mapping[Channel, Array]
    scales: Mapping[Channel, Array]
    fields: Array
    background: Mapping[Channel, NDArray[np.int64]]


def make_crops(batch: Batch) -> Crops:
    """Put the cells of `batch` on the working grid, each from its own pixels only."""
    kernels = kernels_for(*(masks.cells for masks in batch.masks))
    native = _native(kernels, batch)
    starts = kernels.from_host(batch.starts)
    home = batch.field_of_cells
    background, signal, ceilings, spans, scales, on_grid = {}, {}, {}, {}, {}, {}
    for channel in batch.channels:
        planes = kernels.from_host(batch.flat(channel))
        step, dark = _gray(kernels, batch, channel, planes, native.labels, starts)
        full = np.array([field.full_scale[channel] for field in batch.fields], np.int64)
        background[channel] = dark
        signal[channel] = kernels.subtracted(planes, kernels.from_host(dark), starts)
        ceilings[channel] = kernels.from_host((full - dark)[home])
        # Values of the grid are rounded: so many steps may lie one value closer there.
        spans[channel] = kernels.from_host(np.floor(FEWEST_STEPS * step * 65535.0 / full)[home])
        scales[channel] = kernels.from_host(np.stack([full, dark], axis=1)[home].astype(float))
        on_grid[channel] = kernels.from_host((65535.0 / full)[home])
    layout = kernels.crop_layout(native, batch.grid_um)
    region = kernels.resample_regions(native, layout)
    grids = kernels.resample_signals(
        list(signal.values()), list(on_grid.values()), native, region, layout
    )
    values = dict(zip(signal, grids, strict=True))
    fields = kernels.from_host(batch.field_sizes_um[home])
    return Crops(
        kernels, native, layout, region, values, signal, ceilings, spans, scales, fields, background
    )


def _native(kernels: Any, batch: Batch) -> NativeLayout:
    found: NativeLayout = kernels.index_cells(
        *(
            kernels.from_host(array)
            for array in (
                batch.labels,
                np.concatenate([masks.nuclei.ravel() for masks in batch.masks]) > 0,
                batch.field_of_cells,
                batch.starts[:-1],
                np.array([masks.cells.shape for masks in batch.masks], np.int64).reshape(-1, 2),
                np.array([field.pixel_size_um for field in batch.fields]),
            )
        )
    )
    return found


def _gray(
    kernels: Any, batch: Batch, channel: Channel, planes: Array, labels: Array, starts: Array
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (fields,) gray step and background on the host: the fields' own where given."""
    [steps] = kernels.to_host([kernels.smallest_steps(planes, starts)])
    steps = _own_first([field.step for field in batch.fields], channel, steps)
    on_device = kernels.from_host(steps)
    [levels] = kernels.to_host([kernels.background_levels(planes, labels, starts, on_device)])
    return steps, _own_first([field.background for field in batch.fields], channel, levels)


def _own_first(
    own: Sequence[Mapping[Channel, int] | None], channel: Channel, measured: NDArray[np.int64]
) -> NDArray[np.int64]:
    pairs = zip(own, measured, strict=True)
    return np.array([value if each is None else each[channel] for each, value in pairs], np.int64)
