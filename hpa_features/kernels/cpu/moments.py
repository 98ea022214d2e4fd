"""The first four moments of an image over a part of each cell."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def image_moments(
    image: NDArray[np.float64], inside: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return counts (n,) and (n, 4): mean, then Σd², Σd³ and Σd⁴ over the count, d = x − mean.

    Two passes; zeros for a cell without pixels `inside`.
    """
    cells = starts.size - 1
    counts = np.zeros(cells, np.int64)
    moments = np.zeros((cells, 4))
    for cell in range(cells):
        total = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                counts[cell] += 1
                total += image[at]
        if counts[cell] == 0:
            continue
        mean = total / counts[cell]
        second = third = fourth = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                d = image[at] - mean
                second += d * d
                third += d * d * d
                fourth += d * d * d * d
        moments[cell] = (
            mean,
            second / counts[cell],
            third / counts[cell],
            fourth / counts[cell],
        )
    return counts, moments
