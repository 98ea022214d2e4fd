"""Microtubule ends: comets at the tips that lie far from the organising centre."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_dashes

OUTER = 0.5  # tips count from so far between nucleus and edge


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: share of tips, length, light along microtubules."""
    share, length = habit.uniform(0.5, 0.95), habit.uniform(0.35, 0.65)
    lattice = habit.uniform(0.0, 0.008)
    anatomy = scene.anatomy
    at = (scene.tips / anatomy.step_um).astype(np.intp)
    nuclear, edge = (each[at[:, 0], at[:, 1]] for each in (anatomy.nuclear_edge, anatomy.cell_edge))
    outer = (nuclear > 0.5) & (nuclear > OUTER * (nuclear + edge))
    chosen = outer & (rng.uniform(size=len(outer)) < share)
    count = int(chosen.sum())
    long = length * rng.lognormal(0, 0.25, count)
    headings = scene.headings[chosen]
    # A comet trails behind the growing end.
    back = np.stack([np.sin(headings), np.cos(headings)], axis=1) * long[:, None]
    plane = stamp_dashes(anatomy, scene.tips[chosen] - back, headings, (long, np.full(count, 0.1)))
    plane *= anatomy.labels > 0
    plane += np.float32(lattice) * scene.microtubules
    return plane
