"""Spots: blobs of the protein at one size, by difference of Gaussians (Lowe 2004)."""

from __future__ import annotations

from typing import Any

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Attribute, Made, Map, Node, Shared
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CELL
from hpa_features.features.vocabulary.sums import Means

LEAST_CONTRAST = 0.15  # height over the surroundings
LEAST_NOISE = 3.0  # height over the band's robust deviation in the cell
SIZES_NM = (640, 1280)
_BANDS: dict[int, tuple[Map, Map]] = {
    640: (LIGHT, Smooth(Channel.PROTEIN, 320)),
    1280: (Smooth(Channel.PROTEIN, 320), Smooth(Channel.PROTEIN, 640)),
}


class Spots(Shared):
    """Spots of a diameter in nm (one of `SIZES_NM`): weights, contrast and light, (total,) each.

    Weights are 1 at each spot, equal neighbours sharing one; contrast is the height over the
    surroundings, everywhere in the cell; light the height where it is enough for a spot, else 0.
    """

    nm: int
    kernel = "spots"
    takes = ("region", "layout")

    def sources(self) -> tuple[Node, ...]:
        return (*_BANDS[self.nm], Means(LIGHT, CELL))

    def arguments(self, made: Made) -> tuple[Any, ...]:
        limits = (OFFSET, LEAST_CONTRAST, LEAST_NOISE)
        return (*(made[node] for node in self.sources()), limits)


class LocalMaxima(Map):
    """1 at each local maximum of an image above `least`; equal neighbours share one."""

    image: Map
    least: float
    kernel = "local_maxima"
    takes = ("region", "layout")


WEIGHTS, CONTRAST, SPOT_LIGHT = (
    {nm: Attribute(Spots(nm), number) for nm in SIZES_NM} for number in range(3)
)
