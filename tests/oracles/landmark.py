"""Slow twins of Landmark, from the definitions."""

from __future__ import annotations

import numpy as np
from oracles.crops import log2_ratio, wedge_weights
from scipy import ndimage as ndi
from scipy.stats import rankdata


def rim(values, cell, to_nucleus):
    """Return log2 ratios of the nuclear edge to 1–3 µm inside and outside."""
    own = values / values[cell].mean()

    def level(low, high):
        return own[cell & (to_nucleus >= low) & (to_nucleus < high)].mean()

    edge = level(-0.5, 0.5)
    return log2_ratio(edge, level(-3, -1)), log2_ratio(edge, level(1, 3))


def dna_rank(smooth_dna, nucleus, to_nucleus):
    """Return each interior pixel's share of the interior with less DNA, −1 elsewhere."""
    interior = nucleus & (to_nucleus <= -0.6)
    rank = np.full(nucleus.shape, -1.0)
    levels = np.rint(smooth_dna[interior])
    rank[interior] = (rankdata(levels) - 0.5) / levels.size
    return rank


def holes(values, cell, rank):
    """Return hole levels at 5, 15 and 30 %, dense level, hole rim and hole CV."""
    own = values / values[cell].mean()
    rest = own[rank >= 0.3].mean()
    found = [log2_ratio(own[(rank >= 0) & (rank < q)].mean(), rest) for q in (0.05, 0.15, 0.3)]
    middle = own[(rank >= 0.3) & (rank < 0.85)].mean()
    found.append(log2_ratio(own[rank >= 0.85].mean(), middle))
    hole = (rank >= 0) & (rank < 0.15)
    ring = (rank >= 0.15) & (ndi.distance_transform_edt(~hole) * 0.32 <= 0.64)
    found.append(log2_ratio(own[ring].mean(), own[hole].mean()))
    found.append(own[hole].std() / (own[hole].mean() + 0.01))
    return found


def crescent(values, near, centre):
    """Return brightest eighth over the mean, one-sidedness, and which eighth is brightest."""
    sides = wedge_weights(near, centre)
    means = np.array([(values * w).sum() / w.sum() for w in sides.values()])
    level = means / means.mean()
    turn = np.exp(2j * np.pi * np.arange(8) / 8)
    return log2_ratio(level.max(), 1), abs((level * turn).sum()) / level.sum(), level.argmax()


def edge(values, cell, cytoplasm, to_edge):
    """Return the outermost µm against 2–5 µm inside, and its brightest fifth against the same."""
    own = values / values[cell].mean()
    rim_pixels = np.sort(own[cytoplasm & (to_edge < 1)])
    inside = own[cytoplasm & (to_edge >= 2) & (to_edge < 5)].mean()
    count = 0.2 * rim_pixels.size
    whole = int(count)
    top = rim_pixels[::-1]
    bright = (top[:whole].sum() + (count - whole) * top[whole]) / count
    return log2_ratio(rim_pixels.mean(), inside), log2_ratio(bright, inside)
