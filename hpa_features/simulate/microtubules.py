"""Microtubules: long filaments, many from the organising centre, sliding along edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy
from hpa_features.simulate.filaments import Habit, Paths, Starts, grow, lay, radial_starts
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.planes import Real, band_noise, smooth_noise

MEAN_LENGTH = 20.0  # µm
LOOSE = 0.08  # light apart from filaments, in units of the network


@dataclass(frozen=True, slots=True)
class Network:
    """Microtubules and where they end.

    Attributes
    ----------
    plane
        Length per area in µm/µm².
    tips
        (n, 2) places in µm of the ends that lie in their own cell.
    headings
        Direction of growth at each tip, in radians.
    """

    plane: Real
    tips: NDArray[np.float64]
    headings: NDArray[np.float64]


def microtubules(anatomy: Anatomy, line: CellLine, rng: np.random.Generator) -> Network:
    """Return the microtubules of a field, thinner towards the cell's edge."""
    beside = _starts(anatomy, line, line.tubule_density, rng)
    around = Habit(step=0.4, bend=line.tubule_bend)
    # Some run deeper in the cell than the focal plane.
    weight = rng.uniform(0.35, 1.3, len(beside.cell))
    paths = grow(anatomy.cells, beside, around, rng)
    plane = lay(anatomy, paths, weight)
    # A few cross above or below the nucleus.
    across = _starts(anatomy, line, 0.35 * line.tubule_density, rng)
    over = Habit(step=0.4, bend=line.tubule_bend, nuclear_gap=-np.inf)
    weight = rng.uniform(0.2, 0.6) * rng.uniform(0.3, 1.3, len(across.cell))
    plane += lay(anatomy, grow(anatomy.cells, across, over, rng), weight)
    # The network waves in and out of the focal plane.
    waves = smooth_noise(anatomy.shape, anatomy.step_um, (0.8, 3.0), rng)
    plane *= np.maximum(1 + np.float32(0.15) * waves, 0.1)
    # The antibody sits in grains along them.
    grain = band_noise(anatomy.shape, anatomy.step_um, (0.08, 0.3), rng)
    plane *= np.maximum(1 + np.float32(0.2) * grain, 0)
    # What lies out of focus, and tubulin in no filament.
    share = np.where(anatomy.nuclei, np.float32(0.6 * LOOSE), np.float32(LOOSE))
    plane += np.float32(line.tubule_density) * share * (anatomy.labels > 0)
    return Network(plane, *_tips(anatomy, paths))


def _tips(anatomy: Anatomy, paths: Paths) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    each = np.arange(len(paths.cell))
    last = paths.alive.sum(axis=0)
    before = np.maximum(last - 1, 0)
    places = np.stack([paths.y[last, each], paths.x[last, each]], axis=1).astype(np.float64)
    headings = np.arctan2(
        paths.y[last, each] - paths.y[before, each], paths.x[last, each] - paths.x[before, each]
    ).astype(np.float64)
    own = anatomy.owner(places) == paths.cell + 1
    return places[own], headings[own]


def _starts(anatomy: Anatomy, line: CellLine, density: float, rng: np.random.Generator) -> Starts:
    """Return starts all over the cytoplasm, then move the line's share to the centre."""
    starts = radial_starts(anatomy, density / MEAN_LENGTH, 1.0, MEAN_LENGTH, rng)
    count = len(starts.cell)
    mtoc = np.array([cell.mtoc for cell in anatomy.cells]).reshape(-1, 2)[starts.cell]
    scatter = rng.exponential(2.5, (count, 1)) * rng.normal(0, 1, (count, 2))
    central = rng.uniform(size=count) < line.centred
    return Starts(
        cell=starts.cell,
        place=np.where(central[:, None], mtoc + scatter, starts.place),
        heading=np.where(central, rng.uniform(0, 2 * np.pi, count), starts.heading),
        length=np.clip(starts.length, 3.0, 50.0),
    )
