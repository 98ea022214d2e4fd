"""Middles and axes of images, and directions about them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.directions import double_angle
from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Image = NDArray[np.uint16] | Floats


@each
@njit(cache=True, nogil=True)
def weighted_axes(image: Image, mask: NDArray[np.bool_], layout: CropLayout) -> Floats:
    """Return (n, 6): centroid, larger and smaller variance, axis.

    Row and column of the centroid; variances in pixels²; cos 2θ and sin 2θ of the angle between
    the longer axis and the rows' axis, 0 for both where there is none. NaN without weight.
    """
    axes = np.full((layout.starts.size - 1, 6), np.nan)
    for cell in range(layout.starts.size - 1):
        columns, first = layout.shape[cell, 1], layout.starts[cell]
        total, y, x = 0.0, 0.0, 0.0
        for at in range(first, layout.starts[cell + 1]):
            if mask[at]:
                total += image[at]
                y += image[at] * ((at - first) // columns)
                x += image[at] * ((at - first) % columns)
        if not total > 0.0:
            continue
        y, x = y / total, x / total
        down, across, mixed = 0.0, 0.0, 0.0
        for at in range(first, layout.starts[cell + 1]):
            if mask[at]:
                r, c = (at - first) // columns - y, (at - first) % columns - x
                down += image[at] * r * r
                across += image[at] * c * c
                mixed += image[at] * r * c
        middle, half = 0.5 * (down + across) / total, 0.5 * (down - across) / total
        mixed /= total
        gap = np.sqrt(half * half + mixed * mixed)
        axes[cell, 0], axes[cell, 1] = y, x
        axes[cell, 2], axes[cell, 3] = middle + gap, max(middle - gap, 0.0)
        axes[cell, 4], axes[cell, 5] = 0.0, 0.0
        if gap > 1e-9 * middle:
            axes[cell, 4], axes[cell, 5] = half / gap, mixed / gap
    return axes


@each
@njit(cache=True, nogil=True)
def across_axes(axes: Floats, layout: CropLayout) -> Floats:
    """Return (total,): −cos 2(φ − θ), φ the direction from the centroid.

    1 across the longer axis, −1 along it; 0 throughout a cell whose axes are NaN.
    """
    across = np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        if np.isnan(axes[cell, 0]):
            continue
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            y = (at - layout.starts[cell]) // layout.shape[cell, 1] - axes[cell, 0]
            x = (at - layout.starts[cell]) % layout.shape[cell, 1] - axes[cell, 1]
            cosine, sine = double_angle(y, x)
            across[at] = -(cosine * axes[cell, 4] + sine * axes[cell, 5])
    return across
