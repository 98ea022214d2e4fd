"""Where the crops of a batch lie in flat arrays: what every kernel on the working grid takes."""

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
