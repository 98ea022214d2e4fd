"""Nucleoli: the bodies that the DNA stain spares."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: grain, brighter rim, light in the nucleoplasm."""
    grain, rim = np.float32(habit.uniform(0.05, 0.3)), np.float32(habit.uniform(0, 0.6))
    nucleoplasm = np.float32(habit.uniform(0.02, 0.2))
    anatomy = scene.anatomy
    texture = smooth_noise(anatomy.shape, anatomy.step_um, (0.3, 0.9), rng)
    body = scene.nucleoli * np.maximum(1 + grain * texture, 0)
    edge = 4 * scene.nucleoli * (1 - scene.nucleoli)
    plane: Real = body + rim * edge + nucleoplasm * anatomy.nuclei
    return plane
