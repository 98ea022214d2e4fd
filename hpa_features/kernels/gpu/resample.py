"""From native pixels to each cell's own working grid."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.images import from_host, to_host
from hpa_features.kernels.gpu.launch import Array, Arrays, Each, empties, launch
from hpa_features.kernels.layout import CropLayout, NativeLayout, crop_layout_of


def crop_layout(native: NativeLayout, grid_um: float) -> CropLayout:
    """Return where each cell's crop on the working grid lies, a margin of one pixel about it.

    It waits for the device: the number of pixels follows from the boxes of cells.
    """
    box, field, field_um = to_host([native.box, native.field, native.field_um])
    starts, shape, step_um, total = crop_layout_of(box, field_um[field], grid_um)
    return CropLayout(from_host(starts), from_host(shape), from_host(step_um), total)


def resample_regions(native: NativeLayout, layout: CropLayout) -> Array:
    """Return (total,) uint8: 0 outside, 1 cytoplasm, 2 nucleus, for every cell's crop in turn.

    A grid pixel belongs to the cell when the cell's own pixels cover at least half of it, and
    to the nucleus when nucleus pixels do.
    """
    region = cupy.empty(layout.total, np.uint8)
    launch("resample", "resample_regions", len(layout.step_um), native, layout, region)
    return region


def resample_signals(
    signals: Arrays,
    scales: Arrays,
    native: NativeLayout,
    region: Array,
    layout: CropLayout,
) -> Arrays:
    """Return each of the signals on the working grid, (total,) uint16, 0 outside the cell.

    A grid pixel is the area-weighted mean over this cell's pixels in it, times the cell's scale
    (n,), rounded half up.
    """
    grids = empties(len(signals), layout.total, np.uint16)
    launch(
        "resample",
        "resample_signals",
        len(layout.step_um),
        Each(signals, np.uint16),
        Each(scales, float),
        native,
        region,
        layout,
        Each(grids),
    )
    return grids
