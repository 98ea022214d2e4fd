"""Cytosol: smooth filling of the cytoplasm, the nucleus mostly spared."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, band_noise, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: grain and how much is left in the nucleus."""
    grain, nuclear = np.float32(habit.uniform(0.05, 0.3)), np.float32(habit.uniform(0.05, 0.45))
    anatomy = scene.anatomy
    fine = band_noise(anatomy.shape, anatomy.step_um, (0.15, 0.5), rng)
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (1.0, 4.0), rng)
    outside = np.clip(anatomy.nuclear_edge / np.float32(0.3) + 0.5, 0, 1)
    where = nuclear + (1 - nuclear) * outside
    texture = np.maximum(1 + grain * fine + np.float32(0.12) * patches, 0)
    plane: Real = where * texture * anatomy.thickness
    return plane
