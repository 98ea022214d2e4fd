"""Directions by doubled angles: towards points, down slopes, and how they agree."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.smooth import smooth_crops
from hpa_features.kernels.layout import CropLayout

Floats = NDArray[np.float64]
Ridges = tuple[Floats, Floats, Floats, NDArray[np.bool_], Floats]


@njit(cache=True, nogil=True)
def double_angle(y: float, x: float) -> tuple[float, float]:
    """Return cos 2ψ and sin 2ψ of the direction (y, x), 0 where it has none."""
    square = y * y + x * x
    if square > 0.0:
        return (y * y - x * x) / square, 2.0 * y * x / square
    return 0.0, 0.0


@each
@njit(cache=True, nogil=True)
def towards(point: Floats, layout: CropLayout) -> tuple[Floats, Floats]:
    """Return (n, 2) point (total,) twice: cos 2ψ and sin 2ψ, ψ the direction to it.

    0 at the point itself and throughout a cell whose point is NaN.
    """
    cosine, sine = np.zeros(layout.total), np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        if np.isnan(point[cell, 0]) or np.isnan(point[cell, 1]):
            continue
        rows, columns = layout.shape[cell]
        for row in range(rows):
            begin = layout.starts[cell] + row * columns
            y = row - point[cell, 0]
            for column in range(columns):
                at = begin + column
                cosine[at], sine[at] = double_angle(y, column - point[cell, 1])
    return cosine, sine


@each
@njit(cache=True, nogil=True)
def steepest(
    length: Floats, region: NDArray[np.uint8], layout: CropLayout
) -> tuple[Floats, Floats]:
    """Return (total,) twice: cos 2ψ and sin 2ψ, ψ where it changes fastest.

    0 outside cells and where it does not change.
    """
    cosine, sine = np.zeros(layout.total), np.zeros(layout.total)
    for cell in range(layout.starts.size - 1):
        columns = layout.shape[cell, 1]
        for at in range(layout.starts[cell], layout.starts[cell + 1]):
            if region[at] > 0:  # the crop's margin keeps neighbours in the crop
                y = length[at + columns] - length[at - columns]
                x = length[at + 1] - length[at - 1]
                cosine[at], sine[at] = double_angle(y, x)
    return cosine, sine


@each
@njit(cache=True, nogil=True)
def agreements(own: tuple[Floats, ...], other: tuple[Floats, ...]) -> Floats:
    """Return (total,) float64: cos 2(φ − ψ) of directions that begin with cosine, sine."""
    result = np.empty(own[0].size)
    for at in range(result.size):
        result[at] = own[0][at] * other[0][at] + own[1][at] * other[1][at]
    return result


@each
@njit(cache=True, nogil=True)
def direction_sums(lines: Ridges, bins: int, layout: CropLayout) -> Floats:
    """Return (n, bins): strength of lines by direction, as `ridges` gives them.

    A line between two directions counts in both, by how near they are.
    """
    cosine, sine, strength, _, _ = lines
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


@each
@njit(cache=True, nogil=True)
def coherences(lines: Ridges, um: float, layout: CropLayout) -> Floats:
    """Return (total,): |G∗(w·e^{2iφ})| / G∗w of ridges of strength w, G of σ = `um`.

    0 where the strength is 0.
    """
    cosine, sine, strength, _, _ = lines
    total = smooth_crops(strength, um, layout)
    along = smooth_crops(strength * cosine, um, layout)
    across = smooth_crops(strength * sine, um, layout)
    result = np.zeros(strength.size)
    for at in range(strength.size):
        if strength[at] > 0.0 and total[at] != 0.0:
            result[at] = np.hypot(along[at], across[at]) / total[at]
    return result
