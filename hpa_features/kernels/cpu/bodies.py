"""The one body of a cell that stands out most, grown from its peak."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.sectors import centroids
from hpa_features.kernels.cpu.shape import hull_pixels
from hpa_features.kernels.cpu.sums import level_of, mask_means
from hpa_features.kernels.layout import CropLayout


@each
@njit(cache=True, nogil=True)
def bodies(
    height: NDArray[np.float64],
    image: NDArray[np.float64],
    mean: NDArray[np.float64],
    mask: NDArray[np.bool_],
    limits: tuple[float, float],
    layout: CropLayout,
) -> NDArray[np.bool_]:
    """Return (total,) bool: each cell's body, not a pixel where nothing stands out.

    The body holds the pixels of a mask, joined by their sides to the one of greatest `height`,
    whose `image` is at least halfway from the mask's mean, in `mean` (n, 2), to its peak. `limits`
    are the least height, as a share of that mean, and the greatest distance from the peak in µm.
    """
    body = np.zeros(mask.size, np.bool_)
    waiting = np.empty(mask.size, np.int64)
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        base = level_of(mean, cell)
        least_height, reach = limits[0] * base, limits[1] / layout.step_um[cell]
        peak = -1
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if mask[at] and height[at] > least_height and (peak < 0 or height[at] > height[peak]):
                peak = at
        if peak < 0 or not image[peak] > base:
            continue
        least = 0.5 * (image[peak] + base)
        row, column = (
            (peak - layout.starts[cell]) // columns,
            (peak - layout.starts[cell]) % columns,
        )
        body[peak] = True
        waiting[0], left = peak, 1
        while left > 0:
            left -= 1
            at = waiting[left]
            for step in (-columns, -1, 1, columns):
                other = at + step
                if body[other] or not mask[other] or image[other] < least:
                    continue
                y = (other - layout.starts[cell]) // columns - row
                x = (other - layout.starts[cell]) % columns - column
                if y * y + x * x <= reach * reach:
                    body[other] = True
                    waiting[left] = other
                    left += 1
    return body


@each
@njit(cache=True, nogil=True)
def roundness(inside: NDArray[np.bool_], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n,): area² / 2π over the second moment about its centroid.

    1 for a disc, else less; pixels count as squares (A/6 is added to the moment). NaN for a cell
    without a pixel of it.
    """
    result = np.full(layout.starts.size - 1, np.nan)
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        count, y, x, square = 0.0, 0.0, 0.0, 0.0
        for row in range(layout.shape[cell, 0]):
            begin = layout.starts[cell] + row * columns
            line, r = inside[begin : begin + columns], float(row)
            for column in range(line.size):
                if line[column]:
                    c = float(column)
                    count += 1.0
                    y += r
                    x += c
                    square += r * r + c * c
        if count > 0.0:
            moment = square - (y * y + x * x) / count + count / 6.0
            result[cell] = min(count * count / (2.0 * np.pi * moment), 1.0)
    return result


@njit(cache=True, nogil=True)
def _facing(
    middle: NDArray[np.float64], body: NDArray[np.float64], least: float, layout: CropLayout
) -> NDArray[np.bool_]:
    facing = np.zeros(layout.total, np.bool_)
    for cell in range(layout.starts.size - 1):
        down, right = body[cell, 0] - middle[cell, 0], body[cell, 1] - middle[cell, 1]
        if np.isnan(down):
            continue
        length = np.sqrt(down * down + right * right)
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            line, y = facing[begin : begin + columns], row - middle[cell, 0]
            for column in range(columns):
                x = column - middle[cell, 1]
                line[column] = y * down + x * right >= least * np.sqrt(y * y + x * x) * length
    return facing


@each
def dents(
    mask: NDArray[np.bool_],
    middle: NDArray[np.float64],
    least: float,
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n,): share of the nuclear hull that faces a mask and is not nucleus.

    A pixel faces the mask where the cosine of its angle to the mask's centroid, seen from `middle`
    (n, 2), is at least `least`. NaN without nucleus or mask.
    """
    facing = _facing(middle, centroids(mask, layout), least, layout)
    hull = hull_pixels(region, 1, layout) & facing
    return np.asarray(mask_means((region != 2).astype(np.float64), hull, layout)[:, 1])
