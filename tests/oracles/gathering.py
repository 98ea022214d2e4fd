"""Slow twins of the features on where the protein's light gathers."""

from __future__ import annotations

import numpy as np


def spread(weights):
    """Return the weighted root mean square distance to the weighted middle, and the middle."""
    at = np.argwhere(weights > 0)
    w = weights[weights > 0]
    middle = (at * w[:, None]).sum(0) / w.sum()
    return np.sqrt((w * ((at - middle) ** 2).sum(1)).sum() / w.sum()), middle


def lead(heights, reach):
    """Return the highest of `heights`, and the highest farther than `reach` from it."""
    top = np.unravel_index(heights.argmax(), heights.shape)
    rows, columns = np.indices(heights.shape)
    away = (rows - top[0]) ** 2 + (columns - top[1]) ** 2 > reach**2
    return heights[top], heights[away].max()


def convergence(strength, angle, middle, reach):
    """Return how well lines point at `middle`: cos 2(φ − ψ), weight strength over distance."""
    rows, columns = np.nonzero(strength)
    y, x = rows - middle[0], columns - middle[1]
    length = np.hypot(y, x)
    near = (length > 0) & (length <= reach)
    weights = strength[rows, columns][near] / length[near]
    turn = angle[rows, columns][near] - np.arctan2(x, y)[near]
    return (weights * np.cos(2 * turn)).sum() / weights.sum()
