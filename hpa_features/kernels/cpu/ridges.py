"""Ridges: lines that are brighter than both of their sides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.sums import level_of, mask_means
from hpa_features.kernels.layout import CropLayout

FLAT = 1e-9  # of the level: curvature below is rounding
TIE = 1e-9
RING_PLACES = 16


@njit(cache=True, nogil=True)
def ridge_strengths(
    image: NDArray[np.float64],
    floor: NDArray[np.float64],
    region: NDArray[np.uint8],
    um: float,
    layout: CropLayout,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (total,) float64 three times: strength, and cos 2φ and sin 2φ of the direction.

    With λ₁ ≤ λ₂ the eigenvalues of the Hessian of `image`, already smoothed by
    σ = `um`, the strength is σ²·max(−λ₁ − |λ₂|, 0) / (image + floor): 0 for blobs and slopes. φ is
    the angle between the ridge and the rows' axis. Neighbours outside the cell count as equal.

    References
    ----------
    Lindeberg 1998, Edge detection and ridge detection with automatic scale selection.
    """
    strength = np.zeros(region.size)
    cosine = np.zeros(region.size)
    sine = np.zeros(region.size)
    near = np.empty((3, 3))
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        square = (um / layout.step_um[cell]) ** 2
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = layout.starts[cell] + r * columns + c
                if region[at] == 0:
                    continue
                for i in range(3):
                    for j in range(3):
                        other = at + (i - 1) * columns + j - 1
                        near[i, j] = image[other] if region[other] > 0 else image[at]
                down = near[0, 1] - 2.0 * near[1, 1] + near[2, 1]
                across = near[1, 0] - 2.0 * near[1, 1] + near[1, 2]
                mixed = 0.25 * ((near[0, 0] + near[2, 2]) - (near[0, 2] + near[2, 0]))
                middle = 0.5 * (down + across)
                gap = np.sqrt((0.5 * (down - across)) ** 2 + mixed * mixed)
                height = square * (gap - middle - abs(middle + gap))
                level = image[at] + floor[cell]
                if height > FLAT * level and gap > 0.0:
                    strength[at] = height / level
                    cosine[at] = 0.5 * (down - across) / gap
                    sine[at] = mixed / gap
    return strength, cosine, sine


@njit(cache=True, nogil=True)
def _between(image: NDArray[np.float64], row: float, column: float) -> float:
    """Linear interpolation inside `image`."""
    r, c = int(np.floor(row)), int(np.floor(column))
    y, x = row - r, column - c
    r2, c2 = min(r + 1, image.shape[0] - 1), min(c + 1, image.shape[1] - 1)
    above = (1.0 - x) * image[r, c] + x * image[r, c2]
    below = (1.0 - x) * image[r2, c] + x * image[r2, c2]
    return float((1.0 - y) * above + y * below)


@njit(cache=True, nogil=True)
def ridge_crests(
    strength: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    least: NDArray[np.float64],
    layout: CropLayout,
) -> NDArray[np.bool_]:
    """Return (total,) bool: strength above `least` (n,) and no weaker than one pixel aside."""
    crests = np.zeros(strength.size, np.bool_)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        crop = strength[layout.starts[cell] : layout.starts[cell + 1]].reshape(rows, columns)
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = layout.starts[cell] + r * columns + c
                if crop[r, c] <= least[cell]:
                    continue
                angle = 0.5 * np.arctan2(sine[at], cosine[at])
                y, x = -np.sin(angle), np.cos(angle)
                aside = max(_between(crop, r + y, c + x), _between(crop, r - y, c - x))
                crests[at] = crop[r, c] >= aside * (1.0 - TIE)
    return crests


@njit(cache=True, nogil=True)
def ring_crossings(
    crests: NDArray[np.bool_],
    ridge: NDArray[np.bool_],
    um: float,
    layout: CropLayout,
) -> NDArray[np.int8]:
    """Return (total,) int8: how many ridges leave a circle about each crest, −1 elsewhere.

    A ridge leaves where consecutive ones of 16 places on the circle of radius `um` lie
    in `ridge`: 0 is a speck, 1 an end, 2 a line, 3 or more a branch.
    """
    crossings = np.full(crests.size, -1, np.int8)
    rise = np.empty(RING_PLACES, np.int64)
    run = np.empty(RING_PLACES, np.int64)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        for k in range(RING_PLACES):
            turn = 2.0 * np.pi * k / RING_PLACES
            rise[k] = int(np.round(um / layout.step_um[cell] * np.cos(turn)))
            run[k] = int(np.round(um / layout.step_um[cell] * np.sin(turn)))
        for r in range(rows):
            for c in range(columns):
                at = layout.starts[cell] + r * columns + c
                if not crests[at]:
                    continue
                count = 0
                last = False
                for k in range(-1, RING_PLACES):
                    y, x = r + rise[k], c + run[k]
                    here = 0 <= y < rows and 0 <= x < columns
                    here = here and ridge[layout.starts[cell] + y * columns + x]
                    if k >= 0 and here and not last:
                        count += 1
                    last = here
                if count == 0 and last:
                    count = 1
                crossings[at] = count
    return crossings


@each
@njit(cache=True, nogil=True)
def ridges(
    smooth: NDArray[np.float64],
    mean: NDArray[np.float64],
    um: float,
    limits: tuple[float, float, float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.bool_],
    NDArray[np.float64],
]:
    """Return cosine, sine, strength and plain (total,), and least (n,), of an image's ridges.

    See `ridge_strengths` for the first three. `limits` are the offset that is added to the level
    as a share of the cell's mean in `mean` (n, 2), and the strength above which a ridge is plain:
    the least, and as a multiple of the cell's mean strength; `least` is the greater of the two.
    """
    offset, least_strength, least_of_mean = limits
    floor, least = np.empty(layout.starts.size - 1), np.empty(layout.starts.size - 1)
    for cell in range(floor.size):
        floor[cell] = offset * level_of(mean, cell)
    strength, cosine, sine = ridge_strengths(smooth, floor, region, um, layout)
    middle = mask_means(strength, region > 0, layout)
    plain = np.zeros(region.size, np.bool_)
    for cell in range(least.size):
        least[cell] = max(least_strength, least_of_mean * level_of(middle, cell))
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            plain[at] = strength[at] > least[cell]
    return cosine, sine, strength, plain, least


@each
def ridge_crossings(
    lines: tuple[NDArray[Any], ...], circle_um: float, layout: CropLayout
) -> NDArray[np.int8]:
    """Return (total,) int8: on crests, how many plain ridges leave a circle; −1 elsewhere.

    `lines` are what `ridges` gives.
    """
    cosine, sine, strength, plain, least = lines
    crests = ridge_crests(strength, cosine, sine, least, layout)
    return np.asarray(ring_crossings(crests, plain, circle_um, layout))
