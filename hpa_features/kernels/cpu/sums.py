"""Sums over the pixels of each cell: bands, weighted means, peaks, moments."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each_four
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats
Four = tuple[Image, Image, Image, Image]
Mask = NDArray[np.bool_]
Powers = tuple[float, float, float]


@njit(cache=True, nogil=True)
def _crops(images: Four, begin: int, end: int) -> Four:
    a, b, c, d = images
    return a[begin:end], b[begin:end], c[begin:end], d[begin:end]


@each_four
@njit(cache=True, nogil=True)
def band_sums(images: Four, bands: NDArray[np.int8], count: int, layout: CropLayout) -> Floats:
    """Return (4, n, count, 3): pixels, Σ value, Σ value².

    Summed as integers, so exact in any order; band −1 is outside.
    """
    sums = np.zeros((4, layout.starts.size - 1, count, 3))
    own = np.empty((count, 9), np.int64)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        (a, b, c, d), band = _crops(images, begin, end), bands[begin:end]
        own[:] = 0
        for at in range(band.size):
            if band[at] >= 0:
                row = own[band[at]]
                v, w, x, y = np.int64(a[at]), np.int64(b[at]), np.int64(c[at]), np.int64(d[at])
                row[0] += 1
                row[1] += v
                row[2] += v * v
                row[3] += w
                row[4] += w * w
                row[5] += x
                row[6] += x * x
                row[7] += y
                row[8] += y * y
        for image in range(4):
            sums[image, cell, :, 0] = own[:, 0]
            sums[image, cell, :, 1:] = own[:, 2 * image + 1 : 2 * image + 3]
    return sums


@njit(cache=True, nogil=True)
def mask_totals(images: Four, mask: Mask, layout: CropLayout) -> tuple[NDArray[np.int64], Floats]:
    """Return (n,) pixels of a mask in each cell, and (n, 4): the sums of four images there."""
    counts = np.zeros(layout.starts.size - 1, np.int64)
    totals = np.zeros((layout.starts.size - 1, 4))
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        (a, b, c, d), inside = _crops(images, begin, end), mask[begin:end]
        count = 0
        v = w = x = y = 0.0
        for at in range(inside.size):
            if inside[at]:
                count += 1
                v += a[at]
                w += b[at]
                x += c[at]
                y += d[at]
        counts[cell] = count
        totals[cell] = v, w, x, y
    return counts, totals


@njit(cache=True, nogil=True)
def _means(images: Four, mask: Mask, layout: CropLayout) -> Floats:
    """Return (4, n, 2): the pixels of a mask in each cell and the means over them, NaN without."""
    counts, totals = mask_totals(images, mask, layout)
    means = np.full((4, counts.size, 2), np.nan)
    for cell in range(counts.size):
        means[:, cell, 0] = counts[cell]
        if counts[cell] > 0:
            means[:, cell, 1] = totals[cell] / counts[cell]
    return means


means = each_four(_means)


@njit(cache=True, nogil=True)
def level_of(means: Floats, cell: int) -> float:
    """Return a cell's mean from what `means` gives, 0 where it has none."""
    return 0.0 if np.isnan(means[cell, 1]) else means[cell, 1]


@njit(cache=True, nogil=True)
def mask_means(image: Image, mask: Mask, layout: CropLayout) -> Floats:
    """Return (n, 2): the pixels of a mask in each cell and the mean over them, NaN without."""
    found: Floats = _means((image, image, image, image), mask, layout)[0]
    return found


@each_four
@njit(cache=True, nogil=True)
def weighted_means(images: Four, mask: Mask, weight: Image, layout: CropLayout) -> Floats:
    """Return (4, n, 2): Σ weight and Σ weight·value / Σ weight in a mask, NaN where that is 0."""
    means = np.full((4, layout.starts.size - 1, 2), np.nan)
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        (a, b, c, d), inside = _crops(images, begin, end), mask[begin:end]
        weights = weight[begin:end]
        total = v = w = x = y = 0.0
        for at in range(inside.size):
            share = np.float64(weights[at])
            if inside[at]:
                total += share
                v += share * a[at]
                w += share * b[at]
                x += share * c[at]
                y += share * d[at]
        means[:, cell, 0] = total
        if total > 0.0:
            means[0, cell, 1], means[1, cell, 1] = v / total, w / total
            means[2, cell, 1], means[3, cell, 1] = x / total, y / total
    return means


@each_four
@njit(cache=True, nogil=True)
def peaks(images: Four, mask: Mask, layout: CropLayout) -> Floats:
    """Return (4, n): greatest values in a mask, 0 where none is positive."""
    peaks = np.zeros((4, layout.starts.size - 1))
    for cell in range(layout.starts.size - 1):
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        (a, b, c, d), inside = _crops(images, begin, end), mask[begin:end]
        v = w = x = y = 0.0
        for at in range(inside.size):
            if inside[at]:
                v = max(v, a[at])
                w = max(w, b[at])
                x = max(x, c[at])
                y = max(y, d[at])
        peaks[:, cell] = v, w, x, y
    return peaks


@njit(cache=True, nogil=True)
def _with_powers(sums: Powers, d: float) -> Powers:
    square = d * d
    return sums[0] + square, sums[1] + square * d, sums[2] + square * d * d


@each_four
@njit(cache=True, nogil=True)
def moments(images: Four, mask: Mask, layout: CropLayout) -> Floats:
    """Return (4, n, 5): pixels of a mask, means, and Σd², Σd³, Σd⁴ over the pixels.

    d = value − mean, in two passes; zeros for a cell without such pixels.
    """
    counts, totals = mask_totals(images, mask, layout)
    moments = np.zeros((4, counts.size, 5))
    for cell in range(counts.size):
        if counts[cell] == 0:
            continue
        begin, end = layout.starts[cell], layout.starts[cell + 1]
        (a, b, c, d), inside = _crops(images, begin, end), mask[begin:end]
        v, w, x, y = totals[cell] / counts[cell]
        of_a = of_b = of_c = of_d = (0.0, 0.0, 0.0)
        for at in range(inside.size):
            if inside[at]:
                of_a = _with_powers(of_a, a[at] - v)
                of_b = _with_powers(of_b, b[at] - w)
                of_c = _with_powers(of_c, c[at] - x)
                of_d = _with_powers(of_d, d[at] - y)
        moments[:, cell, 0] = counts[cell]
        moments[:, cell, 1] = v, w, x, y
        moments[:, cell, 2:] = np.array((of_a, of_b, of_c, of_d)) / counts[cell]
    return moments
