"""Sectors: eighths of the circle about the nuclear centroid, and moments about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Node, Shared, Values
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.parts import Bands, Mask
from hpa_features.features.vocabulary.points import Point

SECTORS = 8


class NuclearCentres(Point):
    """(n, 2): row and column of the nuclear centroid in the crop, the cell's without nucleus."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.kernels.nuclear_centres(crops.region, crops.layout)]


@dataclass(frozen=True, slots=True)
class SectorNumbers:
    """(total,) int8 twice: 0…7, −1 outside.

    They differ only on borders between sectors, where each side gets half of the pixel.
    """

    first: NDArray[np.int8]
    second: NDArray[np.int8]


class Sectors(Shared):
    """Which eighth of the circle about the nuclear centroid a pixel lies in."""

    def sources(self) -> tuple[Node, ...]:
        return (CENTRES,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        found = crops.kernels.sector_numbers(crops.region, made[CENTRES], crops.layout)
        return [SectorNumbers(*found)]


class SectorSums(Measurement[Floats]):
    """(n, bands, 8, 2): pixels and Σ value of a channel in the sectors of each band."""

    image: Map
    bands: Bands

    def sources(self) -> tuple[Node, ...]:
        return (*super().sources(), NUMBERS)

    def shape(self) -> tuple[int, ...]:
        return (self.bands.count, SECTORS, 2)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        numbers: SectorNumbers = made[NUMBERS]
        return crops.kernels.sector_sums(
            [made[node.image] for node in nodes],
            [made[node.bands] for node in nodes],
            [node.bands.count for node in nodes],
            numbers.first,
            numbers.second,
            crops.layout,
        )


class SpreadAboutNucleus(Measurement[Floats]):
    """(n,): second moment of a channel about the nuclear centroid over that of `part` itself."""

    image: Map
    part: Mask

    def sources(self) -> tuple[Node, ...]:
        return (*super().sources(), CENTRES)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.spreads_about(
            [made[node.image] for node in nodes],
            [made[node.part] for node in nodes],
            made[CENTRES],
            crops.layout,
        )


CENTRES, NUMBERS = NuclearCentres(), Sectors()


def sector_cv(sums: Floats) -> Floats:
    """Return standard deviation / mean over the sectors' means, NaN without signal.

    `sums` (…, 8, 2) are pixels and Σ value; sectors without pixels are excluded.
    """
    pixels, totals = sums[..., 0], sums[..., 1]
    used = pixels > 0
    sides = np.maximum(used.sum(-1), 1)
    means = np.where(used, totals / np.maximum(pixels, 0.5), 0.0)
    middle = means.sum(-1) / sides
    spread = np.where(used, means - middle[..., None], 0.0)
    deviation = np.sqrt((spread**2).sum(-1) / sides)
    return np.where(middle > 0, deviation / np.where(middle > 0, middle, 1.0), np.nan)
