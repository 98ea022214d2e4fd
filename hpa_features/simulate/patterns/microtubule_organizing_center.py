"""Microtubule organizing center: a granular cloud where microtubules converge."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.patterns.vesicles import inside_cells
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: width of the cloud, granules."""
    width, granules = habit.uniform(0.8, 1.8), habit.uniform(25, 70)
    haze = habit.uniform(0.2, 0.6)
    anatomy = scene.anatomy
    centres = np.array([cell.mtoc for cell in anatomy.cells]).reshape(-1, 2)
    widths = width * rng.lognormal(0, 0.2, len(centres))
    cloud = np.float32(haze) * stamp(anatomy.shape, anatomy.step_um, centres, 0.8 * widths)
    owner = np.repeat(np.arange(len(centres)), rng.poisson(granules, len(centres)))
    places = centres[owner] + widths[owner, None] * rng.standard_normal((len(owner), 2))
    own = anatomy.owner(places) == owner + 1
    sizes = rng.uniform(0.13, 0.25, int(own.sum()))
    cloud += stamp(anatomy.shape, anatomy.step_um, places[own], sizes)
    return inside_cells(cloud, anatomy)
