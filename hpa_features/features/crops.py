"""Crops: all cells of a batch on the working grid, which is what nodes are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch, Planes
from hpa_features.kernels import kernels_for
from hpa_features.kernels.layout import CropLayout, NativeLayout

FEWEST_STEPS = 8
Array: TypeAlias = Any
"""An array of numpy's or CuPy's; which one, only the kernels know."""


class PlaneFacts(NamedTuple):
    """What the planes of one channel are like before background is taken off, (fields,) int64.

    Attributes
    ----------
    step
        Smallest gap between gray values.
    background
        Gray value where there are no cells.
    saturated
        Pixels at full scale or above.
    total, squares
        Σ value and Σ value² of all pixels.
    """

    step: NDArray[np.int64]
    background: NDArray[np.int64]
    saturated: NDArray[np.int64]
    total: NDArray[np.int64]
    squares: NDArray[np.int64]


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
    spans
        Channel → (n,) float64: eight gray steps of the cell's field on the scale of `values`.
    scales
        Channel → (n, 2) float64: full scale and background in each cell's field.
    fields
        (n, 3) float64: height and width of each cell's field and edge of its pixels, all in µm.
    planes
        Channel → facts of the fields' planes, on the host.
    """

    kernels: Any
    native: NativeLayout
    layout: CropLayout
    region: Array
    values: Mapping[Channel, Array]
    signal: Mapping[Channel, Array]
    spans: Mapping[Channel, Array]
    scales: Mapping[Channel, Array]
    fields: Array
    planes: Mapping[Channel, PlaneFacts]


def make_crops(batch: Batch, kernels: Any = None, given: Planes | None = None) -> Crops:
    """Put the cells of `batch` on the working grid, each from its own pixels only.

    `kernels` is the package that does so; None: that of the library of the masks. `given` are the
    planes of the batch where they are on its device already.
    """
    kernels = kernels or kernels_for(*(masks.cells for masks in batch.masks))
    native = _native(kernels, batch, given)
    starts = kernels.from_host(batch.starts)
    home = batch.field_of_cells
    planes, signal, spans, scales, on_grid = {}, {}, {}, {}, {}
    for number, channel in enumerate(batch.channels):
        gray = given.gray[number] if given else kernels.from_host(batch.flat(channel))
        facts = _plane_facts(kernels, batch, channel, gray, native.labels, starts)
        step, dark = facts.step, facts.background
        full = np.array([field.full_scale[channel] for field in batch.fields], np.int64)
        planes[channel] = facts
        signal[channel] = kernels.subtracted(gray, kernels.from_host(dark), starts)
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
    return Crops(kernels, native, layout, region, values, signal, spans, scales, fields, planes)


def _native(kernels: Any, batch: Batch, given: Planes | None) -> NativeLayout:
    found: NativeLayout = kernels.index_cells(
        *given[:2] if given else map(kernels.from_host, (batch.labels, batch.nuclei)),
        *(
            kernels.from_host(array)
            for array in (
                batch.field_of_cells,
                batch.starts[:-1],
                np.array([masks.cells.shape for masks in batch.masks], np.int64).reshape(-1, 2),
                np.array([field.pixel_size_um for field in batch.fields]),
            )
        ),
    )
    return found


def _plane_facts(
    kernels: Any, batch: Batch, channel: Channel, planes: Array, labels: Array, starts: Array
) -> PlaneFacts:
    """Return what a channel's planes are like: step and background the field's own where given."""
    own = [0 if field.step is None else field.step[channel] for field in batch.fields]
    full = [field.full_scale[channel] for field in batch.fields]
    given = (kernels.from_host(np.array(each, np.int64)) for each in (own, full))
    [found] = kernels.to_host([kernels.plane_facts(planes, labels, starts, *given)])
    facts = PlaneFacts(*found.T)
    pairs = zip(batch.fields, facts.background, strict=True)
    dark = [level if f.background is None else f.background[channel] for f, level in pairs]
    return facts._replace(background=np.array(dark, np.int64))
