"""How pixels within limits of brightness lie next to one another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _adjacency_counts(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    layout: CropLayout,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.int64]:
    counts = np.zeros((low.size, 2, 9), np.int64)
    for cell in range(low.size):
        columns = layout.shape[cell, 1]
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        # 1 or 10 on the two sides: the sum over a window of nine tells both counts, and a window
        # that leaves the part from one that does not.
        side = np.zeros(end - begin, np.int64)
        for at in range(side.size):
            if inside[begin + at]:
                value = values[begin + at]
                side[at] = 1 if low[cell] < value < high[cell] else 10
        for at in range(columns + 1, side.size - columns - 1):
            if side[at] == 0:
                continue
            total = -side[at]
            for row in (at - columns, at, at + columns):
                total += side[row - 1] + side[row] + side[row + 1]
            alike, other = total % 10, total // 10
            if alike + other == 8:
                if side[at] == 1:
                    counts[cell, 0, alike] += 1
                else:
                    counts[cell, 1, other] += 1
    return counts


@each
@njit(cache=True, nogil=True)
def adjacency_counts(
    image: NDArray[np.uint16],
    mask: NDArray[np.bool_],
    moments: NDArray[np.float64],
    layout: CropLayout,
) -> NDArray[np.int64]:
    """Return (n, 3, 2, 9) int64: pixels of a mask by neighbours of their own kind, 0…8.

    `moments` (n, 5) are those of the pixels above a threshold: count, mean µ, variance σ², ….
    The three ranges are µ − σ < value < µ + σ, value > µ − σ and value > µ; the two kinds are
    the pixels in a range and all others of the mask. Only pixels whose eight neighbours lie in
    the mask count.
    """
    mean, deviation = moments[:, 1], np.sqrt(moments[:, 2])
    top = np.full(mean.size, np.inf)
    counts = np.empty((mean.size, 3, 2, 9), np.int64)
    counts[:, 0] = _adjacency_counts(image, mask, layout, mean - deviation, mean + deviation)
    counts[:, 1] = _adjacency_counts(image, mask, layout, mean - deviation, top)
    counts[:, 2] = _adjacency_counts(image, mask, layout, mean, top)
    return counts
