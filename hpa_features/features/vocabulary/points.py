"""Points: places of a cell that a node finds, and how far pixels lie from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Shared, Values


class Point(Shared):
    """(n, 2): row and column in the crop, NaN in cells that have none."""


class Offset(Map):
    """µm from a point, infinite throughout a cell without it."""

    point: Point

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.offsets([made[node.point] for node in nodes], crops.layout)


class Known(Measurement[Any]):
    """(n,) bool: the cell has the point."""

    point: Point
    kind = bool

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.known_points([made[node.point] for node in nodes])


class Facing(Map):
    """Cosine of the angle at one point between a pixel and another point, 0 where either lacks."""

    point: Point
    other: Point

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.facings(
            [made[node.point] for node in nodes], [made[node.other] for node in nodes], crops.layout
        )
