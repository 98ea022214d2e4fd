"""Squares cut out of planes at another pixel size, for networks."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _taps(
    first: float, factor: float, count: int, window: tuple[int, int], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return which of the pixels 0…size − 1 each of `count` new ones is made of, and their weights.

    (count,) begins, (count,) ends, both within `window`, and (count, m) weights of the pixels from
    each begin on.
    """
    low, high = window
    begins = np.full(count, low, np.int64)
    ends = np.full(count, low, np.int64)
    weights = np.zeros((count, math.ceil(factor) + 2), np.float32)
    for k in range(count):
        edge = first + k * factor
        middle = edge + 0.5 * factor
        place = min(max(middle - 0.5, 0.0), size - 1.0)
        if factor >= 1.0:
            begin, end = math.floor(edge), math.ceil(edge + factor)
        elif 0.0 <= middle <= size:
            begin = min(int(place), max(size - 2, 0))
            end = begin + 2
        else:
            continue
        begin, end = max(begin, low), min(end, high, size)
        if begin >= end:
            continue
        begins[k], ends[k] = begin, end
        for at in range(begin, end):
            if factor >= 1.0:
                share = (min(at + 1.0, edge + factor) - max(float(at), edge)) / factor
            else:
                share = 1.0 - abs(place - at)
            weights[k, at - begin] = max(share, 0.0)
    return begins, ends, weights


@njit(cache=True, nogil=True)
def write_square(
    plane: NDArray[np.unsignedinteger],
    labels: NDArray[np.int32],
    only: int,
    window: tuple[int, int, int, int],
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
    window
        First row, row after the last, first column, column after the last; pixels outside it count
        as 0.
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
    row0, row1, tall = _taps(float(corner[0]), factor, edge, window[:2], plane.shape[0])
    col0, col1, wide = _taps(float(corner[1]), factor, edge, window[2:], plane.shape[1])
    begin = col0.min()
    wanted = col1.max() - begin
    sums = np.empty(wanted, np.float32)
    for r in range(edge):
        if row0[r] == row1[r]:
            square[r] = 0
            continue
        # Down the columns first: the loop over pixels next to each other is the fast one.
        sums[:] = 0
        for row in range(row0[r], row1[r]):
            weight = np.float32(tall[r, row - row0[r]] * scale)
            pixels = plane[row, begin : begin + wanted]
            if only == 0:
                for k in range(wanted):
                    sums[k] += weight * np.float32(pixels[k])
            else:
                own = labels[row, begin : begin + wanted]
                for k in range(wanted):
                    sums[k] += weight * np.float32(pixels[k] if own[k] == only else 0)
        for c in range(edge):
            first, count = col0[c] - begin, col1[c] - col0[c]
            total = np.float32(0)
            for k in range(count):
                total += wide[c, k] * sums[first + k]
            square[r, c] = total
