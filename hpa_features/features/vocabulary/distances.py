"""Distances: µm on the working grid, from pixel centres to edges between pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Values
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.spec import Compartment
from hpa_features.features.vocabulary.parts import NUCLEATED, Mask, PartCounts


class ToNucleus(Map):
    """µm to the nuclear edge, negative inside; 0 throughout a cell without nucleus."""

    kernel = "nuclear_distances"
    takes = ("region", "layout")


class ToEdge(Map):
    """µm to the cell edge, 0 outside; where the field's border cuts a cell, the cut is edge."""

    kernel = "edge_distances"
    takes = ("region", "layout")


class Gap(Map):
    """µm to the nearest pixel of a mask, infinite in cells without one."""

    mask: Mask
    kernel = "gaps"
    takes = ("layout",)


TO_NUCLEUS, TO_EDGE = ToNucleus(), ToEdge()


class WayFromNucleus(Map):
    """Share of the way from the nuclear to the cell edge, 0…1; NaN outside the cytoplasm."""

    nucleus: Map = TO_NUCLEUS
    edge: Map = TO_EDGE
    part: Mask = NUCLEATED[Compartment.CYTOPLASM]
    kernel = "ways_from_nucleus"


class WayFromEdge(Map):
    """Share of the way from the cell edge to the cell's deepest place, 1 there."""

    edge: Map = TO_EDGE
    kernel = "ways_from_edge"
    takes = ("layout",)


class Falloff(Map):
    """exp(−|length| / reach): 1 at an edge, less farther away."""

    length: Map
    reach_um: float
    kernel = "falloffs"


class StepUm(Measurement[Floats]):
    """(n,): edge of the grid pixels in µm."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.layout.step_um]


STEP_UM = StepUm()


def has_nucleus(m: Measured) -> NDArray[np.bool_]:
    """Return (n,) bool: the cell has a nucleus on the working grid."""
    return m(PartCounts())[:, 1] > 0
