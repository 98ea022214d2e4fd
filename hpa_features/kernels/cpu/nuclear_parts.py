"""Nuclei as runs of pixels along rows: a few thousand, where planes have millions of pixels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.unions import root_of
from hpa_features.kernels.layout import NativeLayout

Integers = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _runs(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> Integers:
    """Return the runs (k, 4) in raster order; see `nuclear_parts`."""
    runs = np.empty((0, 4), np.int64)
    for writing in (False, True):
        count = 0
        for field in range(start.size):
            rows, columns = shape[field]
            for row in range(rows):
                begin = start[field] + row * columns
                line, owner = nuclei[begin : begin + columns], labels[begin : begin + columns]
                column = 0
                while column < columns:
                    if not line[column]:
                        column += 1
                        continue
                    first = column
                    while column < columns and line[column] and owner[column] == owner[first]:
                        column += 1
                    if writing:
                        run = runs[count]
                        run[0], run[1], run[2], run[3] = field, row, first, column
                    count += 1
        if not writing:
            runs = np.empty((count, 4), np.int64)
    return runs


@njit(cache=True, nogil=True)
def nuclear_parts(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> tuple[Integers, Integers, int]:
    """Return the runs (k, 4), each one's part (k,) from 0, and how many parts there are.

    A run is nucleus pixels of one cell along a row: field, row, first column, past the last. Pixels
    of one cell that touch by side or corner are one part. Parts are numbered in raster order.
    """
    runs = _runs(labels, nuclei, start, shape)
    owner = np.empty(len(runs), np.int32)
    root = np.arange(len(runs))
    above = 0  # the first run of the row above, or of a later one, that may reach this far
    for k in range(len(runs)):
        field, row, first, end = runs[k]
        owner[k] = labels[start[field] + row * shape[field, 1] + first]
        while (
            runs[above, 0] < field
            or runs[above, 1] < row - 1
            or (runs[above, 1] == row - 1 and runs[above, 3] < first)
        ):
            above += 1
        at = above
        while at < k and runs[at, 1] == row - 1 and runs[at, 2] <= end:
            if owner[at] == owner[k]:
                one, other = root_of(root, at), root_of(root, k)
                root[max(one, other)] = min(one, other)
            at += 1
    part = np.empty(len(runs), np.int64)
    count = 0
    for k in range(len(runs)):
        if root[k] == k:
            part[k] = count
            count += 1
        else:
            part[k] = part[root_of(root, k)]
    return runs, part, count


@njit(cache=True, nogil=True)
def part_sums(
    runs: Integers,
    part: Integers,
    count: int,
    weights: NDArray[np.uint16],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> Integers:
    """Return (count, 5) int64: pixels, Σ row, Σ column, Σ weight and number of the field."""
    sums = np.zeros((count, 5), np.int64)
    for k in range(len(runs)):
        field, row, first, end = runs[k]
        own, begin = sums[part[k]], start[field] + row * shape[field, 1]
        own[0] += end - first
        own[1] += (end - first) * row
        own[2] += (end - first) * (first + end - 1) // 2
        for at in range(begin + first, begin + end):
            own[3] += np.int64(weights[at])
        own[4] = field
    return sums


@njit(cache=True, nogil=True)
def part_outlines(
    runs: Integers,
    part: Integers,
    count: int,
    native: NativeLayout,
) -> tuple[Integers, Integers]:
    """Return (count + 1,) offsets and (k, 2) rows and columns of each part's outermost pixels.

    Those share a side with a pixel that is not the part's, or with the field's border. Runs whose
    part is −1 are excluded.
    """
    offsets = np.zeros(count + 1, np.int64)
    place = np.zeros(count, np.int64)
    pixels = np.zeros((0, 2), np.int64)
    labels, nuclei = native.labels, native.nuclei
    for writing in (False, True):
        if writing:
            offsets[1:] = np.cumsum(place)
            place = offsets[:-1].copy()
            pixels = np.zeros((offsets[-1], 2), np.int64)
        for k in range(len(runs)):
            field, row, first, end = runs[k]
            rows, columns = native.field_shape[field]
            begin = native.field_start[field] + row * columns
            owner, at_border = labels[begin + first], row == 0 or row == rows - 1
            if part[k] < 0:
                continue
            for column in range(first, end):
                above, below = begin + column - columns, begin + column + columns
                if not (
                    at_border
                    or column == first
                    or column == end - 1
                    or not (nuclei[above] and labels[above] == owner)
                    or not (nuclei[below] and labels[below] == owner)
                ):
                    continue
                if writing:
                    pixels[place[part[k]], 0], pixels[place[part[k]], 1] = row, column
                place[part[k]] += 1
    return offsets, pixels
