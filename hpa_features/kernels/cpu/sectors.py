"""Directions about a point: sectors, centroids, moments about it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.layout import CropLayout

TIE = 1e-7  # a pixel this near to a sector's border lies on it


@njit(cache=True, nogil=True)
def centroids(inside: NDArray[np.bool_], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2) float64: mean row and column of the pixels `inside`, NaN where none is."""
    result = np.full((layout.starts.size - 1, 2), np.nan)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        down, right, count = 0, 0, 0
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            line = inside[begin : begin + columns]
            own = 0
            for column in range(columns):
                if line[column]:
                    own += 1
                    right += column
            down += row * own
            count += own
        if count > 0:
            result[cell, 0], result[cell, 1] = down / count, right / count
    return result


@each
@njit(cache=True, nogil=True)
def sector_numbers(
    centre: NDArray[np.float64],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return (total,) int8 twice: the eighth of the circle about `centre` that a pixel lies in.

    The two agree, except on a border between sectors, where they name the sectors of both sides
    (each gets half of the pixel), so 90° turns and mirrors change nothing. −1 outside the cell
    and at the centre itself.
    """
    first = np.full(region.size, -1, np.int8)
    second = np.full(region.size, -1, np.int8)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            y = row - centre[cell, 0]
            for column in range(columns):
                at, x = begin + column, column - centre[cell, 1]
                if region[at] == 0 or x * x + y * y < TIE:
                    continue
                turn = np.arctan2(y, x) * 4.0 / np.pi + 8.0
                nearest = int(np.round(turn))
                if abs(turn - nearest) < TIE:
                    first[at], second[at] = (nearest - 1) % 8, nearest % 8
                else:
                    first[at] = second[at] = int(np.floor(turn)) % 8
    return first, second


@each
@njit(cache=True, nogil=True)
def spreads_about(
    values: NDArray[np.uint16],
    inside: NDArray[np.bool_],
    centre: NDArray[np.float64],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n,): Σ value·r²/Σ value over Σ r²/Σ 1 about `centre`, in its mask.

    1 where values are spread evenly; NaN without signal or where all pixels lie on the centre.
    """
    result = np.full(layout.starts.size - 1, np.nan)
    for cell in range(layout.starts.size - 1):
        light, light_square, area, square = 0.0, 0.0, 0.0, 0.0
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            value, line = values[begin : begin + columns], inside[begin : begin + columns]
            y = row - centre[cell, 0]
            for column in range(columns):
                if line[column]:
                    x = column - centre[cell, 1]
                    r = x * x + y * y
                    light += value[column]
                    light_square += value[column] * r
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
    centre, whole = centroids(region == 2, layout), centroids(region > 0, layout)
    for cell in range(layout.starts.size - 1):
        for axis in range(2):
            if np.isnan(centre[cell, axis]):
                mean = whole[cell, axis]
                centre[cell, axis] = 0.0 if np.isnan(mean) else mean
    return centre


@each
@njit(cache=True, nogil=True)
def sector_sums(
    image: NDArray[np.uint16],
    bands: NDArray[np.int8],
    count: int,
    numbers: tuple[NDArray[np.int8], NDArray[np.int8]],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, count, 8, 2): pixels and Σ value of each sector.

    `numbers` are those of the sectors; a pixel on a border gives half to each side.
    """
    first, second = numbers
    sums = np.zeros((layout.starts.size - 1, count, 8, 2))
    for cell in range(layout.starts.size - 1):
        own = np.zeros((count, 8, 2), np.int64)  # of half pixels: exact in any order
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            k, sector = bands[at], first[at]
            if k >= 0 and sector >= 0:
                value = np.int64(image[at])
                halves = 2 if second[at] == sector else 1
                own[k, sector, 0] += halves
                own[k, sector, 1] += halves * value
                if halves == 1:
                    own[k, second[at], 0] += 1
                    own[k, second[at], 1] += value
        sums[cell] = 0.5 * own
    return sums
