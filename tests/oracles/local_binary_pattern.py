"""Uniform rotation-invariant patterns of eight points, from Ojala et al. 2002, eq. 9 and 10."""

from __future__ import annotations

import numpy as np


def interpolated(image, y, x):
    """Return `image` at (y, x), linear between pixels, and the pixels that it took."""
    top, left = int(np.floor(y)), int(np.floor(x))
    value, used = 0.0, []
    for r, tall in ((top, 1 - (y - top)), (top + 1, y - top)):
        for c, wide in ((left, 1 - (x - left)), (left + 1, x - left)):
            if tall * wide > 1e-9:
                value += tall * wide * image[r, c]
                used.append((r, c))
    return value, used


def histogram(image, mask, radius):
    """Return counts of patterns of the pixels whose circle lies in `mask`."""
    counts = np.zeros(10)
    for r, c in zip(*np.nonzero(mask), strict=True):
        bits, inside = [], True
        for k in range(8):
            turn = 2 * np.pi * k / 8
            y = round(r + radius * np.sin(turn), 9)
            x = round(c + radius * np.cos(turn), 9)
            if not (0 <= y <= image.shape[0] - 1 and 0 <= x <= image.shape[1] - 1):
                inside = False
                break
            value, used = interpolated(image, y, x)
            inside = inside and all(mask[place] for place in used)
            bits.append(value >= image[r, c])
        if inside:
            changes = sum(bits[k] != bits[k - 1] for k in range(8))
            counts[sum(bits) if changes <= 2 else 9] += 1
    return counts
