"""Directions, as the cosine and sine of twice their angle to the rows' axis.

Doubled angles are those of lines, which have no head: a half turn changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Shared, Values
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.points import Point


@dataclass(frozen=True, slots=True)
class DirectionMaps:
    """(total,) float64 twice: cosine and sine of twice the angle, 0 where there is none."""

    cosine: NDArray[np.float64]
    sine: NDArray[np.float64]


class Directions(Shared):
    """A direction at each pixel; its value has `cosine` and `sine`."""


class Towards(Directions):
    """The direction towards a point, 0 throughout a cell without it."""

    point: Point

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        found = crops.kernels.towards([made[node.point] for node in nodes], crops.layout)
        return [DirectionMaps(*maps) for maps in found]


class Steepest(Directions):
    """The direction in which a length changes fastest, inside the cell."""

    length: Map

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        lengths = [made[node.length] for node in nodes]
        found = crops.kernels.steepest(lengths, crops.region, crops.layout)
        return [DirectionMaps(*maps) for maps in found]


class Agreement(Map):
    """cos 2(φ − ψ) of two directions: 1 along one another, −1 across."""

    own: Directions
    other: Directions

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        pairs = [(made[node.own], made[node.other]) for node in nodes]
        return crops.kernels.agreements(
            [(own.cosine, own.sine) for own, _ in pairs],
            [(other.cosine, other.sine) for _, other in pairs],
        )


class DirectionShares(Measurement[Floats]):
    """(n, bins): strength of lines by direction; one between two directions counts in both."""

    lines: Directions
    bins: int

    def shape(self) -> tuple[int, ...]:
        return (self.bins,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        lines = [made[node.lines] for node in nodes]
        return crops.kernels.direction_sums(
            [(each.strength, each.cosine, each.sine) for each in lines],
            [node.bins for node in nodes],
            crops.layout,
        )
