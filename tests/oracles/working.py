"""The working grid from its definition: fractions of pixels, one grid pixel at a time."""

from __future__ import annotations

import math

import numpy as np


def overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    return max(0.0, min(a1, b1) - max(a0, b0))


def resampled(plane: np.ndarray, mask: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Area-weighted means over `mask` on a grid centred on its box, and how far it covers it."""
    rows, columns = np.nonzero(mask)
    top, bottom = rows.min(), rows.max() + 1
    left, right = columns.min(), columns.max() + 1
    shape = (math.ceil((bottom - top) / factor - 1e-9), math.ceil((right - left) / factor - 1e-9))
    first = (
        (top + bottom - shape[0] * factor) / 2,
        (left + right - shape[1] * factor) / 2,
    )
    means, covered = np.full(shape, np.nan), np.zeros(shape)
    for r in range(shape[0]):
        for c in range(shape[1]):
            y0, x0 = first[0] + r * factor, first[1] + c * factor
            total = 0.0
            for y in range(max(top, int(y0)), min(bottom, math.ceil(y0 + factor))):
                for x in range(max(left, int(x0)), min(right, math.ceil(x0 + factor))):
                    if mask[y, x]:
                        w = overlap(y0, y0 + factor, y, y + 1) * overlap(x0, x0 + factor, x, x + 1)
                        covered[r, c] += w / factor**2
                        total += w / factor**2 * plane[y, x]
            if covered[r, c] > 0:
                means[r, c] = total / covered[r, c]
    return means, covered
