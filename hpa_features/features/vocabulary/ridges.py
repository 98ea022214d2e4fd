"""Ridges: where a channel forms lines, how strong, and which way they run."""

from __future__ import annotations

from typing import Any

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Attribute, Made, Map, Node
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.directions import Directions
from hpa_features.features.vocabulary.images import RAW, Smooth
from hpa_features.features.vocabulary.parts import CELL, Mask
from hpa_features.features.vocabulary.sums import Means

LEAST_STRENGTH = 0.03  # of the level: weaker ones are noise
LEAST_OF_MEAN = 1.5  # of the cell's mean strength
CIRCLE_UM = 0.96  # about a crest; what leaves it tells ends from branches


class Ridges(Directions):
    """Lines of a channel at σ in nm: cosine, sine, strength and plain (total,), and least (n,).

    Strength is the curvature across the line relative to the level, 0 where there is none; a line
    is plain where it exceeds `least`: 0.03, or 1.5 of the cell's mean strength where that is more.
    """

    channel: Channel
    nm: int
    kernel = "ridges"
    takes = ("region", "layout")

    def sources(self) -> tuple[Node, ...]:
        return (Smooth(self.channel, self.nm), Means(RAW[self.channel], CELL))

    def arguments(self, made: Made) -> tuple[Any, ...]:
        limits = (OFFSET, LEAST_STRENGTH, LEAST_OF_MEAN)
        return (*(made[node] for node in self.sources()), self.nm / 1000, limits)

    @property
    def cosine(self) -> Map:
        """Cosine of twice its angle to the rows' axis."""
        return Attribute(self, 0)

    @property
    def sine(self) -> Map:
        """Sine of twice its angle to the rows' axis."""
        return Attribute(self, 1)

    @property
    def strength(self) -> Map:
        """Its strength."""
        return Attribute(self, 2)

    @property
    def plain(self) -> Mask:
        """Where it is plain: stronger than noise and than most of the cell."""
        return Plain(self, 3)


class Plain(Attribute, Mask):
    """Where ridges are plain."""


class Crossings(Map):
    """int8: on crests, how many plain ridges leave the circle of 0.96 µm; −1 elsewhere."""

    ridges: Ridges
    um: float = CIRCLE_UM
    kernel = "ridge_crossings"
    takes = ("layout",)


class Coherence(Map):
    """How far the lines within σ in µm of a pixel agree, 0…1; 0 where there is no line."""

    ridges: Ridges
    um: float
    kernel = "coherences"
    takes = ("layout",)
