"""Hollow blobs: places darker than what lies all around them at one radius."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

WAYS = 8
ALLOWED_GAPS = 1  # of the eight ways: a ring may be broken once


@njit(cache=True, nogil=True)
def hollow_scores(
    image: NDArray[np.float64],
    floor: NDArray[np.float64],
    region: NDArray[np.uint8],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    radius: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return (total,) float64: (second lowest around − centre) / (that + floor), 0 if negative.

    `image` is read by linear interpolation in eight directions at `radius` (n,) pixels; 0 where
    one of them lies outside the cell.
    """
    scores = np.zeros(region.size)
    way = np.arange(WAYS) * (2.0 * np.pi / WAYS)
    around = np.empty(WAYS)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        rise, run = radius[cell] * np.cos(way), radius[cell] * np.sin(way)
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = starts[cell] + r * columns + c
                if region[at] == 0:
                    continue
                whole = True
                for k in range(WAYS):
                    # Rounding first keeps whole steps whole, so no neighbour of weight 0 decides.
                    y, x = round(r + rise[k], 9), round(c + run[k], 9)
                    top, left = int(np.floor(y)), int(np.floor(x))
                    dy, dx = y - top, x - left
                    value = 0.0
                    for i in range(2):
                        for j in range(2):
                            weight = (dy if i else 1.0 - dy) * (dx if j else 1.0 - dx)
                            if weight == 0.0:
                                continue
                            row, column = top + i, left + j
                            if not (0 <= row < rows and 0 <= column < columns):
                                whole = False
                                continue
                            other = starts[cell] + row * columns + column
                            if region[other] == 0:
                                whole = False
                            value += weight * image[other]
                    around[k] = value
                    if not whole:
                        break
                if not whole:
                    continue
                low = np.sort(around)[ALLOWED_GAPS]
                if low > image[at]:
                    scores[at] = (low - image[at]) / (low + floor[cell])
    return scores
