"""Endoplasmic reticulum: follows the ER landmark, with a nuclear rim of its own."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: rim, patches, and reach towards the edge."""
    rim, uneven = np.float32(habit.uniform(0.0, 0.6)), np.float32(habit.uniform(0.05, 0.25))
    power = np.float32(habit.uniform(0.85, 1.15))
    anatomy = scene.anatomy
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (0.8, 3.0), rng)
    envelope = np.exp(-((anatomy.nuclear_edge / np.float32(0.25)) ** 2))
    plane: Real = scene.er**power * np.maximum(1 + uneven * patches, 0) + rim * envelope
    plane *= anatomy.thickness
    return plane
