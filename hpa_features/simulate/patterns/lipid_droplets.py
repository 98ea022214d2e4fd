"""Lipid droplets: on the surface of the droplets, which are holes of the ER."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import inside_cells
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_discs, stamp_rings


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: thickness, light over the core."""
    thickness, core = habit.uniform((0.11, 0.0), (0.17, 0.15))
    places, radii = scene.droplets.places, scene.droplets.radii
    plane = stamp_rings(scene.anatomy, places, radii, thickness)
    plane += np.float32(core * rng.uniform(0.7, 1.3)) * stamp_discs(scene.anatomy, places, radii)
    return inside_cells(plane, scene.anatomy)
