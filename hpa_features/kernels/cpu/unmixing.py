"""Weights of layouts that together explain another one, none of them negative."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _solved(gram: Floats, right: Floats, used: NDArray[np.bool_]) -> Floats:
    """Return the least-squares weights over the columns `used`, 0 for the others."""
    places = np.flatnonzero(used)
    part = np.empty((places.size, places.size))
    wanted = np.empty(places.size)
    for row in range(places.size):
        wanted[row] = right[places[row]]
        for column in range(places.size):
            part[row, column] = gram[places[row], places[column]]
    found = np.linalg.solve(part, wanted)
    weights = np.zeros(right.size)
    for row in range(places.size):
        weights[places[row]] = found[row]
    return weights


@njit(cache=True, nogil=True)
def nonnegative(gram: Floats, right: Floats) -> Floats:
    """Return w ≥ 0 with the least wᵀ·gram·w − 2·right·w, by Lawson & Hanson's active sets."""
    k = right.size
    weights = np.zeros(k)
    used = np.zeros(k, np.bool_)
    tolerance = 1e-12 * np.abs(right).max()
    for _ in range(3 * k):
        slope = right - gram @ weights
        slope[used] = -np.inf
        best = np.argmax(slope)
        if slope[best] <= tolerance:
            break
        used[best] = True
        wanted = _solved(gram, right, used)
        while used.any() and wanted[used].min() <= 0.0:
            step = 1.0
            for at in range(k):
                if used[at] and wanted[at] <= 0.0:
                    step = min(step, weights[at] / (weights[at] - wanted[at]))
            weights += step * (wanted - weights)
            for at in range(k):
                if used[at] and weights[at] <= 1e-15:
                    used[at] = False
                    weights[at] = 0.0
            wanted = _solved(gram, right, used)
        weights = wanted
    return weights


@each
@njit(cache=True, nogil=True)
def nonnegative_weights(packed: Floats, ridge: float) -> Floats:
    """Return (n, k).

    From a table of `covariances` over k images: k − 1 weights, none negative, of the other images
    that together explain the first, all
    divided by their means, and the residual mean square over the variance of the first. `ridge`
    is added to the diagonal as a share of an image's mean square, so two equal images share the
    weight. NaN where a mean is not positive.

    References
    ----------
    Lawson & Hanson 1974, Solving least squares problems, chapter 23.
    """
    k = int((np.sqrt(4.0 * packed.shape[1] - 3.0) - 1.0) / 2.0 + 0.5)
    result = np.full((packed.shape[0], k), np.nan)
    for cell in range(packed.shape[0]):
        mean = packed[cell, 1 : 1 + k]
        if packed[cell, 0] == 0 or mean.min() <= 0.0:
            continue
        table = packed[cell, 1 + k :].copy().reshape(k, k)
        for row in range(k):
            for column in range(k):
                table[row, column] /= mean[row] * mean[column]
        moments = table + 1.0
        gram = moments[1:, 1:].copy()
        for row in range(k - 1):
            gram[row, row] += ridge * moments[1 + row, 1 + row]
        right = moments[1:, 0].copy()
        weights = nonnegative(gram, right)
        rest = moments[0, 0] - 2.0 * (weights @ right)
        for row in range(k - 1):
            for column in range(k - 1):
                rest += weights[row] * moments[1 + row, 1 + column] * weights[column]
        result[cell, : k - 1] = weights
        if table[0, 0] > 1e-12:
            result[cell, k - 1] = max(rest, 0.0) / table[0, 0]
    return result
