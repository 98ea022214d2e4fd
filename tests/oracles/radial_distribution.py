"""Slow twins of RadialDistribution, from the formulas."""

from __future__ import annotations

import numpy as np
from oracles.crops import log2_ratio, wedge_cv


def shell(values, landmark, cell, inside, length, zone):
    """Return level, CV and level beyond `landmark` in low ≤ length < high."""
    here = inside & (length >= zone[0]) & (length < zone[1])
    if here.sum() < 5:
        return np.nan, np.nan, np.nan
    own = values / values[cell].mean()
    other = landmark / landmark[cell].mean()
    level = own[here].mean()
    return (
        log2_ratio(level, 1),
        own[here].std() / (level + 0.01),
        log2_ratio(level, other[here].mean()),
    )


def rings(values, inside, way, centre):
    """Return FracAtD, MeanFrac and RadialCV of the four quarters of `way` (0…1)."""
    rows = []
    for ring in range(4):
        here = inside & (np.minimum((way * 4).astype(int), 3) == ring)
        light = values[here].sum() / values[inside].sum()
        rows.append((light, light / (here.sum() / inside.sum()), wedge_cv(values, here, centre)))
    return np.array(rows)


def brightest(values, inside, length, share=0.05):
    """Return mean `length` of the brightest share minus that of all, ties shared evenly."""
    v, d = values[inside], length[inside]
    wanted = share * v.size
    limit = np.sort(v)[::-1][int(np.ceil(wanted)) - 1]
    weights = (v > limit).astype(float)
    weights[v == limit] = (wanted - weights.sum()) / (v == limit).sum()
    return np.average(d, weights=weights) - d.mean()


def inertia(values, inside, centre):
    """Return log2 of the second moment about `centre` over that of the mask."""
    rows, columns = np.nonzero(inside)
    square = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2
    return np.log2(np.average(square, weights=values[rows, columns]) / square.mean())
