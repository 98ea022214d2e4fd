"""Extremes over discs and squares around each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def highest_in_disc(wide: NDArray[Any], steps: int) -> NDArray[Any]:
    """Return the maximum over a disc of `steps` pixels around each pixel that has all of it.

    `wide` has a margin of `steps` pixels all around, which the result does not have.
    """
    rows, columns = wide.shape[0] - 2 * steps, wide.shape[1] - 2 * steps
    found = wide[steps : steps + rows, steps : steps + columns].copy()
    for down in range(2 * steps + 1):
        for right in range(2 * steps + 1):
            if (down - steps) ** 2 + (right - steps) ** 2 > steps * steps:
                continue
            for r in range(rows):
                line, source = found[r], wide[r + down, right : right + columns]
                for c in range(columns):
                    line[c] = max(line[c], source[c])
    return found


@njit(cache=True, nogil=True)
def _highest_down(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the maximum over `size` rows around each pixel, fewer at the edge."""
    rows, columns = values.shape
    half = size // 2
    high = np.full((rows + 2 * half, columns), np.float32(-np.inf))
    high[half : half + rows] = values
    # A window of twice the rows is two windows: log2(size) passes.
    span = 1
    while span < size:
        step = min(span, size - span)
        for r in range(high.shape[0] - step):
            line, other = high[r], high[r + step]
            for c in range(columns):
                line[c] = max(line[c], other[c])
        span += step
    return high[:rows].copy()


@njit(cache=True, nogil=True)
def highest_in_square(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the maximum over the square of `size` pixels, odd, around each pixel.

    At the edge the square has only the pixels that there are.
    """
    down = _highest_down(values, size)
    return _highest_down(down.T.copy(), size).T.copy()
