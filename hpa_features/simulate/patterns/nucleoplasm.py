"""Nucleoplasm: the nucleus, smooth to punctate, with or without the nucleoli."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, band_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: grain and how far nucleoli are spared."""
    grain, spared, scale = habit.uniform(0.05, 0.4), habit.uniform(0.1, 0.9), habit.uniform(1, 2)
    anatomy = scene.anatomy
    texture = band_noise(anatomy.shape, anatomy.step_um, (0.15 * scale, 0.6 * scale), rng)
    body = np.clip(0.5 - anatomy.nuclear_edge / np.float32(0.3), 0, 1)
    plane: Real = (
        body
        * (1 - np.float32(spared) * scene.nucleoli)
        * np.maximum(1 + np.float32(grain) * texture, 0)
    )
    return plane
