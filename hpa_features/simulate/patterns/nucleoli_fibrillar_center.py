"""Nucleoli fibrillar center: clusters of small dots and short strings inside nucleoli."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import scattered, stamp


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number and size of dots, light round them."""
    mean_count, radius = habit.uniform(5, 15), habit.uniform(0.1, 0.17)
    nucleolus = np.float32(habit.uniform(0.02, 0.15))
    anatomy = scene.anatomy
    counts = 2 + rng.poisson(mean_count, len(anatomy.cells))
    places = scattered(anatomy, scene.nucleoli > 0.85, counts, rng)
    dots = stamp(
        anatomy.shape, anatomy.step_um, places, radius * rng.lognormal(0, 0.2, len(places))
    )
    dots += nucleolus * scene.nucleoli
    return dots
