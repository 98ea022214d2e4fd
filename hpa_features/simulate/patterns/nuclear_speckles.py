"""Nuclear speckles: 20–50 irregular spots between chromatin, outside nucleoli."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real, band_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: size, share of the nucleus, light between spots."""
    scale, cut = habit.uniform(0.8, 1.3), np.float32(habit.uniform(0.9, 1.4))
    between = np.float32(habit.uniform(0.03, 0.2))
    anatomy = scene.anatomy
    mottle = band_noise(anatomy.shape, anatomy.step_um, (0.3 * scale, 0.9 * scale), rng)
    spots = np.clip((mottle - cut) / np.float32(0.5), 0, 1.5) * (1 - scene.nucleoli)
    inside = np.clip(-anatomy.nuclear_edge / np.float32(0.5), 0, 1)
    plane: Real = (spots + between) * inside
    return plane
