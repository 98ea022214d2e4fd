"""Shape of masks: moments, boundary length, holes and convex hull, on each cell's grid."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.intensity import is_part
from hpa_features.kernels.layout import CropLayout


@njit(cache=True, nogil=True)
def mask_moments(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2, 6) for cell and nucleus, NaN where the mask has no pixels.

    Pixel count, centroid row and column in the crop, then the central moments mu20, mu11, mu02
    (first index: rows), all in grid pixels.
    """
    starts, shape = layout.starts, layout.shape
    cells = starts.size - 1
    out = np.full((cells, 2, 6), np.nan)
    for cell in range(cells):
        rows, columns = shape[cell]
        for part in range(2):
            count, sum_row, sum_column = 0, 0, 0
            for r in range(rows):
                for c in range(columns):
                    if is_part(region[starts[cell] + r * columns + c], part):
                        count += 1
                        sum_row += r
                        sum_column += c
            if count == 0:
                continue
            row, column = sum_row / count, sum_column / count
            mu = np.zeros(3)
            for r in range(rows):
                for c in range(columns):
                    if is_part(region[starts[cell] + r * columns + c], part):
                        y, x = r - row, c - column
                        mu[0] += y * y
                        mu[1] += y * x
                        mu[2] += x * x
            out[cell, part, 0] = count
            out[cell, part, 1] = row
            out[cell, part, 2] = column
            out[cell, part, 3:] = mu
    return out


@njit(cache=True, nogil=True)
def mask_boundaries(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2, 2) for cell and nucleus: boundary length in grid pixels, Euler number.

    Length by the Cauchy-Crofton formula over four directions (Legland, Kiêu, Devaux 2007, eq. 7):
    π/8 times the changes between mask and outside along rows and columns plus those along both
    diagonals over √2. Euler number of the 8-connected mask (Gray 1971: bit quads).
    """
    starts, shape = layout.starts, layout.shape
    cells = starts.size - 1
    out = np.zeros((cells, 2, 2))
    for cell in range(cells):
        rows, columns = shape[cell]
        for part in range(2):
            straight, diagonal = 0, 0
            ones, threes, crossed = 0, 0, 0
            for r in range(rows - 1):
                for c in range(columns - 1):
                    at = starts[cell] + r * columns + c
                    a = np.int64(is_part(region[at], part))
                    b = np.int64(is_part(region[at + 1], part))
                    d = np.int64(is_part(region[at + columns], part))
                    e = np.int64(is_part(region[at + columns + 1], part))
                    straight += (a != b) + (a != d)
                    diagonal += (a != e) + (b != d)
                    filled = a + b + d + e
                    if filled == 1:
                        ones += 1
                    elif filled == 3:
                        threes += 1
                    elif filled == 2 and a == e:
                        crossed += 1
            out[cell, part, 0] = np.pi / 8 * (straight + diagonal / np.sqrt(2.0))
            out[cell, part, 1] = (ones - threes - 2 * crossed) / 4
    return out


@njit(cache=True, nogil=True)
def _cross(o: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    turn: float = (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
    return turn


@njit(cache=True, nogil=True)
def _hull_of_corners(
    region: NDArray[np.uint8], first: int, shape: NDArray[np.int64], part: int
) -> NDArray[np.float64]:
    """Corners (h, 2) of the convex hull around a mask's pixels as unit squares.

    Andrew's monotone chain (1979) over the outermost corners of every row.
    """
    rows, columns = shape
    points = np.empty((4 * rows, 2))
    count = 0
    for r in range(rows):
        left, right = -1, -1
        for c in range(columns):
            if is_part(region[first + r * columns + c], part):
                if left < 0:
                    left = c
                right = c
        if left >= 0:
            for y in (r, r + 1):
                points[count] = y, left
                points[count + 1] = y, right + 1
                count += 2
    order = np.argsort(points[:count, 0] * (2.0 * columns + 4) + points[:count, 1])
    ascending = points[:count][order]
    hull = np.empty((2 * count + 2, 2))
    size = 0
    for direction in range(2):
        floor = size + 1
        for at in range(count):
            point = ascending[at] if direction == 0 else ascending[count - 1 - at]
            while size > floor and _cross(hull[size - 2], hull[size - 1], point) <= 0:
                size -= 1
            hull[size] = point
            size += 1
        size -= 1  # the last point opens the other chain
    return hull[:size]


@njit(cache=True, nogil=True)
def mask_hulls(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2, 3) for cell and nucleus, NaN where the mask has no pixels.

    Area of the convex hull, largest and smallest Feret diameter, in grid pixels. The hull is
    that of the pixels' corners, so a rectangle fills its hull.
    """
    starts, shape = layout.starts, layout.shape
    cells = starts.size - 1
    out = np.full((cells, 2, 3), np.nan)
    for cell in range(cells):
        for part in range(2):
            hull = _hull_of_corners(region, starts[cell], shape[cell], part)
            size = len(hull)
            if size < 3:
                continue
            area, longest, narrowest = 0.0, 0.0, np.inf
            for i in range(size):
                a, b = hull[i], hull[(i + 1) % size]
                area += a[0] * b[1] - a[1] * b[0]
                edge = np.hypot(b[0] - a[0], b[1] - a[1])
                height = 0.0
                for j in range(size):
                    span = np.hypot(hull[j, 0] - a[0], hull[j, 1] - a[1])
                    longest = max(longest, span)
                    height = max(height, abs(_cross(a, b, hull[j])) / edge)
                narrowest = min(narrowest, height)
            out[cell, part] = 0.5 * abs(area), longest, narrowest
    return out


@njit(cache=True, nogil=True)
def hull_pixels(region: NDArray[np.uint8], part: int, layout: CropLayout) -> NDArray[np.bool_]:
    """Return (total,) bool: pixels whose middle lies in the convex hull of the part's corners.

    `part` is 0 cell or 1 nucleus.
    """
    inside = np.zeros(region.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        hull = _hull_of_corners(region, layout.starts[cell], layout.shape[cell], part)
        for r in range(rows):
            y = r + 0.5  # corners are whole numbers, so no edge begins or ends here
            left, right = np.inf, -np.inf
            for i in range(len(hull)):
                a, b = hull[i], hull[(i + 1) % len(hull)]
                if (a[0] < y) != (b[0] < y):
                    x = a[1] + (y - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
                    left, right = min(left, x), max(right, x)
            for c in range(columns):
                if left <= c + 0.5 + 1e-9 and c + 0.5 - 1e-9 <= right:
                    inside[layout.starts[cell] + r * columns + c] = True
    return inside


def mask_forms(region: NDArray[np.uint8], layout: CropLayout) -> NDArray[np.float64]:
    """Return (n, 2, 11) for cell and nucleus: `mask_moments`, `mask_hulls`, `mask_boundaries`."""
    forms = (mask_moments(region, layout), mask_hulls(region, layout))
    return np.concatenate([*forms, mask_boundaries(region, layout)], axis=2)
