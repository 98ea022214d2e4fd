"""Mitotic spindle: the spindle of cells in metaphase and its poles; little in other cells."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Phase
from hpa_features.simulate.division import SPINDLE_DENSITY, divisions
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: poles against fibres, interphase."""
    poles = habit.uniform(0.0, 1.2)
    size = habit.uniform(0.3, 0.7)
    anatomy = scene.anatomy
    plane: Real = scene.spindles / np.float32(SPINDLE_DENSITY)
    places = [
        (each.at[0] + way * np.sin(each.axis), each.at[1] + way * np.cos(each.axis))
        for each in divisions(anatomy, Phase.METAPHASE)
        for way in (-0.9 * each.reach, 0.9 * each.reach)
    ]
    sigmas = size * rng.lognormal(0, 0.15, len(places))
    at = np.array(places).reshape(-1, 2)
    plane = plane + np.float32(poles) * stamp(anatomy.shape, anatomy.step_um, at, sigmas)
    plane *= anatomy.labels > 0
    return plane
