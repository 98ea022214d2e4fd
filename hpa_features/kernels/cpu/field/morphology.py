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
    across = wide[:, steps : steps + columns].copy()
    found = across[steps : steps + rows].copy()
    # Each row of the disc is a line: `across` has the maximum over lines of growing half length.
    for half in range(steps + 1):
        for r in range(wide.shape[0] if half else 0):
            line = across[r]
            left, right = wide[r, steps - half :], wide[r, steps + half :]
            for c in range(columns):
                line[c] = max(line[c], left[c], right[c])
        for down in range(-steps, steps + 1):
            room = steps * steps - down * down
            if not half * half <= room < (half + 1) * (half + 1):
                continue
            for r in range(rows):
                line, source = found[r], across[steps + r + down]
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
    return high[:rows]


@njit(cache=True, nogil=True)
def _highest_across(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the maximum over `size` columns around each pixel, fewer at the edge."""
    rows, columns = values.shape
    half = size // 2
    found = np.empty((rows, columns), np.float32)
    line, wider = np.full((2, columns + 2 * half), np.float32(-np.inf))
    for r in range(rows):
        line[:] = np.float32(-np.inf)
        line[half : half + columns] = values[r]
        span = 1
        while span < size:
            step = min(span, size - span)
            other = line[step:]
            for c in range(other.size):
                wider[c] = max(line[c], other[c])
            line, wider = wider, line
            span += step
        found[r] = line[:columns]
    return found


@njit(cache=True, nogil=True)
def highest_in_square(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the maximum over the square of `size` pixels, odd, around each pixel.

    At the edge the square has only the pixels that there are.
    """
    return _highest_across(_highest_down(values, size), size)
