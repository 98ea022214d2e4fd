"""Local binary patterns inside nucleus and cytoplasm."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.steps import whole_steps
from hpa_features.kernels.layout import CropLayout

POINTS = 8
BINS = POINTS + 2
ONE = 32768  # weights are integers, so ties and 90° turns are exact


@njit(cache=True, nogil=True)
def _samples(radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the four pixels about each point of the circle, (8, 4, 2), and weights × ONE²."""
    steps = np.zeros((POINTS, 4, 2), np.int64)
    weights = np.zeros((POINTS, 4), np.int64)
    slant = radius * np.sqrt(0.5)
    near = int(np.floor(slant))
    far = int(np.round((slant - near) * ONE))
    for point in range(POINTS):
        angle = 2.0 * np.pi * point / POINTS
        down, right = int(np.round(1.5 * np.sin(angle))), int(np.round(1.5 * np.cos(angle)))
        down, right = np.sign(down), np.sign(right)
        if down * right == 0:
            steps[point, 0] = (radius * down, radius * right)
            weights[point, 0] = ONE * ONE
            continue
        for corner in range(4):
            tall, wide = corner // 2, corner % 2
            steps[point, corner] = (down * (near + tall), right * (near + wide))
            weights[point, corner] = (far if tall else ONE - far) * (far if wide else ONE - far)
    return steps, weights


@njit(cache=True, nogil=True)
def _pattern(bits: NDArray[np.bool_]) -> int:
    """Return the count of ones of a uniform pattern, 9 for any other."""
    ones, changes = 0, 0
    for point in range(POINTS):
        ones += bits[point]
        changes += bits[point] != bits[point - 1]
    return ones if changes <= 2 else POINTS + 1


@each
@njit(cache=True, nogil=True)
def pattern_counts(
    image: NDArray[np.uint16], um: float, region: NDArray[np.uint8], layout: CropLayout
) -> NDArray[np.int64]:
    """Return (n, 2, 10) int64: pixels by uniform pattern, cytoplasm and nucleus.

    Eight points on a circle of radius `um` in whole grid pixels, at least one, read by linear
    interpolation, are 1 where they are at least as bright as the centre. Patterns of at most two
    changes count by their number of ones, 0…8; all others are the tenth (Ojala, Pietikäinen,
    Mäenpää 2002, eq. 9–10). A pixel counts where all that it is compared with lies in its own
    compartment.
    """
    counts = np.zeros((layout.starts.size - 1, 2, BINS), np.int64)
    bits = np.zeros(POINTS, np.bool_)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        reach = whole_steps(um, layout.step_um[cell])
        steps, weights = _samples(reach)
        places = steps[:, :, 0] * columns + steps[:, :, 1]
        for row in range(reach, rows - reach):
            for column in range(reach, columns - reach):
                at = layout.starts[cell] + row * columns + column
                own = region[at]
                whole = own > 0
                for point in range(POINTS):
                    light = 0
                    for corner in range(4):
                        if weights[point, corner] > 0:
                            other = at + places[point, corner]
                            whole = whole and region[other] == own
                            light += weights[point, corner] * image[other]
                    if not whole:
                        break
                    bits[point] = light >= np.int64(image[at]) * ONE * ONE
                if whole:
                    counts[cell, own - 1, _pattern(bits)] += 1
    return counts
