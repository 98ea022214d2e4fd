"""Ratios that stay finite: what the families that relate levels to one another share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
