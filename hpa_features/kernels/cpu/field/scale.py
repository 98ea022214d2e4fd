"""Planes to a coarser grid and labels back from it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def block_means(plane: NDArray[np.unsignedinteger], factor: int) -> NDArray[np.float32]:
    """Return the mean over blocks of `factor` × `factor` pixels, edges repeated to fill the last.

    Sums are whole numbers, so their order does not matter.
    """
    rows, columns = plane.shape
    tall, wide = -(-rows // factor), -(-columns // factor)
    means = np.empty((tall, wide), np.float32)
    total = np.empty(wide * factor, np.int64)
    pixels = np.float32(factor * factor)
    for r in range(tall):
        total[:] = 0
        for row in range(r * factor, (r + 1) * factor):
            line = plane[min(row, rows - 1)]
            for c in range(columns):
                total[c] += line[c]
        total[columns:] = total[columns - 1]
        for c in range(wide):
            whole = np.int64(0)
            for column in range(c * factor, (c + 1) * factor):
                whole += total[column]
            means[r, c] = np.float32(whole) / pixels
    return means


@njit(cache=True, nogil=True)
def _sides(share: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return 1 where a pixel and its eight neighbours are above 0.5, −1 where none is, else 0."""
    rows, columns = share.shape
    sides = np.empty((rows, columns), np.int8)
    for r in range(rows):
        for c in range(columns):
            above, all_of_them = 0, 0
            for row in range(max(r - 1, 0), min(r + 2, rows)):
                for column in range(max(c - 1, 0), min(c + 2, columns)):
                    above += share[row, column] > np.float32(0.5)
                    all_of_them += 1
            sides[r, c] = (above == all_of_them) - (above == 0)
    return sides


@njit(cache=True, nogil=True)
def _places(size: int, factor: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each fine pixel the coarse one before it and how far it is on to the next."""
    before, on = np.empty(size * factor, np.int64), np.empty(size * factor)
    for k in range(size * factor):
        at = min(max((k + 0.5) * (1.0 / factor) - 0.5, 0.0), size - 1.0)
        before[k] = int(at)
        on[k] = at - before[k]
    return before, on


@njit(cache=True, nogil=True)
def enlarged(
    share: NDArray[np.float32],
    label: NDArray[np.int32],
    factor: int,
    rows: int,
    columns: int,
) -> NDArray[np.int32]:
    """Return (rows, columns) int32: `label` at `factor` times the pixels where `share` is over ½.

    `share` is interpolated linearly between pixel centres, as scikit-image resizes; only pixels
    next to its outline need that.
    """
    found = np.zeros((rows, columns), np.int32)
    sides = _sides(share)
    row_before, down = _places(share.shape[0], factor)
    column_before, right = _places(share.shape[1], factor)
    for row in range(rows):
        r, upper = row // factor, row_before[row]
        lower, on = min(upper + 1, share.shape[0] - 1), down[row]
        for c in range(-(-columns // factor)):
            end = min((c + 1) * factor, columns)
            if sides[r, c] > 0:
                found[row, c * factor : end] = label[r, c]
            elif sides[r, c] == 0:
                for column in range(c * factor, end):
                    left, across = column_before[column], right[column]
                    beside = min(left + 1, share.shape[1] - 1)
                    level = share[upper, left] * (1.0 - on) * (1.0 - across)
                    level += share[upper, beside] * (1.0 - on) * across
                    level += share[lower, left] * on * (1.0 - across)
                    level += share[lower, beside] * on * across
                    if np.float32(level) > np.float32(0.5):
                        found[row, column] = label[r, c]
    return found
