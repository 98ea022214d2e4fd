"""Aggresome: one dense round body at the nucleus, where microtubules are gone."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import softened
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_discs


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: how hollow the body looks."""
    hollow = habit.uniform(0.0, 0.45)
    anatomy = scene.anatomy
    cells = [cell for cell in anatomy.cells if cell.inclusion > 0]
    places = np.array([cell.mtoc for cell in cells]).reshape(-1, 2)
    radii = np.array([cell.inclusion for cell in cells]).reshape(-1) * 0.92
    plane = stamp_discs(anatomy, places, radii)
    plane -= np.float32(hollow) * stamp_discs(anatomy, places, 0.6 * radii)
    uneven = 1 + np.float32(0.1 * rng.standard_normal())
    return softened(plane * np.maximum(uneven, np.float32(0.5)), anatomy)
