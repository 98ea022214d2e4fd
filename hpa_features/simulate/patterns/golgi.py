"""Golgi apparatus: ribbon and fragments next to the nucleus, around the organising centre."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from hpa_features.simulate.filaments import Habit, Starts, grow, lay
from hpa_features.simulate.outlines import ANGLES, DIRECTIONS
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: spread round the nucleus, distance, fragments."""
    spread, reach = habit.uniform(0.2, 0.6), habit.uniform(0.8, 2.0)
    fragments, thickness = habit.uniform(25, 50), habit.uniform(0.15, 0.28)
    anatomy = scene.anatomy
    counts = rng.poisson(fragments * rng.lognormal(0, 0.2, len(anatomy.cells)))
    cell = np.repeat(np.arange(len(counts)), counts)
    turn = np.empty(len(cell))
    for number, each in enumerate(anatomy.cells):
        mtoc = np.arctan2(each.mtoc[0] - each.centre[0], each.mtoc[1] - each.centre[1])
        turn[cell == number] = mtoc + rng.normal(0, spread, counts[number])
    index = np.round(turn * ANGLES / (2 * np.pi)).astype(np.intp) % ANGLES
    nuclear = np.array([c.nuclear_radii for c in anatomy.cells]).reshape(-1, ANGLES)
    outer = np.array([c.cell_radii for c in anatomy.cells]).reshape(-1, ANGLES)
    centre = np.array([c.centre for c in anatomy.cells]).reshape(-1, 2)
    away = nuclear[cell, index] + 0.4 + rng.gamma(2.0, reach / 2, len(cell))
    away = np.minimum(away, 0.9 * outer[cell, index])
    place = centre[cell] + away[:, None] * np.stack(
        [np.sin(DIRECTIONS[index]), np.cos(DIRECTIONS[index])], axis=1
    )
    # Ribbons run along the nucleus.
    heading = (
        turn + np.pi / 2 + np.pi * rng.integers(2, size=len(cell)) + rng.normal(0, 0.5, len(cell))
    )
    starts = Starts(cell, place, heading, rng.gamma(2.0, 1.3, len(cell)))
    paths = grow(anatomy.cells, starts, Habit(step=0.2, bend=0.8), rng)
    thin = lay(anatomy, paths, rng.uniform(0.7, 1.2, len(cell)))
    plane: Real = ndimage.gaussian_filter(thin, thickness / anatomy.step_um, truncate=3.0)
    plane *= anatomy.thickness
    return plane
