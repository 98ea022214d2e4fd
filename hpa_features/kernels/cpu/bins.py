"""Sums per cell and bin: shells, rings, wedges, compartments."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def bin_numbers(
    values: NDArray[np.float64], edges: NDArray[np.float64], inside: NDArray[np.bool_]
) -> NDArray[np.int16]:
    """Return (total,) int16: k where edges[k] ≤ value < edges[k + 1], −1 elsewhere."""
    bins = np.full(values.size, -1, np.int16)
    for at in range(values.size):
        if inside[at] and edges[0] <= values[at] < edges[-1]:
            k = 0
            while values[at] >= edges[k + 1]:
                k += 1
            bins[at] = k
    return bins


@njit(cache=True, nogil=True)
def bin_sums(
    values: NDArray[np.uint16],
    bins: NDArray[np.int16],
    starts: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (n, count) int64 three times: pixels, Σ values and Σ values² of each cell's bins.

    Pixels of bin −1 are left out. Integers: exact in any order.
    """
    cells = starts.size - 1
    pixels = np.zeros((cells, count), np.int64)
    sums = np.zeros((cells, count), np.int64)
    squares = np.zeros((cells, count), np.int64)
    for cell in range(cells):
        for at in range(starts[cell], starts[cell + 1]):
            k = bins[at]
            if k >= 0:
                value = np.int64(values[at])
                pixels[cell, k] += 1
                sums[cell, k] += value
                squares[cell, k] += value * value
    return pixels, sums, squares


@njit(cache=True, nogil=True)
def weighted_means(
    values: NDArray[np.float64], weights: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n,) float64 twice: Σ w and Σ w·value / Σ w of each cell, NaN where Σ w is 0."""
    cells = starts.size - 1
    totals = np.zeros(cells)
    means = np.full(cells, np.nan)
    for cell in range(cells):
        total = 0.0
        mean = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            total += weights[at]
            mean += weights[at] * values[at]
        totals[cell] = total
        if total > 0.0:
            means[cell] = mean / total
    return totals, means
