"""Hollow blobs: places darker than what lies all around them at one radius."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.sums import level_of
from hpa_features.kernels.layout import CropLayout

WAYS = 8


@njit(cache=True, nogil=True)
def _samples(radius: float, columns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how far the four pixels about each place on the circle are, (8, 4), and their weights.

    A pixel that does not count is the centre itself, which is always there.
    """
    jump = np.zeros((WAYS, 4), np.int64)
    weight = np.zeros((WAYS, 4))
    for k in range(WAYS):
        turn = 2.0 * np.pi * k / WAYS
        # Rounding keeps whole steps whole, so no neighbour of weight 0 decides.
        y, x = round(radius * np.cos(turn), 9), round(radius * np.sin(turn), 9)
        top, left = int(np.floor(y)), int(np.floor(x))
        for corner in range(4):
            down, right = corner // 2, corner % 2
            tall = y - top if down else 1.0 - (y - top)
            wide = x - left if right else 1.0 - (x - left)
            weight[k, corner] = tall * wide
            if weight[k, corner] > 0.0:
                jump[k, corner] = (top + down) * columns + left + right
    return jump, weight


@each
@njit(cache=True, nogil=True)
def ring_scores(
    image: NDArray[np.uint16] | NDArray[np.float64],
    um: float,
    mean: NDArray[np.float64],
    offset: float,
    mask: NDArray[np.bool_],
    region: NDArray[np.uint8],
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (total,): (second lowest around − centre) / (that + floor), 0 where negative.

    The image is read by linear interpolation in eight directions at the radius `um`, of which one
    may be dark: rings can be broken. The floor is `offset` times the cell's mean in `mean` (n, 2).
    0 outside the mask and where one of the places lies outside the cell.
    """
    scores = np.zeros(region.size)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        radius = um / layout.step_um[cell]
        floor = offset * level_of(mean, cell)
        jump, weight = _samples(radius, columns)
        reach = int(np.ceil(radius))
        for r in range(reach, rows - reach):
            for c in range(reach, columns - reach):
                at = layout.starts[cell] + r * columns + c
                if not mask[at]:
                    continue
                lowest, second = np.inf, np.inf
                whole = True
                for k in range(WAYS):
                    value = 0.0
                    for corner in range(4):
                        other = at + jump[k, corner]
                        whole &= region[other] > 0
                        value += weight[k, corner] * image[other]
                    if value < lowest:
                        lowest, second = value, lowest
                    else:
                        second = min(second, value)
                    # Two ways that are no brighter than the centre: no ring, whatever follows.
                    if not whole or second <= image[at]:
                        break
                if whole and second > image[at]:
                    scores[at] = (second - image[at]) / (second + floor)
    return scores
