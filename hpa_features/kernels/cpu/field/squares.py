"""Squares cut out of planes at another pixel size, for networks."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _taps(
    first: float, factor: float, count: int, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return which pixels of [0, size) each of `count` new ones is made of, and their weights.

    (count,) begins, (count,) ends, and (count, m) weights of the pixels from each begin on. Nothing
    is outside [0, size).
    """
    begins = np.zeros(count, np.int64)
    ends = np.zeros(count, np.int64)
    weights = np.zeros((count, math.ceil(factor) + 2))
    for k in range(count):
        low = first + k * factor
        if factor >= 1.0:
            begins[k] = begin = min(max(0, math.floor(low)), size)
            ends[k] = end = max(min(size, math.ceil(low + factor)), begin)
            for at in range(begin, end):
                share = min(at + 1.0, low + factor) - max(float(at), low)
                weights[k, at - begin] = max(share, 0.0) / factor
            continue
        middle = low + 0.5 * factor
        if 0.0 <= middle <= size:
            place = min(max(middle - 0.5, 0.0), size - 1.0)
            begins[k] = begin = min(int(place), max(size - 2, 0))
            ends[k] = min(begin + 2, size)
            weights[k, 0] = 1.0 - (place - begin)
            weights[k, 1] = place - begin
    return begins, ends, weights


@njit(cache=True, nogil=True)
def write_square(
    plane: NDArray[np.unsignedinteger],
    labels: NDArray[np.int32],
    only: int,
    corner: tuple[int, int],
    factor: float,
    scale: float,
    square: NDArray[np.float32],
) -> None:
    """Write the square of `plane` whose first pixel begins at `corner`, at another pixel size.

    Parameters
    ----------
    plane
        (rows, columns).
    labels
        (rows, columns); pixels that do not have the label `only` count as 0, unless that is 0.
    corner
        Row and column, which may lie outside the plane. Outside, values are 0.
    factor
        Pixels of the plane along the edge of a new one. From 1 on, a new pixel is the mean over
        its area; below 1, it is interpolated linearly between the middles of pixels.
    scale
        Values are multiplied by it.
    square
        (n, n), overwritten.
    """
    edge = square.shape[0]
    rows, columns = plane.shape
    row0, row1, tall = _taps(float(corner[0]), factor, edge, rows)
    col0, col1, wide = _taps(float(corner[1]), factor, edge, columns)
    top, bottom = row0.max(), 0
    for r in range(edge):
        if row1[r] > row0[r]:
            top, bottom = min(top, row0[r]), max(bottom, row1[r])
    lines = np.zeros((max(bottom - top, 0), edge))
    for row in range(top, bottom):
        for c in range(edge):
            total = 0.0
            for column in range(col0[c], col1[c]):
                if only == 0 or labels[row, column] == only:
                    total += wide[c, column - col0[c]] * plane[row, column]
            lines[row - top, c] = total * scale
    sums = np.empty(edge)
    for r in range(edge):
        sums[:] = 0.0
        for row in range(row0[r], row1[r]):
            weight = tall[r, row - row0[r]]
            for c in range(edge):
                sums[c] += weight * lines[row - top, c]
        for c in range(edge):
            square[r, c] = sums[c]
