"""Label images of discs that touch, for tests of flows."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from skimage.measure import label


def touching_discs(seed: int, edge: int = 96, diameter: float = 24) -> np.ndarray:
    """Return labels of discs cut where they touch, none smaller than 60 pixels."""
    random = np.random.default_rng(seed)
    centres = random.random((int(edge**2 / diameter**2 * 1.3), 2)) * edge
    places = np.stack(np.mgrid[:edge, :edge], axis=-1).reshape(-1, 2)
    far, nearest = cKDTree(centres).query(places)
    discs = np.where(far < 0.6 * diameter, nearest + 1, 0).reshape(edge, edge)
    parts = label(discs, connectivity=1)
    kept = np.bincount(parts.ravel()) >= 60
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0)[parts].astype(np.int32)
