"""Sectors: eighths of the circle about the nuclear centroid, and moments about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpa_features.features.nodes import Made, Map, Measurement, Shared
from hpa_features.features.plan import Floats, Measured, once
from hpa_features.features.vocabulary.parts import Bands, Mask
from hpa_features.features.vocabulary.points import Point

SECTORS = 8


class NuclearCentres(Point):
    """(n, 2): row and column of the nuclear centroid in the crop, the cell's without nucleus."""

    kernel = "nuclear_centres"
    takes = ("region", "layout")


CENTRES = NuclearCentres()


class Sectors(Shared):
    """Which eighth of the circle about a point a pixel lies in: (total,) int8 twice.

    0…7, −1 outside. They differ only on borders between sectors, where each side gets half of the
    pixel.
    """

    point: Point
    kernel = "sector_numbers"
    takes = ("region", "layout")


NUMBERS = Sectors(CENTRES)


class SectorSums(Measurement[Floats]):
    """(n, bands, 8, 2): pixels and Σ value of an image in the sectors of each band."""

    image: Map
    bands: Bands
    sectors: Sectors = NUMBERS
    kernel = "sector_sums"
    takes = ("layout",)

    def shape(self) -> tuple[int, ...]:
        return (self.bands.count, SECTORS, 2)

    def arguments(self, made: Made) -> tuple[Any, ...]:
        return made[self.image], made[self.bands], self.bands.count, made[self.sectors]


class SpreadAbout(Measurement[Floats]):
    """(n,): second moment of an image about a point over that of `part` itself."""

    image: Map
    part: Mask
    point: Point = CENTRES
    kernel = "spreads_about"
    takes = ("layout",)


@once
def sector_cv(m: Measured, image: Map, bands: Bands) -> Floats:
    """Return (n, bands): standard deviation / mean over the sectors' means, NaN without signal.

    Sectors without pixels are excluded.
    """
    pixels, totals = np.moveaxis(m(SectorSums(image, bands)), -1, 0)
    used = pixels > 0
    sides = np.maximum(used.sum(-1), 1)
    means = np.where(used, totals / np.maximum(pixels, 0.5), 0.0)
    middle = means.sum(-1) / sides
    spread = np.where(used, means - middle[..., None], 0.0)
    deviation = np.sqrt((spread**2).sum(-1) / sides)
    return np.where(middle > 0, deviation / np.where(middle > 0, middle, 1.0), np.nan)
