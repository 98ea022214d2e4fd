"""Actin filaments: straight parallel stress fibres, also over the nucleus, and a cortical rim."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from hpa_features.simulate.cells import Anatomy, cell_areas
from hpa_features.simulate.filaments import Habit, Starts, grow, lay
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import scattered

LENGTH_UM = 14.0


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: number of fibres, how parallel, rim, loose protein."""
    per_area, turned = habit.uniform(0.06, 0.16), habit.uniform(0.06, 0.2)
    rim, loose = habit.uniform((0.4, 0.1), (2.0, 0.5))
    anatomy = scene.anatomy
    starts = _parallel(anatomy, per_area, turned, rng)
    way = Habit(step=0.4, bend=0.02, nuclear_gap=-np.inf, edge_gap=0.2)
    thin = lay(
        anatomy, grow(anatomy.cells, starts, way, rng), rng.lognormal(0, 0.5, len(starts.cell))
    )
    plane: Real = ndimage.gaussian_filter(thin, 0.12 / anatomy.step_um, truncate=3.0)
    inside = anatomy.labels > 0
    plane += np.float32(rim) * np.exp(-((anatomy.cell_edge / np.float32(0.35)) ** 2)) * inside
    plane += np.float32(loose) * anatomy.thickness
    return plane * inside


def _parallel(anatomy: Anatomy, per_area: float, turned: float, rng: np.random.Generator) -> Starts:
    """Return starts anywhere in cells, all fibres of a cell pointing much the same way."""
    cells = len(anatomy.cells)
    direction = np.array([_long_axis(cell.cell_radii) for cell in anatomy.cells]).reshape(-1)
    direction = direction + rng.normal(0, 0.25, cells)
    counts = rng.poisson(per_area * cell_areas(anatomy) * rng.lognormal(0, 0.4, cells))
    places = scattered(anatomy, anatomy.cell_edge > 0.5, counts, rng)
    owner = anatomy.owner(places).astype(np.intp) - 1
    back = np.pi * rng.integers(2, size=len(owner))
    return Starts(
        cell=owner,
        place=places,
        heading=direction[owner] + back + rng.normal(0, turned, len(owner)),
        length=rng.gamma(3.0, LENGTH_UM / 3, len(owner)),
    )


def _long_axis(radii: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the direction of an outline's long axis: half the angle of its second harmonic."""
    turns = np.arange(len(radii)) * 2 * np.pi / len(radii)
    return float(np.angle(np.sum(radii**2 * np.exp(2j * turns))) / 2)
