"""A field before any protein or camera: geometry and the densities of the three landmarks."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.simulate.cells import Anatomy, anatomy
from hpa_features.simulate.er import reticulum
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.microtubules import microtubules
from hpa_features.simulate.nucleus import dna, nucleoli
from hpa_features.simulate.planes import Real, Shape
from hpa_features.simulate.seeds import stream


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
    """

    anatomy: Anatomy
    nucleoli: Real
    dna: Real
    microtubules: Real
    er: Real


def scene(line: CellLine, shape: Shape, step_um: float, seed: int, field_id: str) -> Scene:
    """Build the scene of one field; each part draws from a stream of its own."""
    geometry = anatomy(line, shape, step_um, stream(seed, field_id, "cells"))
    holes = nucleoli(geometry, line, stream(seed, field_id, "nucleoli"))
    return Scene(
        anatomy=geometry,
        nucleoli=holes,
        dna=dna(geometry, line, holes, stream(seed, field_id, "dna")),
        microtubules=microtubules(geometry, line, stream(seed, field_id, "microtubules")),
        er=reticulum(geometry, line, stream(seed, field_id, "er")),
    )
