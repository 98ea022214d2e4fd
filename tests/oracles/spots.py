"""Slow twin of Spots: local maxima looked for pixel by pixel."""

from __future__ import annotations

import numpy as np


def spots(band, around, cell):
    """Return {(row, column): weight} and the height that a spot must exceed.

    `around` is the surroundings plus 0.01 of the cell's mean. Equal neighbours share a spot.
    """
    noise = 1.4826 * np.median(np.abs(band[cell]))
    least = np.maximum(0.15 * around, 3 * noise)
    found = {}
    for r, c in zip(*np.nonzero(cell & (band > least)), strict=True):
        window = np.s_[r - 1 : r + 2, c - 1 : c + 2]
        near = band[window][cell[window]]
        if near.max() <= band[r, c] * (1 + 1e-9):
            found[r, c] = 1 / (near >= band[r, c] * (1 - 1e-9)).sum()
    return found, least
