"""Where the cells of a batch lie in flat arrays: in native planes, and in crops of the grid."""

from __future__ import annotations

from typing import Any, NamedTuple

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
