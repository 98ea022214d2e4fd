"""Cytokinetic bridge: on the bundle between two daughters, or a ring about its middle."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Phase
from hpa_features.simulate.division import BUNDLE_DENSITY, divisions
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_dashes


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: midbody against bundle, its length."""
    midbody, bundle = habit.uniform((0.5, 0.1), (1.0, 0.9))
    length = habit.uniform(0.3, 1.0)
    anatomy = scene.anatomy
    bridges = divisions(anatomy, Phase.BRIDGE)
    count = len(bridges)
    places = np.array([each.at for each in bridges]).reshape(-1, 2)
    headings = np.array([each.axis for each in bridges]).reshape(-1)
    long = length * rng.lognormal(0, 0.15, count)
    plane = np.float32(midbody) * stamp_dashes(
        anatomy, places, headings, (long, np.full(count, 0.28))
    )
    plane += np.float32(bundle / BUNDLE_DENSITY) * scene.bundles
    plane *= anatomy.labels > 0
    return plane
