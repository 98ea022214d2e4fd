"""Planes to a coarser grid and labels back from it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_ALL = 9  # a pixel and its eight neighbours


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
def _above_around(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return how many of a pixel and its eight neighbours are above 0.5; the edge is repeated."""
    rows, columns = share.shape
    above = np.empty((rows, columns), np.uint8)
    for r in range(rows):
        for c in range(columns):
            above[r, c] = share[r, c] > np.float32(0.5)
    found = np.empty((rows, columns), np.uint8)
    three = np.empty(columns + 2, np.uint8)
    for r in range(rows):
        before, after = above[max(r - 1, 0)], above[min(r + 1, rows - 1)]
        for c in range(columns):
            three[c + 1] = before[c] + above[r, c] + after[c]
        three[0], three[-1] = three[1], three[-2]
        for c in range(columns):
            found[r, c] = three[c] + three[c + 1] + three[c + 2]
    return found


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
def _write_enlarged(
    share: NDArray[np.float32], label: NDArray[np.int32], factor: int, found: NDArray[np.int32]
) -> None:
    """Write every pixel of `found`; see `enlarged`."""
    rows, columns = found.shape
    tall, wide = share.shape
    above = _above_around(share)
    row_before, down = _places(tall, factor)
    column_before, right = _places(wide, factor)
    whole = np.empty(wide * factor, np.int32)
    for r in range(tall):
        for c in range(wide):
            for column in range(c * factor, (c + 1) * factor):
                whole[column] = label[r, c] if above[r, c] == _ALL else 0
        edges = np.flatnonzero((above[r] > 0) & (above[r] < _ALL))
        for row in range(r * factor, min((r + 1) * factor, rows)):
            found[row] = whole[:columns]
            upper, on = int(row_before[row]), down[row]
            lower = min(upper + 1, tall - 1)
            for edge in edges:
                c = int(edge)
                for column in range(c * factor, min((c + 1) * factor, columns)):
                    left, across = int(column_before[column]), right[column]
                    beside = min(left + 1, wide - 1)
                    level = share[upper, left] * (1.0 - on) * (1.0 - across)
                    level += share[upper, beside] * (1.0 - on) * across
                    level += share[lower, left] * on * (1.0 - across)
                    level += share[lower, beside] * on * across
                    if np.float32(level) > np.float32(0.5):
                        found[row, column] = label[r, c]


def enlarged(
    share: NDArray[np.float32], label: NDArray[np.int32], factor: int, shape: tuple[int, int]
) -> NDArray[np.int32]:
    """Return `label` at `factor` times the pixels, of `shape`, where `share` is over ½; else 0.

    `share` is interpolated linearly between pixel centres, as scikit-image resizes; only pixels
    next to its outline need that.
    """
    # By NumPy, which asks for large memory pages.
    found = np.empty(shape, np.int32)
    _write_enlarged(share, label, factor, found)
    return found
