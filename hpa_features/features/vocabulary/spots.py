"""Spots: blobs of the protein at one size, by difference of Gaussians (Lowe 2004)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Attribute, Made, Map, Node, Shared, Values
from hpa_features.features.ratios import OFFSET
from hpa_features.features.vocabulary.images import LIGHT, Smooth

LEAST_CONTRAST = 0.15  # height over the surroundings
LEAST_NOISE = 3.0  # height over the band's robust deviation in the cell
SIZES_NM = (640, 1280)
_BANDS: dict[int, tuple[Map, Map]] = {
    640: (LIGHT, Smooth(Channel.PROTEIN, 320)),
    1280: (Smooth(Channel.PROTEIN, 320), Smooth(Channel.PROTEIN, 640)),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpotMaps:
    """Spots of one size, per pixel of the working grid: all (total,) float64.

    Attributes
    ----------
    weights
        1 at each spot; equal neighbours share one.
    contrast
        Height over the surroundings, everywhere in the cell.
    light
        Height where it is enough for a spot, else 0.
    """

    weights: Floats
    contrast: Floats
    light: Floats


class Spots(Shared):
    """Spots of a diameter in nm (one of `SIZES_NM`)."""

    nm: int

    def sources(self) -> tuple[Node, ...]:
        return (LIGHT, *_BANDS[self.nm])

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        bands = [tuple(made[image] for image in _BANDS[node.nm]) for node in nodes]
        limits = (OFFSET, LEAST_CONTRAST, LEAST_NOISE)
        found = crops.kernels.spots(made[LIGHT], bands, limits, crops.region, crops.layout)
        return [SpotMaps(*maps) for maps in found]


class LocalMaxima(Map):
    """1 at each local maximum of an image above `least`; equal neighbours share one."""

    image: Map
    least: float

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.local_maxima(
            [made[node.image] for node in nodes],
            [node.least for node in nodes],
            crops.region,
            crops.layout,
        )


WEIGHTS, CONTRAST, SPOT_LIGHT = (
    {nm: Attribute(Spots(nm), name) for nm in SIZES_NM} for name in ("weights", "contrast", "light")
)
