"""Distances: µm on the working grid, from pixel centres to edges between pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Node, Values
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.spec import Compartment
from hpa_features.features.vocabulary.parts import NUCLEATED, Mask, PartCounts


class ToNucleus(Map):
    """µm to the nuclear edge, negative inside; 0 throughout a cell without nucleus."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.nuclear_distances(crops.region, crops.layout)]


class ToEdge(Map):
    """µm to the cell edge, 0 outside; where the field's border cuts a cell, the cut is edge."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.edge_distances(crops.region, crops.layout)]


class Gap(Map):
    """µm to the nearest pixel of a mask, infinite in cells without one."""

    mask: Mask

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.gaps([made[node.mask] for node in nodes], crops.layout)


class WayFromNucleus(Map):
    """Share of the way from the nuclear to the cell edge, 0…1; NaN outside the cytoplasm."""

    def sources(self) -> tuple[Node, ...]:
        return (TO_NUCLEUS, TO_EDGE, NUCLEATED[Compartment.CYTOPLASM])

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        inside = made[NUCLEATED[Compartment.CYTOPLASM]]
        return [crops.kernels.ways_from_nucleus(made[TO_NUCLEUS], made[TO_EDGE], inside)]


class WayFromEdge(Map):
    """Share of the way from the cell edge to the cell's deepest place, 1 there."""

    def sources(self) -> tuple[Node, ...]:
        return (TO_EDGE,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.ways_from_edge(made[TO_EDGE], crops.layout)]


class Falloff(Map):
    """exp(−|length| / reach): 1 at an edge, less farther away."""

    length: Map
    reach_um: float

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.falloffs(
            [made[node.length] for node in nodes], [node.reach_um for node in nodes]
        )


class StepUm(Measurement[Floats]):
    """(n,): edge of the grid pixels in µm."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.layout.step_um]


TO_NUCLEUS, TO_EDGE = ToNucleus(), ToEdge()
STEP_UM = StepUm()


def has_nucleus(m: Measured) -> NDArray[np.bool_]:
    """Return (n,) bool: the cell has a nucleus on the working grid."""
    return m(PartCounts())[:, 1] > 0
