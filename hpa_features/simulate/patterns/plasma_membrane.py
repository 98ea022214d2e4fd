"""Plasma membrane: the rim of the cell with ruffles, or flat over all of it, or both."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, band_noise, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: width of the rim, ruffles, flat part."""
    width, ruffled = np.float32(habit.uniform(0.15, 0.45)), np.float32(habit.uniform(0.1, 0.8))
    flat = np.float32(habit.uniform(0.08, 0.45))
    anatomy = scene.anatomy
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (1.0, 4.0), rng)
    folds = band_noise(anatomy.shape, anatomy.step_um, (0.2, 0.8), rng)
    edge = anatomy.cell_edge
    rim = np.exp(-((edge / width) ** 2))
    ruffle = np.exp(-edge / np.float32(2.0)) * np.clip(folds - np.float32(0.6), 0, 2)
    uneven = np.maximum(1 + np.float32(0.35) * patches, 0.1)
    plane: Real = (rim * uneven + ruffled * ruffle + flat) * (anatomy.labels > 0)
    return plane
