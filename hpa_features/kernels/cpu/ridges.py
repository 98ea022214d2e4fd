"""Ridges: lines that are brighter than both of their sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.sums import mask_means
from hpa_features.kernels.layout import CropLayout

FLAT = 1e-9  # of the level: curvature below is rounding
TIE = 1e-9
RING_PLACES = 16


@njit(cache=True, nogil=True)
def ridge_strengths(
    image: NDArray[np.float64],
    floor: NDArray[np.float64],
    region: NDArray[np.uint8],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    sigma: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (total,) float64 three times: strength, and cos 2φ and sin 2φ of the direction.

    With λ₁ ≤ λ₂ the eigenvalues of the Hessian of `image`, already smoothed by `sigma` (n,)
    pixels, the strength is σ²·max(−λ₁ − |λ₂|, 0) / (image + floor): 0 for blobs and slopes. φ is
    the angle between the ridge and the rows' axis. Neighbours outside the cell count as equal.

    References
    ----------
    Lindeberg 1998, Edge detection and ridge detection with automatic scale selection.
    """
    strength = np.zeros(region.size)
    cosine = np.zeros(region.size)
    sine = np.zeros(region.size)
    near = np.empty((3, 3))
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        square = sigma[cell] * sigma[cell]
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = starts[cell] + r * columns + c
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
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return (total,) bool: strength above `least` (n,) and no weaker than one pixel aside."""
    crests = np.zeros(strength.size, np.bool_)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        crop = strength[starts[cell] : starts[cell + 1]].reshape(rows, columns)
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = starts[cell] + r * columns + c
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
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    radius: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Return (total,) int8: how many ridges leave a circle about each crest, −1 elsewhere.

    A ridge leaves where consecutive ones of 16 places on the circle of `radius` (n,) pixels lie
    in `ridge`: 0 is a speck, 1 an end, 2 a line, 3 or more a branch.
    """
    crossings = np.full(crests.size, -1, np.int8)
    rise = np.empty(RING_PLACES, np.int64)
    run = np.empty(RING_PLACES, np.int64)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        for k in range(RING_PLACES):
            turn = 2.0 * np.pi * k / RING_PLACES
            rise[k] = int(np.round(radius[cell] * np.cos(turn)))
            run[k] = int(np.round(radius[cell] * np.sin(turn)))
        for r in range(rows):
            for c in range(columns):
                at = starts[cell] + r * columns + c
                if not crests[at]:
                    continue
                count = 0
                last = False
                for k in range(-1, RING_PLACES):
                    y, x = r + rise[k], c + run[k]
                    here = 0 <= y < rows and 0 <= x < columns
                    here = here and ridge[starts[cell] + y * columns + x]
                    if k >= 0 and here and not last:
                        count += 1
                    last = here
                if count == 0 and last:
                    count = 1
                crossings[at] = count
    return crossings


@njit(cache=True, nogil=True)
def _above(
    image: NDArray[np.float64], least: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    above = np.zeros(image.size, np.bool_)
    for cell in range(starts.size - 1):
        for at in range(starts[cell], starts[cell + 1]):
            above[at] = image[at] > least[cell]
    return above


def ridges(
    images: Sequence[NDArray[np.uint16]],
    smoothed: Sequence[NDArray[np.float64]],
    sigmas_um: Sequence[float],
    limits: tuple[float, float, float],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> list[tuple[NDArray[Any], ...]]:
    """Return for each image strength, cosine, sine and plain (total,), and least (n,).

    `smoothed` are the images smoothed by the sigmas; see `ridge_strengths` for the first three.
    `limits` are the offset that is added to the level as a share of the cell's mean, and the
    strength above which a ridge is plain: the least, and as a multiple of the cell's mean
    strength; `least` is the greater of the two, `plain` bool.
    """
    offset, least_strength, least_of_mean = limits
    own = region > 0
    found: list[tuple[NDArray[Any], ...]] = []
    for image, smooth, um in zip(images, smoothed, sigmas_um):
        floor = offset * np.nan_to_num(mask_means(image, own, layout.starts)[:, 1])
        strength, cosine, sine = ridge_strengths(
            smooth, floor, region, layout.starts, layout.shape, um / layout.step_um
        )
        middle = np.nan_to_num(mask_means(strength, own, layout.starts)[:, 1])
        least = np.maximum(least_strength, least_of_mean * middle)
        found.append((strength, cosine, sine, _above(strength, least, layout.starts), least))
    return found


def ridge_crossings(
    lines: Sequence[tuple[NDArray[Any], ...]], circle_um: float, layout: CropLayout
) -> list[NDArray[np.int8]]:
    """Return for each of `lines`, as `ridges` gives them, (total,) int8.

    On crests, how many plain ridges leave a circle about them; −1 elsewhere.
    """
    radius = circle_um / layout.step_um
    found = []
    for strength, cosine, sine, plain, least in lines:
        crests = ridge_crests(strength, cosine, sine, least, layout.starts, layout.shape)
        found.append(ring_crossings(crests, plain, layout.starts, layout.shape, radius))
    return found
