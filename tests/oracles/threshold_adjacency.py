"""Threshold adjacency statistics from Hamilton et al. 2007, pixel by pixel."""

from __future__ import annotations

import numpy as np


def limits(values, threshold):
    """Return the three ranges (low, high), about the mean of what lies above the threshold."""
    above = values[values > threshold].astype(float)
    mean, deviation = above.mean(), above.std()
    return (
        (mean - deviation, mean + deviation),
        (mean - deviation, np.inf),
        (mean, np.inf),
    )


def shares(kind, mask):
    """Return the shares of pixels of `kind` with 0…8 neighbours of it, all nine in `mask`."""
    counts = np.zeros(9)
    for r in range(1, mask.shape[0] - 1):
        for c in range(1, mask.shape[1] - 1):
            window = np.s_[r - 1 : r + 2, c - 1 : c + 2]
            if kind[r, c] and mask[window].all():
                counts[kind[window].sum() - 1] += 1
    return counts / counts.sum() if counts.sum() else counts * np.nan
