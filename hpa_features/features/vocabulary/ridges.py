"""Ridges: where a channel forms lines, how strong, and which way they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Attribute, Made, Map, Node, Values
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.directions import Directions
from hpa_features.features.vocabulary.images import RAW, Smooth
from hpa_features.features.vocabulary.parts import Mask

LEAST_STRENGTH = 0.03  # of the level: weaker ones are noise
LEAST_OF_MEAN = 1.5  # of the cell's mean strength
CIRCLE_UM = 0.96  # about a crest; what leaves it tells ends from branches

Floats = NDArray[np.float64]


class RidgeMaps(NamedTuple):
    """Lines of one channel at one width, per pixel of the working grid.

    Attributes
    ----------
    strength
        (total,) float64: curvature across the line relative to the level, 0 where there is none.
    cosine, sine
        (total,) float64: of twice the angle between line and rows' axis.
    plain
        (total,) bool: strength above `least`.
    least
        (n,) float64: 0.03, or 1.5 of the cell's mean strength where that is more.
    """

    strength: Floats
    cosine: Floats
    sine: Floats
    plain: NDArray[np.bool_]
    least: Floats


class Ridges(Directions):
    """Lines of a channel at σ in nm."""

    channel: Channel
    nm: int

    def sources(self) -> tuple[Node, ...]:
        return (RAW[self.channel], Smooth(self.channel, self.nm))

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        found = crops.kernels.ridges(
            [made[RAW[node.channel]] for node in nodes],
            [made[Smooth(node.channel, node.nm)] for node in nodes],
            [node.nm / 1000 for node in nodes],
            (OFFSET, LEAST_STRENGTH, LEAST_OF_MEAN),
            crops.region,
            crops.layout,
        )
        return [RidgeMaps(*maps) for maps in found]

    @property
    def strength(self) -> Map:
        """Its strength."""
        return Attribute(self, "strength")

    @property
    def cosine(self) -> Map:
        """Cosine of twice its angle to the rows' axis."""
        return Attribute(self, "cosine")

    @property
    def sine(self) -> Map:
        """Sine of twice its angle to the rows' axis."""
        return Attribute(self, "sine")

    @property
    def plain(self) -> Mask:
        """Where it is plain."""
        return Plain(self)


class Plain(Mask):
    """Where a ridge is plain: stronger than noise and than most of the cell."""

    ridges: Ridges

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [made[node.ridges].plain for node in nodes]


class Crossings(Map):
    """int8: on crests, how many plain ridges leave the circle of 0.96 µm; −1 elsewhere."""

    ridges: Ridges

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        lines = [made[node.ridges] for node in nodes]
        return crops.kernels.ridge_crossings(lines, CIRCLE_UM, crops.layout)


class Coherence(Map):
    """How far the lines within σ in µm of a pixel agree, 0…1; 0 where there is no line."""

    ridges: Ridges
    um: float

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.coherences(
            [made[node.ridges][:3] for node in nodes], [node.um for node in nodes], crops.layout
        )
