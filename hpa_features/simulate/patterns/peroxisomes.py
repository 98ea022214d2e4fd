"""Peroxisomes: many small round dots of about one size, all over the cytoplasm."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import Vesicles, vesicles
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number and size."""
    kind = Vesicles(
        per_um2=habit.uniform(0.12, 0.3),
        radius=habit.uniform(0.1, 0.15),
        spread=0.12,
        reach=habit.uniform(25, 60),
        clustered=0.0,
    )
    return vesicles(scene, kind, rng)
