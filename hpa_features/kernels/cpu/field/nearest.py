"""How far every pixel of a plane is from the nearest labelled one, and whose that is."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_NONE = -1


@njit(cache=True, nogil=True)
def _nearest_rows(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the row of the nearest labelled pixel of the same column, the upper on ties."""
    rows, columns = labels.shape
    near = np.empty((rows, columns), np.int32)
    last = np.full(columns, _NONE, np.int32)
    for r in range(rows):
        for c in range(columns):
            if labels[r, c]:
                last[c] = r
            near[r, c] = last[c]
    last[:] = _NONE
    for r in range(rows - 1, -1, -1):
        for c in range(columns):
            if labels[r, c]:
                last[c] = r
            below, above = last[c], near[r, c]
            if below != _NONE and (above == _NONE or below - r < r - above):
                near[r, c] = below
    return near


@njit(cache=True, nogil=True)
def _envelope(
    near: NDArray[np.int32],
    r: int,
    apex: NDArray[np.int64],
    begin: NDArray[np.int64],
    height: NDArray[np.int64],
) -> int:
    """Write the parabolas that are lowest somewhere in row `r`, and return their number.

    Each has its apex in a column, is lowest from `begin` on and there the squared gap to the
    column's nearest row high. Where two are equally low, the left one counts. A labelled pixel
    between two labelled ones is nearest to itself only and has no parabola.
    """
    columns = near.shape[1]
    count = 0
    for c in range(columns):
        if near[r, c] == _NONE:
            continue
        gap = np.int64(near[r, c] - r)
        if gap == 0 and 0 < c < columns - 1 and near[r, c - 1] == r and near[r, c + 1] == r:
            continue
        high = gap * gap
        while count:
            at, j = begin[count - 1], apex[count - 1]
            if (at - j) * (at - j) + height[count - 1] <= (at - c) * (at - c) + high:
                break
            count -= 1
        start = np.int64(0)
        if count:
            j = apex[count - 1]
            rise = np.float64(c * c - j * j + high - height[count - 1])
            start = 1 + np.int64(np.floor(rise / np.float64(2 * (c - j))))
        if start < columns:
            apex[count], begin[count], height[count] = c, start, high
            count += 1
    return count


@njit(cache=True, nogil=True)
def nearest(labels: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the distance to the nearest pixel with a label, in pixels, and its label.

    Of several equally near ones that in the lowest column, then row, is taken, as SciPy's
    feature transform does. Infinite and 0 where there is no label at all.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance transforms
    in linear time.
    """
    rows, columns = labels.shape
    distance = np.full((rows, columns), np.inf)
    label = labels.copy()
    near = _nearest_rows(labels)
    apex, begin, height = np.empty((3, columns), np.int64)
    squares = np.arange(-columns, columns, dtype=np.float64) ** 2
    for r in range(rows):
        end = columns
        for k in range(_envelope(near, r, apex, begin, height) - 1, -1, -1):
            j, high = apex[k], np.float64(height[k])
            own = labels[near[r, j], j]
            squared = squares[columns - j :]
            for c in range(begin[k], end):
                distance[r, c] = np.sqrt(squared[c] + high)
                label[r, c] = own
            end = begin[k]
        for c in range(columns):
            if labels[r, c]:
                distance[r, c] = 0.0
                label[r, c] = labels[r, c]
    return distance, label
