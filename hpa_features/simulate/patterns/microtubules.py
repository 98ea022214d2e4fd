"""Microtubules: a copy of the landmark, stronger or weaker towards the organising centre."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: gradient from the nucleus, gaps, loose protein."""
    gradient, gaps = np.float32(habit.uniform(-0.3, 0.6)), np.float32(habit.uniform(0.05, 0.4))
    loose = np.float32(habit.uniform(0.05, 0.25))
    anatomy = scene.anatomy
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (0.4, 1.5), rng)
    near = np.exp(-np.maximum(anatomy.nuclear_edge, 0) / np.float32(5.0))
    bound = scene.microtubules * (1 + gradient * near) * np.maximum(1 + gaps * patches, 0)
    plane: Real = bound + loose * scene.microtubules.mean() * (anatomy.nuclear_edge > 0)
    plane *= anatomy.thickness
    return plane
