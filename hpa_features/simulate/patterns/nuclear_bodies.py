"""Nuclear bodies: a few round, distinct dots in the nucleus."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import scattered, stamp


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, size, light in the nucleoplasm."""
    mean_count, radius = habit.uniform(2.5, 12), habit.uniform(0.2, 0.45)
    nucleoplasm = np.float32(habit.uniform(0.01, 0.12))
    anatomy = scene.anatomy
    counts = 1 + rng.poisson(mean_count, len(anatomy.cells))
    free = (anatomy.nuclear_edge < -0.6) & (scene.nucleoli < 0.1)
    places = scattered(anatomy, free, counts, rng)
    sizes = radius * rng.lognormal(0, 0.25, len(places))
    dots = stamp(anatomy.shape, anatomy.step_um, places, sizes)
    dots += nucleoplasm * anatomy.nuclei
    return dots
