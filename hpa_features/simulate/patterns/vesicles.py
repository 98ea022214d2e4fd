"""What peroxisomes, endosomes, lysosomes and cytoplasmic bodies share: spots in the cytoplasm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hpa_features.simulate.cells import Anatomy, cell_areas
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import scattered, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Vesicles:
    """How the vesicles of one kind lie.

    Attributes
    ----------
    per_um2
        How many on a µm² of cell.
    radius
        Median standard deviation of a spot in µm.
    spread
        Standard deviation of the log of it.
    reach
        Distance from the nucleus in µm over which they thin out to a third.
    clustered
        Share that lies about the organising centre.
    """

    per_um2: float
    radius: float
    spread: float
    reach: float
    clustered: float


def vesicles(scene: Scene, kind: Vesicles, rng: np.random.Generator) -> Real:
    """Return the density of vesicles of one kind."""
    anatomy = scene.anatomy
    uneven = rng.lognormal(0, 0.3, len(anatomy.cells))
    counts = rng.poisson(kind.per_um2 * cell_areas(anatomy) * uneven)
    places, owner = scatter(anatomy, counts, kind.reach, rng)
    if kind.clustered:
        mtoc = np.array([cell.mtoc for cell in anatomy.cells]).reshape(-1, 2)[owner]
        near = mtoc + rng.exponential(1.8, (len(owner), 1)) * rng.normal(0, 1, (len(owner), 2))
        moved = rng.uniform(size=len(owner)) < kind.clustered
        moved &= anatomy.owner(near) == owner + 1
        places = np.where(moved[:, None], near, places)
    sigmas = np.clip(kind.radius * rng.lognormal(0, kind.spread, len(places)), 0.1, 0.8)
    bright = stamp(anatomy.shape, anatomy.step_um, places, sigmas)
    # In a cluster they lie above one another, but not all in the focal plane.
    return inside_cells(np.minimum(bright, np.float32(1.8)), anatomy)


def scatter(
    anatomy: Anatomy, counts: NDArray[np.int64], reach: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return places in the cytoplasm, thinning out over `reach` µm, and the cell of each."""
    room = (anatomy.nuclear_edge > 0.2) & (anatomy.cell_edge > 0.4)
    near = np.exp(-np.maximum(anatomy.nuclear_edge, 0) / np.float32(reach))
    free = room & (rng.random(anatomy.shape, dtype=np.float32) < near)
    places = scattered(anatomy, free, counts, rng)
    return places, anatomy.owner(places).astype(np.intp) - 1


def softened(spots: Real, anatomy: Anatomy) -> Real:
    """Return spots with soft edges."""
    plane: Real = ndimage.gaussian_filter(spots, 0.12 / anatomy.step_um, truncate=3.0)
    return inside_cells(plane, anatomy)


def inside_cells(spots: Real, anatomy: Anatomy) -> Real:
    """Return spots cut at the edges of cells."""
    plane: Real = spots * (anatomy.labels > 0)
    return plane
