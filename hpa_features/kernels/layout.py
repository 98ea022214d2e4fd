"""Where the cells of a batch lie in flat arrays: in native planes, and in crops of the grid."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class CropLayout(NamedTuple):
    """The crops of n cells end to end, each row by row with a margin of one outside pixel.

    Attributes
    ----------
    starts
        (n + 1,) int64: the crop of cell i is ``[starts[i]:starts[i + 1]]``.
    shape
        (n, 2) int64: its rows and columns.
    step_um
        (n,) float64: edge of its pixels.
    total
        Pixels of all crops: known without reading `starts` from a device.
    """

    starts: NDArray[Any]
    shape: NDArray[Any]
    step_um: NDArray[Any]
    total: int


class NativeLayout(NamedTuple):
    """Where n cells lie in the flat planes of f fields, which are ravelled and end to end.

    Attributes
    ----------
    labels
        (pixels,) int32: cell number 1…n in the batch, 0 outside.
    nuclei
        (pixels,) bool: nucleus pixels.
    offsets
        (n + 1,) int64: the pixels of cell i are ``position[offsets[i]:offsets[i + 1]]``.
    position
        (covered pixels,) int64: flat positions, in raster order within each cell.
    box
        (n, 4) int64: first row, first column, one past last row, one past last column.
    field
        (n,) int64: number of each cell's field in the batch.
    field_start, field_shape
        (f,) and (f, 2) int64: where each field begins, its rows and columns.
    field_um
        (f,) float64: edge of a native pixel.
    """

    labels: NDArray[Any]
    nuclei: NDArray[Any]
    offsets: NDArray[Any]
    position: NDArray[Any]
    box: NDArray[Any]
    field: NDArray[Any]
    field_start: NDArray[Any]
    field_shape: NDArray[Any]
    field_um: NDArray[Any]


def grid_factor(pixel_um: NDArray[np.float64], grid_um: float) -> NDArray[np.float64]:
    """Return native pixels per grid pixel; within 5 % of an integer it is that integer."""
    factor = grid_um / pixel_um
    whole = np.maximum(np.round(factor), 1.0)
    return np.where(np.abs(factor - whole) <= 0.05 * whole, whole, factor)


def crop_layout_of(
    box: NDArray[np.int64], pixel_um: NDArray[np.float64], grid_um: float
) -> CropLayout:
    """Return where the crop of each cell lies, by its box and native pixels (n,), on the host."""
    factor = grid_factor(pixel_um, grid_um)
    extent = box[:, 2:] - box[:, :2]
    shape = np.ceil(extent / factor[:, None] - 1e-9).astype(np.int64) + 2
    starts = np.concatenate(([0], np.cumsum(shape[:, 0] * shape[:, 1])))
    return CropLayout(starts, shape, factor * pixel_um, int(starts[-1]))
