"""Directions about a point: sectors, centroids, moments about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

TIE = 1e-7  # a pixel this near to a wedge's border lies on it


@njit(cache=True, nogil=True)
def centroids(
    inside: NDArray[np.bool_], starts: NDArray[np.int64], shape: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (n, 2) float64: mean row and column of the pixels `inside`, NaN where none is."""
    result = np.full((starts.size - 1, 2), np.nan)
    for cell in range(starts.size - 1):
        rows, columns, count = 0, 0, 0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                rows += (at - starts[cell]) // shape[cell, 1]
                columns += (at - starts[cell]) % shape[cell, 1]
                count += 1
        if count > 0:
            result[cell, 0], result[cell, 1] = rows / count, columns / count
    return result


@njit(cache=True, nogil=True)
def wedge_numbers(
    region: NDArray[np.uint8],
    centre: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return (total,) int8 twice: the eighth of the circle about `centre` that a pixel lies in.

    The two agree, except on a border between wedges, where they name the wedges of both sides
    (each gets half of the pixel), so 90° turns and mirrors change nothing. −1 outside the cell
    and at the centre itself.
    """
    first = np.full(region.size, -1, np.int8)
    second = np.full(region.size, -1, np.int8)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            if region[at] == 0:
                continue
            y = (at - starts[cell]) // shape[cell, 1] - centre[cell, 0]
            x = (at - starts[cell]) % shape[cell, 1] - centre[cell, 1]
            if x * x + y * y < TIE:
                continue
            turn = np.arctan2(y, x) * 4.0 / np.pi + 8.0
            nearest = int(np.round(turn))
            if abs(turn - nearest) < TIE:
                first[at], second[at] = (nearest - 1) % 8, nearest % 8
            else:
                first[at] = second[at] = int(np.floor(turn)) % 8
    return first, second


@njit(cache=True, nogil=True)
def second_moments(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    centre: NDArray[np.float64],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (n,): Σ value·r²/Σ value over Σ r²/Σ 1 about `centre`, in the pixels `inside`.

    1 where `values` are spread evenly; NaN without signal or where all pixels lie on the centre.
    """
    result = np.full(starts.size - 1, np.nan)
    for cell in range(starts.size - 1):
        light, light_square, area, square = 0.0, 0.0, 0.0, 0.0
        for at in range(starts[cell], starts[cell + 1]):
            if inside[at]:
                y = (at - starts[cell]) // shape[cell, 1] - centre[cell, 0]
                x = (at - starts[cell]) % shape[cell, 1] - centre[cell, 1]
                r = x * x + y * y
                light += values[at]
                light_square += values[at] * r
                area += 1.0
                square += r
        if light > 0.0 and square > 0.0:
            result[cell] = (light_square / light) / (square / area)
    return result


@njit(cache=True, nogil=True)
def nuclear_centres(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2): row and column of the nuclear centroid, of the cell's without nucleus.

    0 for a cell whose native pixels cover less than half of every grid pixel.
    """
    nucleus = centroids(region == 2, layout.starts, layout.shape)
    cell = centroids(region > 0, layout.starts, layout.shape)
    centre = np.where(np.isnan(nucleus), cell, nucleus)
    return np.where(np.isnan(centre), 0.0, centre)


def sector_numbers(
    region: NDArray[np.uint8], centre: NDArray[np.float64], layout: CropLayout
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return (total,) int8 twice: the eighth of the circle about `centre`; see `wedge_numbers`."""
    return wedge_numbers(region, centre, layout.starts, layout.shape)


@njit(cache=True, nogil=True)
def _sector_sums(
    image: NDArray[np.uint16],
    bands: NDArray[np.int8],
    count: int,
    first: NDArray[np.int8],
    second: NDArray[np.int8],
    starts: NDArray[np.int64],
) -> NDArray[np.float64]:
    sums = np.zeros((starts.size - 1, count, 8, 2))
    for cell in range(starts.size - 1):
        own = np.zeros((count, 8, 2), np.int64)  # of half pixels: exact in any order
        for at in range(starts[cell], starts[cell + 1]):
            k = bands[at]
            if k >= 0 and first[at] >= 0:
                value = np.int64(image[at])
                own[k, first[at], 0] += 1
                own[k, first[at], 1] += value
                own[k, second[at], 0] += 1
                own[k, second[at], 1] += value
        sums[cell] = 0.5 * own
    return sums


def sector_sums(
    images: Sequence[NDArray[np.uint16]],
    bands: Sequence[NDArray[np.int8]],
    counts: Sequence[int],
    first: NDArray[np.int8],
    second: NDArray[np.int8],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each image and its bands (n, count, 8, 2): pixels and Σ value of each sector.

    `first` and `second` number the sectors; a pixel on a border gives half to each side.
    """
    return [
        _sector_sums(image, numbers, count, first, second, layout.starts)
        for image, numbers, count in zip(images, bands, counts)
    ]


def spreads_about(
    images: Sequence[NDArray[np.uint16]],
    masks: Sequence[NDArray[np.bool_]],
    centre: NDArray[np.float64],
    layout: CropLayout,
) -> list[NDArray[np.float64]]:
    """Return for each image (n,): Σ value·r²/Σ value over Σ r²/Σ 1 about `centre`, in its mask.

    1 where values are spread evenly; NaN without signal or where all pixels lie on the centre.
    """
    return [
        second_moments(image, mask, centre, layout.starts, layout.shape)
        for image, mask in zip(images, masks)
    ]
