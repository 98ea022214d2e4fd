"""Cytoplasmic bodies: few distinct round spots, anywhere in the cytoplasm."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import scatter, softened
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_discs


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, size."""
    mean_count, radius = habit.uniform(2, 12), habit.uniform(0.35, 0.65)
    anatomy = scene.anatomy
    counts = 1 + rng.poisson(mean_count * rng.lognormal(0, 0.3, len(anatomy.cells)))
    places, _ = scatter(anatomy, counts, 1e3, rng)
    radii = radius * rng.lognormal(0, 0.2, len(places))
    return softened(stamp_discs(anatomy, places, radii), anatomy)
