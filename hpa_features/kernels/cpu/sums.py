"""Sums over the pixels of each cell: bands, weighted means, peaks, moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats
Mask = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _band_sums(
    image: NDArray[np.uint16], bands: NDArray[np.int8], count: int, starts: NDArray[np.int64]
) -> Floats:
    sums = np.zeros((starts.size - 1, count, 3))
    for cell in range(starts.size - 1):
        own = np.zeros((count, 3), np.int64)
        for at in range(starts[cell], starts[cell + 1]):
            k = bands[at]
            if k >= 0:
                value = np.int64(image[at])
                own[k, 0] += 1
                own[k, 1] += value
                own[k, 2] += value * value
        sums[cell] = own
    return sums


def band_sums(
    images: Sequence[NDArray[np.uint16]],
    bands: Sequence[NDArray[np.int8]],
    counts: Sequence[int],
    layout: CropLayout,
) -> list[Floats]:
    """Return for each image and its bands (n, count, 3): pixels, Σ value, Σ value².

    Summed as integers, so exact in any order; band −1 is outside.
    """
    return [
        _band_sums(image, numbers, count, layout.starts)
        for image, numbers, count in zip(images, bands, counts)
    ]


@njit(cache=True, nogil=True)
def mask_means(image: Image, mask: Mask, starts: NDArray[np.int64]) -> Floats:
    """Return (n, 2): the pixels of a mask in each cell and the mean over them, NaN without."""
    means = np.empty((starts.size - 1, 2))
    for cell in range(starts.size - 1):
        count = 0
        total = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if mask[at]:
                count += 1
                total += image[at]
        means[cell, 0] = count
        means[cell, 1] = total / count if count > 0 else np.nan
    return means


@njit(cache=True, nogil=True)
def _weighted_means(image: Image, weight: Image, mask: Mask, starts: NDArray[np.int64]) -> Floats:
    means = np.empty((starts.size - 1, 2))
    for cell in range(starts.size - 1):
        weights, total = 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if mask[at]:
                weights += weight[at]
                total += weight[at] * image[at]
        means[cell, 0] = weights
        means[cell, 1] = total / weights if weights > 0.0 else np.nan
    return means


def means(
    images: Sequence[Image],
    masks: Sequence[Mask],
    weights: Sequence[Image | None],
    layout: CropLayout,
) -> list[Floats]:
    """Return for each image (n, 2): Σ weight and Σ weight·value / Σ weight in its mask.

    Where `weights` has None every pixel counts once. The mean is NaN where the weights sum to 0.
    """
    return [
        mask_means(image, mask, layout.starts)
        if weight is None
        else _weighted_means(image, weight, mask, layout.starts)
        for image, mask, weight in zip(images, masks, weights)
    ]


@njit(cache=True, nogil=True)
def _peaks(image: Floats, mask: Mask, starts: NDArray[np.int64]) -> Floats:
    peaks = np.zeros(starts.size - 1)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            if mask[at] and image[at] > peaks[cell]:
                peaks[cell] = image[at]
    return peaks


def peaks(images: Sequence[Floats], masks: Sequence[Mask], layout: CropLayout) -> list[Floats]:
    """Return for each image (n,): its greatest value in its mask, 0 where none is positive."""
    return [_peaks(image, mask, layout.starts) for image, mask in zip(images, masks)]


@njit(cache=True, nogil=True)
def _moments(image: Floats, mask: Mask, starts: NDArray[np.int64]) -> Floats:
    moments = np.zeros((starts.size - 1, 5))
    for cell in range(starts.size - 1):
        count = 0
        total = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if mask[at]:
                count += 1
                total += image[at]
        if count == 0:
            continue
        mean = total / count
        second = third = fourth = 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if mask[at]:
                d = image[at] - mean
                second += d * d
                third += d * d * d
                fourth += d * d * d * d
        moments[cell] = float(count), mean, second / count, third / count, fourth / count
    return moments


def moments(images: Sequence[Floats], masks: Sequence[Mask], layout: CropLayout) -> list[Floats]:
    """Return for each image (n, 5): pixels of its mask, mean, and Σd², Σd³, Σd⁴ over the pixels.

    d = value − mean, in two passes; zeros for a cell without such pixels.
    """
    return [_moments(image, mask, layout.starts) for image, mask in zip(images, masks)]
