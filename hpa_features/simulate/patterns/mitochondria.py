"""Mitochondria: short worms through the cytoplasm, denser at the nucleus, along microtubules."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from hpa_features.simulate.filaments import Habit, grow, lay, radial_starts
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, length, width, how close to the nucleus."""
    per_area, length = habit.uniform(0.2, 0.45), habit.uniform(2.0, 7.0)
    width, near = habit.uniform(0.1, 0.2), habit.uniform(1.0, 2.2)
    anatomy = scene.anatomy
    starts = radial_starts(anatomy, per_area, near, length, rng)
    paths = grow(anatomy.cells, starts, Habit(step=0.2, bend=0.6, nuclear_gap=0.5), rng)
    thin = lay(anatomy, paths, rng.uniform(0.6, 1.3, len(starts.cell)))
    plane: Real = ndimage.gaussian_filter(thin, width / anatomy.step_um, truncate=3.0)
    plane *= anatomy.thickness
    return plane
