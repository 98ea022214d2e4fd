"""A field before any protein or camera: geometry and the densities of the three landmarks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hpa_features.simulate import cycle, division
from hpa_features.simulate.cells import Anatomy, Phase, anatomy
from hpa_features.simulate.contacts import contact_edge
from hpa_features.simulate.culture import INTERPHASE, Culture
from hpa_features.simulate.droplets import Droplets, droplets
from hpa_features.simulate.er import reticulum
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.microtubules import Network, microtubules
from hpa_features.simulate.nucleus import dna, nucleoli
from hpa_features.simulate.planes import Real, Shape
from hpa_features.simulate.seeds import stream
from hpa_features.simulate.spots import stamp_discs

ATTEMPTS = 12  # fields drawn anew until one holds what a label needs
LEAST_CONTACT_UM = 8.0
JUNCTIONS = "Cell junctions"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a location's pattern may look at; all planes lie on the render grid.

    Attributes
    ----------
    anatomy
        Cells, nuclei, distances.
    nucleoli
        How far a pixel lies in a nucleolus, 0–1.
    dna, microtubules, er
        Densities of the landmarks, sharp and without thickness.
    spindles, bundles
        The part of `microtubules` that is in spindles and in bridges.
    tips, headings
        (n, 2) places in µm where microtubules end, and their direction there in radians.
    droplets
        Lipid droplets, which are holes of the ER.
    """

    anatomy: Anatomy
    nucleoli: Real
    dna: Real
    microtubules: Real
    er: Real
    spindles: Real
    bundles: Real
    tips: NDArray[np.float64]
    headings: NDArray[np.float64]
    droplets: Droplets


def scene(
    line: CellLine,
    shape: Shape,
    step_um: float,
    seed: int,
    field_id: str,
    *,
    culture: Culture = INTERPHASE,
    needs: Collection[str] = (),
) -> Scene:
    """Build the scene of one field; each part draws from a stream of its own.

    Parameters
    ----------
    line
        How its cells are built.
    shape, step_um
        The render grid.
    seed, field_id
        Seed everything.
    culture
        Which cells divide, and how much lipid they hold.
    needs
        Locations that at least one cell in view must be able to show.
    """
    geometry = _geometry(line, shape, step_um, (seed, field_id), culture, needs)
    holes = nucleoli(geometry, line, stream(seed, field_id, "nucleoli"))
    lipid = droplets(geometry, culture.droplets, stream(seed, field_id, "droplets"))
    network = microtubules(geometry, line, stream(seed, field_id, "microtubules"))
    er = reticulum(geometry, line, stream(seed, field_id, "er"))
    rng = stream(seed, field_id, "division")
    spindles, bundles = division.spindles(geometry, rng), division.bundles(geometry, rng)
    return Scene(
        anatomy=geometry,
        nucleoli=holes,
        dna=dna(geometry, line, holes, stream(seed, field_id, "dna")),
        microtubules=_complete(network, geometry) + spindles + bundles,
        er=_spared(er, geometry, lipid) * _along(network.plane, step_um),
        spindles=spindles,
        bundles=bundles,
        tips=network.tips,
        headings=network.headings,
        droplets=lipid,
    )


def _geometry(
    line: CellLine,
    shape: Shape,
    step_um: float,
    source: tuple[int, str],
    culture: Culture,
    needs: Collection[str],
) -> Anatomy:
    size = (shape[0] * step_um, shape[1] * step_um)
    for attempt in range(ATTEMPTS):
        again = (attempt,) if attempt else ()
        change = partial(
            cycle.changed,
            culture=culture,
            needs=needs,
            size=size,
            rng=stream(*source, "cycle", *again),
        )
        geometry = anatomy(line, shape, step_um, stream(*source, "cells", *again), change)
        if _holds(geometry, needs):
            break
    return geometry


def _holds(geometry: Anatomy, needs: Collection[str]) -> bool:
    """Return whether a cell in view can show each of `needs`."""
    seen = [geometry.cells[label - 1] for label in np.unique(geometry.labels) if label]
    bridges = np.array([each.at for each in division.divisions(geometry, Phase.BRIDGE)])
    met = {
        cycle.SPINDLE: any(cell.in_metaphase for cell in seen),
        cycle.BRIDGE: bool(geometry.owner(bridges.reshape(-1, 2)).any()),
        cycle.AGGRESOME: any(cell.inclusion > 0 for cell in seen),
    }
    if JUNCTIONS in needs:
        met[JUNCTIONS] = contact_edge(geometry).sum() * geometry.step_um > 2 * LEAST_CONTACT_UM
    return all(met[name] for name in needs)


def _complete(network: Network, geometry: Anatomy) -> Real:
    """Take microtubules from cells in metaphase and from aggresomes."""
    kept = network.plane * division.left_over(geometry)
    return kept * (1 - np.float32(0.92) * _inclusions(geometry, 1.15))


def _along(tubules: Real, step_um: float) -> Real:
    """Return how the ER follows the microtubules that spread it; about 1 on average."""
    near = ndimage.gaussian_filter(tubules, 0.2 / step_um, truncate=3.0)
    middle = near.sum() / max(np.count_nonzero(near), 1)
    relative = np.minimum(near / np.float32(max(middle, 1e-6)), 3)
    follows: Real = np.float32(0.75) + np.float32(0.25) * relative
    return follows


def _spared(er: Real, geometry: Anatomy, lipid: Droplets) -> Real:
    """Take the ER from droplets and aggresomes."""
    if len(lipid.places):
        er = er * (1 - np.float32(0.8) * stamp_discs(geometry, lipid.places, lipid.radii))
    return er * (1 - np.float32(0.7) * _inclusions(geometry, 1.0))


def _inclusions(geometry: Anatomy, wider: float) -> Real | np.float32:
    cells = [cell for cell in geometry.cells if cell.inclusion > 0]
    if not cells:
        return np.float32(0)
    places, radii = np.array([c.mtoc for c in cells]), np.array([c.inclusion for c in cells])
    return stamp_discs(geometry, places, wider * radii)
