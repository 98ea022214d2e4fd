"""Ratios that stay finite: what the families that relate levels to one another share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel

if TYPE_CHECKING:
    from hpa_features.features.products.working import WorkingGrid

OFFSET = 0.01  # of the cell's mean: keeps dark places from ruling a ratio, blind to the lamp
LOG2 = "log2((a + 0.01)/(b + 0.01)), levels a and b relative to the cell's mean"
CV = "standard deviation / (mean + 0.01 of the cell's mean)"
ANY_NUMBER = (-float("inf"), float("inf"))
ANY_RATIO = (0.0, float("inf"))

Floats = NDArray[np.float64]


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, NaN where the denominator is 0 or either is NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator != 0, numerator / denominator, np.nan)


def positive_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, NaN where the denominator is not above 0."""
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def log2_ratio(a: Floats, b: Floats | float) -> Floats:
    """Return log2((a + 0.01)/(b + 0.01)) for levels relative to the cell's mean."""
    return np.asarray(np.log2((a + OFFSET) / (b + OFFSET)))


@dataclass(frozen=True, slots=True)
class BinLevels:
    """Levels of one channel in each cell's bins, relative to the cell's mean.

    Attributes
    ----------
    pixels
        (n, bins) int64.
    mean, sd
        (n, bins) float64: NaN in bins of too few pixels and in cells without signal.
    """

    pixels: NDArray[np.int64]
    mean: Floats
    sd: Floats

    @property
    def cv(self) -> Floats:
        """(n, bins) float64: spread over level, finite where the bin is dark."""
        return self.sd / (self.mean + OFFSET)


def bin_levels(
    kernels: ModuleType, grid: WorkingGrid, bins: NDArray[np.int16], count: int, fewest: int
) -> Mapping[Channel, BinLevels]:
    """Measure every channel in `count` bins (−1: none); NaN where a bin has under `fewest`."""
    whole = np.where(grid.region > 0, 0, -1).astype(np.int16)
    levels = {}
    for channel, values in grid.values.items():
        area, total, _ = kernels.bin_sums(values, whole, grid.starts, 1)
        mean = total / np.maximum(area, 1)
        pixels, sums, squares = kernels.bin_sums(values, bins, grid.starts, count)
        enough = np.where(pixels >= fewest, pixels, 0)
        level = divide(sums, enough * mean)
        variance = divide(squares, enough * mean**2) - level**2
        levels[channel] = BinLevels(pixels, level, np.sqrt(np.maximum(variance, 0.0)))
    return levels


def missing(like: Floats) -> Floats:
    """Return NaN in the shape of `like`: columns of a channel that the field lacks."""
    return np.full(like.shape, np.nan)
