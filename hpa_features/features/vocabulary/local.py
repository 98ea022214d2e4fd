"""Local: images against their own surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Values
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.sums import Means


class LocalRatio(Map):
    """A finer over a coarser image, both plus 0.01 of a mean."""

    fine: Map
    coarse: Map
    level: Means

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.local_ratios(
            [made[node.fine] for node in nodes],
            [made[node.coarse] for node in nodes],
            [made[node.level] for node in nodes],
            OFFSET,
            crops.layout,
        )


class HoleDepth(Map):
    """How far a finer image lies below a coarser one, as a share of it plus 0.01 of a mean."""

    fine: Map
    coarse: Map
    level: Means

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.hole_depths(
            [made[node.fine] for node in nodes],
            [made[node.coarse] for node in nodes],
            [made[node.level] for node in nodes],
            OFFSET,
            crops.layout,
        )


class Stretched(Map):
    """An image from 0 to `top` in 65,535 steps, what exceeds `top` in the last."""

    image: Map
    top: float

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.stretched(
            [made[node.image] for node in nodes], [node.top for node in nodes]
        )
