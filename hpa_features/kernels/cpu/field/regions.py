"""Labelled regions: their pixels and boxes, what surrounds a pixel, where two regions touch."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def counts(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return (count + 1,) pixels of each label 0…count."""
    number = np.zeros(count + 1, np.int64)
    flat = labels.ravel()
    start = 0
    for at in range(1, flat.size + 1):
        # Pixels of a label follow one another: one sum for a run of them is faster.
        if at == flat.size or flat[at] != flat[start]:
            number[flat[start]] += at - start
            start = at
    return number


@njit(cache=True, nogil=True)
def boxes(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return (count + 1, 4): first and last row, first and last column of each label.

    The last row is below the first where a label has no pixel.
    """
    rows, columns = labels.shape
    found = np.empty((count + 1, 4), np.int64)
    for label in range(count + 1):
        found[label, 0], found[label, 1], found[label, 2], found[label, 3] = rows, -1, columns, -1
    for r in range(rows):
        line = labels[r]
        end = 0
        while end < columns:
            # Pixels of a label follow one another: one look for a run of them is faster.
            begin, label = end, line[end]
            while end < columns and line[end] == label:
                end += 1
            if label:
                box = found[label]
                box[0], box[1] = min(box[0], r), max(box[1], r)
                box[2], box[3] = min(box[2], begin), max(box[3], end - 1)
    return found


@njit(cache=True, nogil=True)
def touching(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (n,) flat indices of pixels of different labels that touch, once a pair.

    0 means without a region; pixels that touch at a corner touch. The second is to the right of
    the first or in the row below.
    """
    rows, columns = labels.shape
    here, there = np.empty((2, 4 * labels.size), np.int32)
    count = 0
    for r in range(rows):
        for c in range(columns):
            label = labels[r, c]
            if label == 0:
                continue
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                row, column = r + down, c + right
                if row == rows or column < 0 or column == columns:
                    continue
                other = labels[row, column]
                if other and other != label:
                    here[count], there[count] = r * columns + c, row * columns + column
                    count += 1
    return here[:count].copy(), there[:count].copy()


@njit(cache=True, nogil=True)
def _extremes(
    labels: NDArray[np.int32], r: int, c: int, steps: int | np.int64
) -> tuple[np.int32, np.int32]:
    """Return the lowest and highest label other than 0 in a square around a pixel, 0 if none."""
    rows, columns = labels.shape
    low = high = np.int32(0)
    for row in range(max(r - steps, 0), min(r + steps + 1, rows)):
        for column in range(max(c - steps, 0), min(c + steps + 1, columns)):
            label = labels[row, column]
            if label:
                low = label if low == 0 else min(low, label)
                high = max(high, label)
    return low, high


@njit(cache=True, nogil=True)
def only_labels(
    places: NDArray[np.bool_], labels: NDArray[np.int32], steps: int
) -> NDArray[np.int32]:
    """Return `labels` with each of `places` given the one label within `steps` of it.

    Distances count along rows and columns. Where there is no label or more than one, the place
    keeps its own.
    """
    found = labels.copy()
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            if places[r, c]:
                low, high = _extremes(labels, r, c, steps)
                if low == high and high:
                    found[r, c] = high
    return found


@njit(cache=True, nogil=True)
def bordering(
    regions: NDArray[np.int32], labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (count + 1,) the lowest and the highest label next to the pixels of each region.

    Corners count as next to one another; 0 means unlabelled. Both are 0 where a region has no label
    next to it, and for region 0.
    """
    lowest, highest = np.zeros((2, count + 1), np.int32)
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            region = regions[r, c]
            if region:
                low, high = _extremes(labels, r, c, np.int64(1))
                if low and (lowest[region] == 0 or low < lowest[region]):
                    lowest[region] = low
                highest[region] = max(highest[region], high)
    return lowest, highest
