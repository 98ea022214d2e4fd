"""The nearest pixel of a set, for every pixel of a plane."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NONE = -1  # index of the nearest pixel where the set is empty
FAR = 1 << 30  # squared distance there


@njit(cache=True, nogil=True)
def _nearest_rows(support: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the row of the nearest pixel of `support` in the same column, the upper on ties."""
    rows, columns = support.shape
    near = np.empty((rows, columns), np.int32)
    last = np.full(columns, NONE, np.int32)
    for r in range(rows):
        for c in range(columns):
            if support[r, c]:
                last[c] = r
            near[r, c] = last[c]
    last[:] = NONE
    for r in range(rows - 1, -1, -1):
        for c in range(columns):
            if support[r, c]:
                last[c] = r
            below, above = last[c], near[r, c]
            if below != NONE and (above == NONE or below - r < r - above):
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
    column's nearest row high. Where two are equally low, the left one counts.
    """
    columns = near.shape[1]
    count = 0
    for c in range(columns):
        if near[r, c] == NONE:
            continue
        gap = np.int64(near[r, c] - r)
        high = gap * gap
        while count:
            at, j = begin[count - 1], apex[count - 1]
            if (at - j) * (at - j) + height[count - 1] <= (at - c) * (at - c) + high:
                break
            count -= 1
        start = np.int64(0)
        if count:
            j = apex[count - 1]
            start = 1 + (c * c - j * j + high - height[count - 1]) // (2 * (c - j))
        if start < columns:
            apex[count], begin[count], height[count] = c, start, high
            count += 1
    return count


@njit(cache=True, nogil=True)
def nearest(support: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the squared pixel distance to the nearest pixel of `support`, and its flat index.

    Of several equally near the one in the lowest column, then row, is taken, as SciPy's feature
    transform does. `FAR` and `NONE` where `support` is empty.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, A general algorithm for computing distance transforms
    in linear time.
    """
    rows, columns = support.shape
    squared = np.full((rows, columns), FAR, np.int32)
    index = np.full((rows, columns), NONE, np.int32)
    near = _nearest_rows(support)
    apex, begin, height = np.empty((3, columns), np.int64)
    for r in range(rows):
        end = columns
        for k in range(_envelope(near, r, apex, begin, height) - 1, -1, -1):
            j = apex[k]
            target = near[r, j] * columns + j
            for c in range(begin[k], end):
                squared[r, c] = (c - j) * (c - j) + height[k]
                index[r, c] = target
            end = begin[k]
    return squared, index
