"""Smoothing whose cost does not grow with its width."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def extended_box(variance: float) -> tuple[int, float]:
    """Return (radius, weight) of the box of `variance` px²: its next pixel counts by `weight`."""
    radius = int(np.floor(0.5 * np.sqrt(12.0 * variance + 1.0) - 0.5))
    inner = (2 * radius + 1) * (radius * (radius + 1) - 3.0 * variance)
    return radius, inner / (6.0 * (variance - (radius + 1.0) ** 2))


@njit(cache=True, nogil=True)
def _box_rows(
    source: NDArray[np.float64],
    result: NDArray[np.float64],
    radius: int,
    weight: float,
    reach: int,
) -> None:
    """One extended box down the columns, for the rows at least `reach` from both ends."""
    rows, columns = source.shape
    run = np.zeros(columns)
    for r in range(reach - radius, reach + radius):
        for c in range(columns):
            run[c] += source[r, c]
    for r in range(reach, rows - reach):
        ahead, behind = source[r + radius], source[r - radius]
        beyond, before = source[r + radius + 1], source[r - radius - 1]
        line = result[r]
        for c in range(columns):
            run[c] += ahead[c]
            line[c] = run[c] + weight * (beyond[c] + before[c])
            run[c] -= behind[c]


@njit(cache=True, nogil=True)
def _smooth_rows(image: NDArray[np.float64], radius: int, weight: float) -> NDArray[np.float64]:
    """Three extended boxes down the columns, zeros beyond the crop, unnormalised."""
    rows, columns = image.shape
    margin = 3 * (radius + 1)
    first = np.empty((rows + 2 * margin, columns))
    second = np.empty((rows + 2 * margin, columns))
    first[:margin] = 0.0
    first[margin : margin + rows] = image
    first[margin + rows :] = 0.0
    # Each box reads only the rows that the one before it wrote.
    _box_rows(first, second, radius, weight, radius + 1)
    _box_rows(second, first, radius, weight, 2 * (radius + 1))
    _box_rows(first, second, radius, weight, margin)
    return second[margin : margin + rows]


@njit(cache=True, nogil=True)
def smooth_crops(
    values: NDArray[np.float64],
    um: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,) float64: `values` convolved with a Gaussian of σ = `um`.

    The Gaussian is three extended boxes of variance σ²/3 along each axis (its variance is σ²
    exactly, its peak up to 6 % lower), zeros beyond the crop, not normalised: divide by
    the same smoothing of the mask.

    References
    ----------
    Gwosdek, Grewenig, Bruhn & Weickert 2011, Theoretical foundations of Gaussian convolution
    by extended box filtering.
    """
    result = np.empty(layout.total)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        sigma = um / layout.step_um[cell]
        radius, weight = extended_box(sigma * sigma / 3.0)
        crop = values[layout.starts[cell] : layout.starts[cell + 1]].reshape(rows, columns)
        down = _smooth_rows(crop, radius, weight)
        across = _smooth_rows(np.ascontiguousarray(down.T), radius, weight)
        result[layout.starts[cell] : layout.starts[cell + 1]].reshape(rows, columns)[:] = across.T
    return result


@each
@njit(cache=True, nogil=True)
def smooth_images(
    image: NDArray[np.uint16], weight: NDArray[np.float64], um: float, layout: CropLayout
) -> NDArray[np.float64]:
    """Return (total,) float64: Σ(w·m·x) / Σ(w·m), m the cell, w a Gaussian of σ = `um`.

    `weight` is the denominator, as `smooth_masks` gives it. The image is 0 outside the cell, and so
    is the result.
    """
    result = smooth_crops(image.astype(np.float64), um, layout)
    for at in range(image.size):
        result[at] = result[at] / weight[at] if weight[at] > 0.0 else 0.0
    return result


@each
@njit(cache=True, nogil=True)
def smooth_masks(um: float, region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (total,) float64: Σ(w·m) on the cell's pixels, 0 outside; see `smooth_images`."""
    weight = smooth_crops((region > 0).astype(np.float64), um, layout)
    for at in range(region.size):
        if region[at] == 0:
            weight[at] = 0.0
    return weight
