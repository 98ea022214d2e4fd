"""Lysosomes: larger bright vesicles, many of them clustered at the organising centre."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import Vesicles, vesicles
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, size, reach, cluster."""
    kind = Vesicles(
        per_um2=habit.uniform(0.05, 0.12),
        radius=habit.uniform(0.18, 0.28),
        spread=habit.uniform(0.25, 0.4),
        reach=habit.uniform(3, 7),
        clustered=habit.uniform(0.35, 0.7),
    )
    return vesicles(scene, kind, rng)
