"""Levels: how bright a channel is in bands of a cell, relative to the cell's mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.plan import Floats, Measured, Value, once
from hpa_features.features.ratios import OFFSET, divide, log2_ratio
from hpa_features.features.vocabulary.images import RAW
from hpa_features.features.vocabulary.parts import Bands
from hpa_features.features.vocabulary.sums import Sums, cell_mean

FEWEST = 5  # pixels in a band


@dataclass(frozen=True, slots=True)
class BandLevels:
    """Levels of one channel in each cell's bands, relative to the cell's mean.

    Attributes
    ----------
    pixels
        (n, bands) float64.
    mean, sd
        (n, bands) float64: NaN in bands of too few pixels and in cells without signal.
    """

    pixels: Floats
    mean: Floats
    sd: Floats

    @property
    def cv(self) -> Floats:
        """(n, bands) float64: spread over level, finite where the band is dark."""
        return self.sd / (self.mean + OFFSET)


@once
def levels(m: Measured, channel: Channel, bands: Bands) -> BandLevels:
    """Return a channel's levels in `bands`; NaN in bands of under `FEWEST` pixels."""
    sums = m(Sums(RAW[channel], bands))
    mean = np.nan_to_num(cell_mean(m, channel))[:, None]
    enough = np.where(sums[..., 0] >= FEWEST, sums[..., 0], 0)
    level = divide(sums[..., 1], enough * mean)
    variance = divide(sums[..., 2], enough * mean**2) - level**2
    return BandLevels(sums[..., 0], level, np.sqrt(np.maximum(variance, 0.0)))


def rise(channel: Channel, bands: Bands, at: int, base: int) -> Value:
    """Return the formula of how much brighter a channel is in band `at` than in band `base`."""

    def value(m: Measured) -> Floats:
        level = levels(m, channel, bands).mean
        return log2_ratio(level[:, at], level[:, base])

    return value
