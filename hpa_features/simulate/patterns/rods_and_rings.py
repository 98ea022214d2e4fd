"""Rods & rings: few rods of 3–10 µm and rings of 2–5 µm in the cytoplasm."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from hpa_features.simulate.filaments import Habit, Starts, grow, lay
from hpa_features.simulate.patterns.vesicles import inside_cells, scatter
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_rings


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, share of rings, width."""
    mean_count, rings = habit.uniform(1, 5), habit.uniform(0.05, 0.45)
    width = habit.uniform(0.12, 0.2)
    anatomy = scene.anatomy
    counts = 1 + rng.poisson(mean_count, len(anatomy.cells))
    places, owner = scatter(anatomy, counts, 1e3, rng)
    closed = rng.uniform(size=len(places)) < rings
    rods = ~closed
    starts = Starts(
        owner[rods],
        places[rods],
        rng.uniform(0, 2 * np.pi, int(rods.sum())),
        rng.uniform(3.0, 9.0, int(rods.sum())),
    )
    paths = grow(anatomy.cells, starts, Habit(step=0.2, bend=0.06, nuclear_gap=0.1), rng)
    sigma = width / anatomy.step_um
    thin = ndimage.gaussian_filter(lay(anatomy, paths), sigma, truncate=3.0)
    # A line of one µm/µm² times its width, blurred, has this height.
    plane: Real = thin * np.float32(np.sqrt(2 * np.pi) * width)
    radii = rng.uniform(1.0, 2.2, int(closed.sum()))
    plane = np.maximum(plane, stamp_rings(anatomy, places[closed], radii, width))
    return inside_cells(plane, anatomy)
