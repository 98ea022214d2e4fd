"""Axes: the middle of an image in a part of the cell, and the ellipse of equal moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Values
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.parts import Mask
from hpa_features.features.vocabulary.points import Point


class Axes(Measurement[Floats]):
    """(n, 6): row and column of the middle, larger and smaller variance in pixels², cos and sin 2θ.

    Weighted by `image` over `part`; θ is the angle of the longer axis to the rows' axis, cosine and
    sine 0 where there is none; NaN without weight.
    """

    image: Map
    part: Mask
    tail = (6,)
    kernel = "weighted_axes"
    takes = ("layout",)


class Middle(Point):
    """The middle of axes."""

    axes: Axes

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [made[node.axes][:, :2] for node in nodes]
