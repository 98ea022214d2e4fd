"""Endosomes: vesicles of several sizes, denser towards nucleus and organising centre."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import Vesicles, vesicles
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, size, reach, cluster."""
    kind = Vesicles(
        per_um2=habit.uniform(0.04, 0.12),
        radius=habit.uniform(0.13, 0.2),
        spread=habit.uniform(0.3, 0.5),
        reach=habit.uniform(4, 9),
        clustered=habit.uniform(0.1, 0.35),
    )
    return vesicles(scene, kind, rng)
