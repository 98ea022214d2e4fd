"""Directions by doubled angles: towards points, down slopes, and how they agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.smooth import smooth_crops
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def double_angle(y: float, x: float) -> tuple[float, float]:
    """Return cos 2ψ and sin 2ψ of the direction (y, x), 0 where it has none."""
    square = y * y + x * x
    if square > 0.0:
        return (y * y - x * x) / square, 2.0 * y * x / square
    return 0.0, 0.0


@njit(cache=True, nogil=True)
def _towards(point: Floats, layout: CropLayout) -> tuple[Floats, Floats]:
    cosine, sine = np.zeros(layout.total), np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        if np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]):
            continue
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            y = (at - layout.starts[cell]) // layout.shape[cell, 1] - point[cell, 0]
            x = (at - layout.starts[cell]) % layout.shape[cell, 1] - point[cell, 1]
            cosine[at], sine[at] = double_angle(y, x)
    return cosine, sine


def towards(points: Sequence[Floats], layout: CropLayout) -> list[tuple[Floats, Floats]]:
    """Return for each (n, 2) point (total,) twice: cos 2ψ and sin 2ψ, ψ the direction to it.

    0 at the point itself and throughout a cell whose point is NaN.
    """
    return [_towards(point, layout) for point in points]


@njit(cache=True, nogil=True)
def _steepest(
    length: Floats, region: NDArray[np.uint8], layout: CropLayout
) -> tuple[Floats, Floats]:
    cosine, sine = np.zeros(layout.total), np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] > 0:  # the crop's margin keeps neighbours in the crop
                y = length[at + columns] - length[at - columns]
                x = length[at + 1] - length[at - 1]
                cosine[at], sine[at] = double_angle(y, x)
    return cosine, sine


def steepest(
    lengths: Sequence[Floats], region: NDArray[np.uint8], layout: CropLayout
) -> list[tuple[Floats, Floats]]:
    """Return for each length (total,) twice: cos 2ψ and sin 2ψ, ψ where it changes fastest.

    0 outside cells and where it does not change.
    """
    return [_steepest(length, region, layout) for length in lengths]


@njit(cache=True, nogil=True)
def _agreement(cosine: Floats, sine: Floats, cosine2: Floats, sine2: Floats) -> Floats:
    result = np.empty(cosine.size)
    for at in range(cosine.size):
        result[at] = cosine[at] * cosine2[at] + sine[at] * sine2[at]
    return result


def agreements(
    own: Sequence[tuple[Floats, Floats]], others: Sequence[tuple[Floats, Floats]]
) -> list[Floats]:
    """Return for each pair of directions (total,) float64: cos 2(φ − ψ)."""
    return [_agreement(*one, *other) for one, other in zip(own, others)]


@njit(cache=True, nogil=True)
def _direction_sums(
    strength: Floats, cosine: Floats, sine: Floats, bins: int, layout: CropLayout
) -> Floats:
    sums = np.zeros((layout.starts.size - 1, bins))
    for cell in range(layout.starts.size - 1):
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if strength[at] > 0.0:
                turn = np.arctan2(sine[at], cosine[at]) * (bins / (2.0 * np.pi)) % bins
                low = int(np.floor(turn))
                share = turn - low
                sums[cell, low % bins] += strength[at] * (1.0 - share)
                sums[cell, (low + 1) % bins] += strength[at] * share
    return sums


def direction_sums(
    lines: Sequence[tuple[Floats, Floats, Floats]], bins: Sequence[int], layout: CropLayout
) -> list[Floats]:
    """Return for each strength, cosine and sine (n, bins): strength by direction.

    A line between two directions counts in both, by how near they are.
    """
    return [_direction_sums(*each, count, layout) for each, count in zip(lines, bins)]


def coherences(
    lines: Sequence[tuple[Floats, Floats, Floats]], sigmas_um: Sequence[float], layout: CropLayout
) -> list[Floats]:
    """Return for each strength w, cosine and sine (total,): |G∗(w·e^{2iφ})| / G∗w, G a Gaussian.

    0 where the strength is 0.
    """
    return [
        _coherence(strength, cosine, sine, um / layout.step_um, layout)
        for (strength, cosine, sine), um in zip(lines, sigmas_um)
    ]


@njit(cache=True, nogil=True)
def _coherence(
    strength: Floats, cosine: Floats, sine: Floats, sigma: Floats, layout: CropLayout
) -> Floats:
    place = (layout.starts, layout.shape)
    total = smooth_crops(strength, place[0], place[1], sigma)
    along = smooth_crops(strength * cosine, place[0], place[1], sigma)
    across = smooth_crops(strength * sine, place[0], place[1], sigma)
    result = np.zeros(strength.size)
    for at in range(strength.size):
        if strength[at] > 0.0 and total[at] != 0.0:
            result[at] = np.hypot(along[at], across[at]) / total[at]
    return result
