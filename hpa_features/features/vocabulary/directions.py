"""Directions, as the cosine and sine of twice their angle to the rows' axis.

Doubled angles are those of lines, which have no head: a half turn changes nothing.
"""

from __future__ import annotations

from hpa_features.features.nodes import Map, Measurement, Shared
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.points import Point


class Directions(Shared):
    """A direction at each pixel: cosine and sine of twice its angle, (total,) each, come first."""


class Towards(Directions):
    """The direction towards a point, 0 throughout a cell without it."""

    point: Point
    kernel = "towards"
    takes = ("layout",)


class Steepest(Directions):
    """The direction in which a length changes fastest, inside the cell."""

    length: Map
    kernel = "steepest"
    takes = ("region", "layout")


class Agreement(Map):
    """cos 2(φ − ψ) of two directions: 1 along one another, −1 across."""

    own: Directions
    other: Directions
    kernel = "agreements"


class DirectionShares(Measurement[Floats]):
    """(n, bins): strength of lines by direction; one between two directions counts in both."""

    lines: Directions
    bins: int

    def shape(self) -> tuple[int, ...]:
        return (self.bins,)

    kernel = "direction_sums"
    takes = ("layout",)
