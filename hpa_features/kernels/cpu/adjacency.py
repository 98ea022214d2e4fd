"""How pixels within limits of brightness lie next to one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _adjacency_counts(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return (n, 2, 9) int64: pixels with 0…8 of their eight neighbours on their own side.

    First for pixels with `low` < value < `high`, both (n,), then for all others. Only pixels
    `inside` whose eight neighbours are inside count.
    """
    counts = np.zeros((low.size, 2, 9), np.int64)
    for cell in range(low.size):
        columns = shape[cell, 1]
        begin, end = starts[cell], starts[cell + 1]
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


def adjacency_counts(
    image: NDArray[np.uint16],
    masks: Sequence[NDArray[np.bool_]],
    moments: Sequence[NDArray[np.float64]],
    layout: CropLayout,
) -> list[NDArray[np.int64]]:
    """Return for each mask (n, 3, 2, 9) int64: pixels by neighbours of their own kind, 0…8.

    `moments` (n, 5) are those of the pixels above a threshold: count, mean µ, variance σ², ….
    The three ranges are µ − σ < value < µ + σ, value > µ − σ and value > µ; the two kinds are
    the pixels in a range and all others of the mask. Only pixels whose eight neighbours lie in
    the mask count.
    """
    found = []
    for mask, known in zip(masks, moments):
        mean, deviation = known[:, 1], np.sqrt(known[:, 2])
        top = np.full(mean.shape, np.inf)
        ranges = ((mean - deviation, mean + deviation), (mean - deviation, top), (mean, top))
        place = (layout.starts, layout.shape)
        counts = [_adjacency_counts(image, mask, *place, low, high) for low, high in ranges]
        found.append(np.stack(counts, axis=1))
    return found
