"""Intermediate filaments: curly bundles through the cytoplasm, with a cage at the nucleus."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.filaments import Habit, grow, lay, radial_starts
from hpa_features.simulate.planes import Real, smooth_noise
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, curl, draw to the nucleus, loose protein."""
    per_area, bend = habit.uniform(0.3, 0.5), habit.uniform(0.35, 0.65)
    near, loose = habit.uniform(1.3, 2.2), np.float32(habit.uniform(0.1, 0.5))
    anatomy = scene.anatomy
    starts = radial_starts(anatomy, per_area, near, 11.0, rng)
    paths = grow(anatomy.cells, starts, Habit(step=0.25, bend=bend, nuclear_gap=0.0), rng)
    # Bundles are as unequal as they are thick.
    plane = lay(anatomy, paths, rng.lognormal(-0.3, 0.4, len(starts.cell)))
    waves = smooth_noise(anatomy.shape, anatomy.step_um, (1.0, 3.5), rng)
    plane *= np.maximum(1 + np.float32(0.4) * waves, 0.1)
    plane += loose * (anatomy.nuclear_edge > 0) * (anatomy.labels > 0)
    plane *= anatomy.thickness
    return plane
