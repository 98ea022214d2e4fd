"""Shape from its definitions, by brute force over pixels and corners."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import ConvexHull


def corners(mask: np.ndarray) -> np.ndarray:
    """All corners of the mask's pixels as unit squares."""
    pixels = np.argwhere(mask)
    return np.unique(np.concatenate([pixels + d for d in ((0, 0), (0, 1), (1, 0), (1, 1))]), axis=0)


def hull_area(mask: np.ndarray) -> float:
    return float(ConvexHull(corners(mask)).volume)


def feret(mask: np.ndarray) -> tuple[float, float]:
    """Largest and smallest width over the directions of the hull's edges and corner pairs."""
    points = corners(mask).astype(float)
    hull = points[ConvexHull(points).vertices]
    longest = max(math.dist(a, b) for a in hull for b in hull)
    narrowest = math.inf
    for a, b in zip(hull, np.roll(hull, -1, axis=0)):
        normal = np.array([b[1] - a[1], a[0] - b[0]]) / math.dist(a, b)
        narrowest = min(narrowest, float(np.ptp(hull @ normal)))
    return longest, narrowest
