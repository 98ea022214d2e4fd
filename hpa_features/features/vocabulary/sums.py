"""Sums: what images come to in parts of a cell."""

from __future__ import annotations

from typing import Any

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Made, Map, Measurement
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.vocabulary.images import RAW, Raw
from hpa_features.features.vocabulary.parts import CELL, Bands, Mask


class Sums(Measurement[Floats]):
    """(n, bands, 3): pixels, Σ value and Σ value² of a channel in each band, exact."""

    image: Raw
    bands: Bands

    def shape(self) -> tuple[int, ...]:
        return (self.bands.count, 3)

    kernel = "band_sums"
    takes = ("layout",)

    def arguments(self, made: Made) -> tuple[Any, ...]:
        return made[self.image], made[self.bands], self.bands.count


class Means(Measurement[Floats]):
    """(n, 2): pixels of `part` and the mean of an image over them, NaN without."""

    image: Map
    part: Mask
    tail = (2,)
    kernel = "means"
    takes = ("layout",)


class WeightedMeans(Measurement[Floats]):
    """(n, 2): Σ weight and Σ weight·value / Σ weight over `part`, NaN where the first is 0."""

    image: Map
    part: Mask
    weight: Map
    tail = (2,)
    kernel = "weighted_means"
    takes = ("layout",)


class Peaks(Measurement[Floats]):
    """(n,): greatest value of an image in `part`, 0 where none is positive."""

    image: Map
    part: Mask
    kernel = "peaks"
    takes = ("layout",)


class Moments(Measurement[Floats]):
    """(n, 5): pixels of `part`, mean, and Σd², Σd³, Σd⁴ over the pixels, d = value − mean."""

    image: Map
    part: Mask
    tail = (5,)
    kernel = "moments"
    takes = ("layout",)


def mean(m: Measured, image: Map, part: Mask, weight: Map | None = None) -> Floats:
    """Return (n,): the (weighted) mean of `image` over `part`."""
    node = Means(image, part) if weight is None else WeightedMeans(image, part, weight)
    return m(node)[:, 1]


def cell_mean(m: Measured, channel: Channel) -> Floats:
    """Return (n,): a channel's mean over the cell; NaN where the cell has no grid pixel."""
    return mean(m, RAW[channel], CELL)
