"""Local: images against their own surroundings."""

from __future__ import annotations

from hpa_features.features.nodes import Map
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.sums import Means


class LocalRatio(Map):
    """A finer over a coarser image, both plus 0.01 of a mean."""

    fine: Map
    coarse: Map
    level: Means
    offset: float = OFFSET
    kernel = "local_ratios"
    takes = ("layout",)


class HoleDepth(Map):
    """How far a finer image lies below a coarser one, as a share of it plus 0.01 of a mean."""

    fine: Map
    coarse: Map
    level: Means
    offset: float = OFFSET
    kernel = "hole_depths"
    takes = ("layout",)


class Stretched(Map):
    """An image from 0 to `top` in 65,535 steps, what exceeds `top` in the last."""

    image: Map
    top: float
    kernel = "stretched"
