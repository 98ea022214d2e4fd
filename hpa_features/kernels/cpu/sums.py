"""Sums over the pixels of each cell: bands, weighted means, peaks, moments."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats
Mask = NDArray[np.bool_]


@each
@njit(cache=True, nogil=True)
def band_sums(
    image: NDArray[np.uint16], bands: NDArray[np.int8], count: int, layout: CropLayout
) -> Floats:
    """Return (n, count, 3): pixels, Σ value, Σ value².

    Summed as integers, so exact in any order; band −1 is outside.
    """
    sums = np.zeros((layout.starts.size - 1, count, 3))
    for cell in range(layout.starts.size - 1):
        own = np.zeros((count, 3), np.int64)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            k = bands[at]
            if k >= 0:
                value = np.int64(image[at])
                own[k, 0] += 1
                own[k, 1] += value
                own[k, 2] += value * value
        sums[cell] = own
    return sums


@njit(cache=True, nogil=True)
def mask_means(image: Image, mask: Mask, layout: CropLayout) -> Floats:
    """Return (n, 2): the pixels of a mask in each cell and the mean over them, NaN without."""
    means = np.empty((layout.starts.size - 1, 2))
    for cell in range(layout.starts.size - 1):
        count = 0
        total = 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at]:
                count += 1
                total += image[at]
        means[cell, 0] = count
        means[cell, 1] = total / count if count > 0 else np.nan
    return means


means = each(mask_means)


@each
@njit(cache=True, nogil=True)
def weighted_means(image: Image, mask: Mask, weight: Image, layout: CropLayout) -> Floats:
    """Return (n, 2): Σ weight and Σ weight·value / Σ weight in a mask, NaN where that is 0."""
    means = np.empty((layout.starts.size - 1, 2))
    for cell in range(layout.starts.size - 1):
        weights, total = 0.0, 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at]:
                weights += weight[at]
                total += weight[at] * image[at]
        means[cell, 0] = weights
        means[cell, 1] = total / weights if weights > 0.0 else np.nan
    return means


@each
@njit(cache=True, nogil=True)
def peaks(image: Floats, mask: Mask, layout: CropLayout) -> Floats:
    """Return (n,): its greatest value in its mask, 0 where none is positive."""
    peaks = np.zeros(layout.starts.size - 1)
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at] and image[at] > peaks[cell]:
                peaks[cell] = image[at]
    return peaks


@each
@njit(cache=True, nogil=True)
def moments(image: Floats, mask: Mask, layout: CropLayout) -> Floats:
    """Return (n, 5): pixels of its mask, mean, and Σd², Σd³, Σd⁴ over the pixels.

    d = value − mean, in two passes; zeros for a cell without such pixels.
    """
    moments = np.zeros((layout.starts.size - 1, 5))
    for cell in range(layout.starts.size - 1):
        count = 0
        total = 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at]:
                count += 1
                total += image[at]
        if count == 0:
            continue
        mean = total / count
        second = third = fourth = 0.0
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at]:
                d = image[at] - mean
                second += d * d
                third += d * d * d
                fourth += d * d * d * d
        moments[cell] = float(count), mean, second / count, third / count, fourth / count
    return moments
