"""Gray levels: the protein in 32 levels of each cell's own range (DESIGN.md §4 rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Node, Shared, SharedFlag, Values
from hpa_features.features.vocabulary.images import LIGHT


@dataclass(frozen=True, slots=True)
class LevelMap:
    """Protein levels on the working grid.

    Attributes
    ----------
    levels
        (total,) uint8: 1…32 inside cells, 0 outside and in cells that are not usable.
    usable
        (n,) bool: the cell spans at least eight gray steps of its plane between its percentiles.
    """

    levels: NDArray[np.uint8]
    usable: NDArray[np.bool_]


class GrayLevels(Shared):
    """The protein's gray levels, and which cells have enough of them."""

    def sources(self) -> tuple[Node, ...]:
        return (LIGHT,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        span = crops.spans[Channel.PROTEIN]
        return [LevelMap(*crops.kernels.gray_levels(made[LIGHT], crops.region, span, crops.layout))]


LEVELS = GrayLevels()
ENOUGH_STEPS = SharedFlag(LEVELS, "usable")
"""(n,) bool: the protein spans enough gray steps of its plane in the cell."""
