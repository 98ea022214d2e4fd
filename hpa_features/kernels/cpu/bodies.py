"""The one body of a cell that stands out most, grown from its peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.shape import hull_pixels
from hpa_features.kernels.cpu.sums import mask_means
from hpa_features.kernels.cpu.wedges import centroids
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def _bodies(
    height: NDArray[np.float64],
    image: NDArray[np.float64],
    base: NDArray[np.float64],
    inside: NDArray[np.bool_],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> NDArray[np.bool_]:
    body = np.zeros(inside.size, np.bool_)
    waiting = np.empty(inside.size, np.int64)
    for cell in range(starts.size - 1):
        columns = shape[cell, 1]
        peak = -1
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at] and height[at] > 0.0 and (peak < 0 or height[at] > height[peak]):
                peak = at
        if peak < 0 or not image[peak] > base[cell]:
            continue
        least = 0.5 * (image[peak] + base[cell])
        row, column = (peak - starts[cell]) // columns, (peak - starts[cell]) % columns
        body[peak] = True
        waiting[0], left = peak, 1
        while left > 0:
            left -= 1
            at = waiting[left]
            for step in (-columns, -1, 1, columns):
                other = at + step
                if body[other] or not inside[other] or image[other] < least:
                    continue
                y = (other - starts[cell]) // columns - row
                x = (other - starts[cell]) % columns - column
                if y * y + x * x <= reach[cell] * reach[cell]:
                    body[other] = True
                    waiting[left] = other
                    left += 1
    return body


@njit(cache=True, nogil=True)
def _roundness(
    inside: NDArray[np.bool_], starts: NDArray[np.int64], shape: NDArray[np.int64]
) -> NDArray[np.float64]:
    result = np.full(starts.size - 1, np.nan)
    for cell in range(starts.size - 1):
        columns = shape[cell, 1]
        count, y, x, square = 0.0, 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                r = float((at - starts[cell]) // columns)
                c = float((at - starts[cell]) % columns)
                count += 1.0
                y += r
                x += c
                square += r * r + c * c
        if count > 0.0:
            moment = square - (y * y + x * x) / count + count / 6.0
            result[cell] = min(count * count / (2.0 * np.pi * moment), 1.0)
    return result


def bodies(
    band: NDArray[np.float64],
    image: NDArray[np.float64],
    light: NDArray[np.uint16],
    mask: NDArray[np.bool_],
    limits: tuple[float, float],
    layout: CropLayout,
) -> NDArray[np.bool_]:
    """Return (total,) bool: each cell's body, not a pixel where nothing stands out.

    The body holds the pixels of `mask`, joined by their sides to the one of greatest `band`, whose
    `image` is at least halfway from the mask's mean `light` to its peak. `limits` are the least
    height of the band, as a share of that mean, and the greatest distance from the peak in µm.
    """
    least, reach_um = limits
    base = np.nan_to_num(mask_means(light, mask, layout.starts)[:, 1])
    height = _raised(band, least * base, layout.starts)
    reach = reach_um / layout.step_um
    return _bodies(height, image, base, mask, layout.starts, layout.shape, reach)


@njit(cache=True, nogil=True)
def _raised(
    band: NDArray[np.float64], least: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    height = np.zeros(band.size)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            if band[at] > least[cell]:
                height[at] = band[at]
    return height


def roundness(masks: Sequence[NDArray[np.bool_]], layout: CropLayout) -> list[NDArray[np.float64]]:
    """Return for each mask (n,): area² / 2π over the second moment about its centroid.

    1 for a disc, else less; pixels count as squares (A/6 is added to the moment). NaN for a cell
    without a pixel of it.
    """
    return [_roundness(mask, layout.starts, layout.shape) for mask in masks]


@njit(cache=True, nogil=True)
def _facing(
    middle: NDArray[np.float64], body: NDArray[np.float64], least: float, layout: CropLayout
) -> NDArray[np.bool_]:
    facing = np.zeros(layout.total, np.bool_)
    for cell in range(layout.starts.size - 1):
        down, right = body[cell, 0] - middle[cell, 0], body[cell, 1] - middle[cell, 1]
        if np.isnan(down):
            continue
        length = np.hypot(down, right)
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            y = (at - layout.starts[cell]) // layout.shape[cell, 1] - middle[cell, 0]
            x = (at - layout.starts[cell]) % layout.shape[cell, 1] - middle[cell, 1]
            facing[at] = y * down + x * right >= least * np.hypot(y, x) * length
    return facing


def dents(
    masks: Sequence[NDArray[np.bool_]],
    middle: NDArray[np.float64],
    least: float,
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each mask (n,): share of the nuclear hull that faces it and is not nucleus.

    A pixel faces the mask where the cosine of its angle to the mask's centroid, seen from `middle`
    (n, 2), is at least `least`. NaN without nucleus or mask.
    """
    hull = hull_pixels(region, layout.starts, layout.shape, 1)
    outside = region != 2
    found = []
    for mask in masks:
        body = centroids(mask, layout.starts, layout.shape)
        facing = hull & _facing(middle, body, least, layout)
        found.append(mask_means(outside, facing, layout.starts)[:, 1])
    return found
