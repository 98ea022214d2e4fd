"""Focal adhesion sites: short thick dashes at the free edge, across it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.outlines import ANGLES, DIRECTIONS
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp_dashes

OUTSIDE_UM = 1.0  # the edge is free where no cell lies so far beyond it


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number, length, depth below the edge."""
    per_um, length = habit.uniform(0.2, 0.55), habit.uniform(0.5, 1.0)
    depth = habit.uniform(0.4, 1.2)
    anatomy = scene.anatomy
    places, across = _free_edge(anatomy, per_um, (0.5, depth), rng)
    count = len(places)
    long = length * rng.lognormal(0, 0.3, count)
    wide = np.minimum(rng.uniform(0.09, 0.16, count), long / 2.5)
    plane = stamp_dashes(anatomy, places, across + rng.normal(0, 0.2, count), (long, wide))
    plane *= anatomy.labels > 0
    return plane


def _free_edge(
    anatomy: Anatomy, per_um: float, depth: tuple[float, float], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places under free edges, and the direction across the edge at each."""
    places, headings = [np.empty((0, 2))], [np.empty(0)]
    for number, cell in enumerate(anatomy.cells, start=1):
        if cell.in_metaphase:
            continue  # rounded cells have let go
        radii = cell.cell_radii
        slope = np.gradient(np.tile(radii, 3))[ANGLES : 2 * ANGLES] * ANGLES / (2 * np.pi)
        length = float(np.hypot(radii, slope).mean() * 2 * np.pi)
        # Adhesions gather where the cell reaches out.
        weight = np.hypot(radii, slope) * (radii / radii.mean()) ** 2
        turn = rng.choice(ANGLES, rng.poisson(per_um * length), p=weight / weight.sum())
        way = np.stack([np.sin(DIRECTIONS[turn]), np.cos(DIRECTIONS[turn])], axis=1)
        under = depth[0] + rng.gamma(1.5, depth[1] / 1.5, len(turn))
        centre = np.array(cell.centre)
        at = centre + np.maximum(radii[turn] - under, 0)[:, None] * way
        beyond = centre + (radii[turn] + OUTSIDE_UM)[:, None] * way
        free = (anatomy.owner(at) == number) & (anatomy.owner(beyond) == 0)
        free &= ((beyond >= 0) & (beyond < np.array(anatomy.shape) * anatomy.step_um)).all(axis=1)
        places.append(at[free])
        headings.append((DIRECTIONS[turn] - np.arctan2(slope[turn], radii[turn]))[free])
    return np.concatenate(places), np.concatenate(headings)
