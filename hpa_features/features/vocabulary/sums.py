"""Sums: what images come to in parts of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Values
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.vocabulary.images import RAW, Raw
from hpa_features.features.vocabulary.parts import CELL, Bands, Mask


class Sums(Measurement[Floats]):
    """(n, bands, 3): pixels, Σ value and Σ value² of a channel in each band, exact."""

    image: Raw
    bands: Bands

    def shape(self) -> tuple[int, ...]:
        return (self.bands.count, 3)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.band_sums(
            [made[node.image] for node in nodes],
            [made[node.bands] for node in nodes],
            [node.bands.count for node in nodes],
            crops.layout,
        )


class Means(Measurement[Floats]):
    """(n, 2): Σ weight and Σ weight·value / Σ weight over `part`, NaN where the weights sum to 0.

    Without `weight` every pixel counts once.
    """

    image: Map
    part: Mask
    weight: Map | None = None
    tail = (2,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.means(
            [made[node.image] for node in nodes],
            [made[node.part] for node in nodes],
            [None if node.weight is None else made[node.weight] for node in nodes],
            crops.layout,
        )


class Peaks(Measurement[Floats]):
    """(n,): greatest value of an image in `part`, 0 where none is positive."""

    image: Map
    part: Mask

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.peaks(
            [made[node.image] for node in nodes], [made[node.part] for node in nodes], crops.layout
        )


class Moments(Measurement[Floats]):
    """(n, 5): pixels of `part`, mean, and Σd², Σd³, Σd⁴ over the pixels, d = value − mean."""

    image: Map
    part: Mask
    tail = (5,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.moments(
            [made[node.image] for node in nodes], [made[node.part] for node in nodes], crops.layout
        )


def mean(m: Measured, image: Map, part: Mask, weight: Map | None = None) -> Floats:
    """Return (n,): the (weighted) mean of `image` over `part`."""
    return m(Means(image, part, weight))[:, 1]


def cell_mean(m: Measured, channel: Channel) -> Floats:
    """Return (n,): a channel's mean over the cell; NaN where the cell has no grid pixel."""
    return mean(m, RAW[channel], CELL)
