"""Gaussian and mean filters, equal to SciPy's to the last bit."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

_REACH = 4.0  # of a Gaussian, in standard deviations

Edge = Literal["symmetric", "edge"]
"""What lies beyond the edge: the plane mirrored, or its outermost pixels (as in `numpy.pad`)."""


@njit(cache=True, nogil=True)
def _weighted_down(
    image: NDArray[np.floating], line_of: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.floating]:
    """Return Σ weights · rows around each row; row k of the widened image is ``line_of[k]``."""
    rows, columns = image.shape
    radius = weights.size - 1
    found = np.empty_like(image)
    run = np.empty(columns)
    for r in range(rows):
        line, out = image[r], found[r]
        for c in range(columns):
            run[c] = line[c] * weights[0]
        for k in range(radius, 0, -1):
            weight = weights[k]
            before, after = image[line_of[r + radius - k]], image[line_of[r + radius + k]]
            for c in range(columns):
                run[c] += (np.float64(before[c]) + np.float64(after[c])) * weight
        for c in range(columns):
            out[c] = run[c]
    return found


@njit(cache=True, nogil=True)
def _weighted_across(
    image: NDArray[np.floating], line_of: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.floating]:
    """Return Σ weights · columns around each column."""
    rows, columns = image.shape
    radius = weights.size - 1
    found = np.empty_like(image)
    run, wide = np.empty(columns), np.empty(line_of.size)
    for r in range(rows):
        line, out = image[r], found[r]
        for c in range(line_of.size):
            wide[c] = line[line_of[c]]
        for c in range(columns):
            run[c] = line[c] * weights[0]
        for k in range(radius, 0, -1):
            weight = weights[k]
            before, after = wide[radius - k :], wide[radius + k :]
            for c in range(columns):
                run[c] += (before[c] + after[c]) * weight
        for c in range(columns):
            out[c] = run[c]
    return found


def gaussian(
    image: NDArray[np.floating], sigma: float, edge: Edge = "symmetric"
) -> NDArray[np.floating]:
    """Return `image` convolved with a Gaussian of `sigma` pixels, in its own precision."""
    radius = int(_REACH * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 / (sigma * sigma) * offsets**2)
    weights = (weights / weights.sum())[radius:]
    row_of, column_of = (np.pad(np.arange(n), radius, mode=edge) for n in image.shape)
    return _weighted_across(_weighted_down(image, row_of, weights), column_of, weights)


@njit(cache=True, nogil=True)
def _mean_down(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the mean over `size` rows around each row, the first and last row repeated."""
    rows, columns = image.shape
    half = size // 2
    found = np.empty_like(image)
    run = np.zeros(columns)
    for r in range(-half, half):
        line = image[min(max(r, 0), rows - 1)]
        for c in range(columns):
            run[c] += line[c]
    for r in range(rows):
        ahead, behind = image[min(r + half, rows - 1)], image[max(r - half - 1, 0)]
        out = found[r]
        for c in range(columns):
            if r == 0:
                run[c] += ahead[c]
            else:
                run[c] += np.float64(ahead[c]) - np.float64(behind[c])
            out[c] = run[c] / size
    return found


@njit(cache=True, nogil=True)
def _mean_across(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the mean over `size` columns around each one, the first and last one repeated."""
    rows, columns = image.shape
    half = size // 2
    found = np.empty_like(image)
    for r in range(rows):
        line, out = image[r], found[r]
        run = 0.0
        for c in range(-half, half + 1):
            run += line[min(max(c, 0), columns - 1)]
        out[0] = run / size
        for c in range(1, columns):
            ahead, behind = line[min(c + half, columns - 1)], line[max(c - half - 1, 0)]
            run += np.float64(ahead) - np.float64(behind)
            out[c] = run / size
    return found


@njit(cache=True, nogil=True)
def mean(image: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the mean over the square of `size` pixels, odd, around each pixel.

    Beyond the edge lie the outermost pixels.
    """
    return _mean_across(_mean_down(image, size), size)
