"""Lipid droplets: round, without ER inside, in clusters not far from the nucleus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.spots import scattered

LEAST_UM, MOST_UM = 0.3, 1.8


@dataclass(frozen=True, slots=True)
class Droplets:
    """The droplets of a field.

    Attributes
    ----------
    places
        (n, 2) centres in µm.
    radii
        (n,) in µm.
    """

    places: NDArray[np.float64]
    radii: NDArray[np.float64]


def droplets(anatomy: Anatomy, median: float, rng: np.random.Generator) -> Droplets:
    """Draw about `median` droplets a cell, more in some fields and cells than in others."""
    if median <= 0:
        return Droplets(np.empty((0, 2)), np.empty(0))
    cells = len(anatomy.cells)
    counts = rng.poisson(median * rng.lognormal(0, 0.4) * rng.lognormal(0, 0.5, cells))
    size = rng.uniform(0.55, 0.95)
    room = (anatomy.nuclear_edge > 0.6) & (anatomy.cell_edge > 0.8)
    near = np.exp(-anatomy.nuclear_edge / np.float32(4.0))
    free = room & (rng.random(anatomy.shape, dtype=np.float32) < near)
    places = scattered(anatomy, free, counts, rng)
    radii = np.clip(size * rng.lognormal(0, 0.35, len(places)), LEAST_UM, MOST_UM)
    return Droplets(places, radii)
