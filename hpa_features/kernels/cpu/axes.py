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
        rows, columns = layout.shape[cell]
        total, y, x = 0.0, 0.0, 0.0
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            value, inside = image[begin : begin + columns], mask[begin : begin + columns]
            for column in range(columns):
                if inside[column]:
                    total += value[column]
                    y += value[column] * row
                    x += value[column] * column
        if not total > 0.0:
            continue
        y, x = y / total, x / total
        down, across, mixed = 0.0, 0.0, 0.0
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            value, inside = image[begin : begin + columns], mask[begin : begin + columns]
            r = row - y
            for column in range(columns):
                if inside[column]:
                    c = column - x
                    down += value[column] * r * r
                    across += value[column] * c * c
                    mixed += value[column] * r * c
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
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            line, y = across[begin : begin + columns], row - axes[cell, 0]
            for column in range(columns):
                cosine, sine = double_angle(y, column - axes[cell, 1])
                line[column] = -(cosine * axes[cell, 4] + sine * axes[cell, 5])
    return across
