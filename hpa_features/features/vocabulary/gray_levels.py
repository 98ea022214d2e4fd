"""Gray levels: the protein in 32 levels of each cell's own range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Measurement, OfChannel, Shared, Values
from hpa_features.features.vocabulary.images import LIGHT
from hpa_features.features.vocabulary.orders import OfOrder


class GrayLevels(OfOrder, Shared):
    """The protein's levels (total,) and the cells (n,) bool that have enough of them.

    Levels are uint8, 1…32 inside cells, 0 outside and in cells that span fewer than eight gray
    steps of their plane between their percentiles.
    """

    span: OfChannel
    kernel = "gray_levels"
    takes = ("region", "layout")


class Usable(Measurement[Any]):
    """(n,) bool: the cells that have enough gray levels."""

    gray: GrayLevels
    kind = bool

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [made[node.gray][1] for node in nodes]


LEVELS = GrayLevels(LIGHT, OfChannel("spans", Channel.PROTEIN))
ENOUGH_STEPS = Usable(LEVELS)
"""(n,) bool: the protein spans enough gray steps of its plane in the cell."""
