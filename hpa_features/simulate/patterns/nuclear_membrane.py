"""Nuclear membrane: a thin, slightly uneven circle, with a little light over the nucleus."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: width, unevenness, light from top and bottom."""
    width = np.float32(habit.uniform(0.15, 0.3))
    uneven, over = np.float32(habit.uniform(0.1, 0.35)), np.float32(habit.uniform(0.05, 0.3))
    anatomy = scene.anatomy
    patches = smooth_noise(anatomy.shape, anatomy.step_um, (0.4, 1.5), rng)
    rim = np.exp(-(((anatomy.nuclear_edge + np.float32(0.1)) / width) ** 2))
    plane: Real = rim * np.maximum(1 + uneven * patches, 0.1) + over * anatomy.nuclei
    return plane
