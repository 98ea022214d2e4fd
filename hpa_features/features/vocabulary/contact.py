"""Contact: where a cell's edge touches another cell, and where it is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Node, Shared, Values
from hpa_features.features.plan import Floats

TOUCH_UM = 0.5  # between edges: masks of touching cells may leave a pixel between them
FREE, TOUCHING = 1, 2  # the kernels' kinds of edge


class EdgeKinds(Shared):
    """(pixels,) uint8 of the native planes: free edge, touching edge, or neither.

    The field's border is neither.
    """

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.edge_kinds(crops.native, TOUCH_UM)]


class EdgeLengths(Measurement[Floats]):
    """(n, 2): µm of free and of touching edge."""

    tail = (2,)

    def sources(self) -> tuple[Node, ...]:
        return (KINDS,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.edge_lengths(made[KINDS], crops.native)]


class ToEdgeKind(Map):
    """µm to the nearest edge of a kind, infinite outside the cell and where it has none."""

    kind: int

    def sources(self) -> tuple[Node, ...]:
        return (KINDS,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        kinds = [node.kind for node in nodes]
        return crops.kernels.edge_distances_by_kind(
            made[KINDS], kinds, crops.native, crops.region, crops.layout
        )


KINDS = EdgeKinds()
TO_FREE, TO_TOUCHING = ToEdgeKind(FREE), ToEdgeKind(TOUCHING)
