"""How unlike the training data a row is: the share of what the model relies on that lies outside.

A value is outside when it lies beyond the column's 1st and 99th training percentile, or is
missing where fewer than 1 % of the training rows missed it. Columns weigh by their share of the
model's gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

TAIL = 0.01
_ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Where the training values of each column lie.

    Attributes
    ----------
    low, high
        (columns,) 1st and 99th percentile, the nearest values outward; +∞ and −∞ for a column
        without any value.
    missing
        (columns,) share of rows without a value.
    """

    low: Floats
    high: Floats
    missing: Floats

    @classmethod
    def of(cls, values: Values) -> Reach:
        """Return the reach of (rows, columns) training values."""
        ranked = np.sort(values, axis=0)  # NaN come last
        known = len(values) - np.isnan(values).sum(axis=0)
        column = np.arange(values.shape[1])
        first = np.floor(TAIL * (known - 1)).astype(np.intp)
        last = np.ceil((1 - TAIL) * (known - 1)).astype(np.intp)
        some = known > 0
        low = np.where(some, ranked[np.maximum(first, 0), column], np.inf)
        high = np.where(some, ranked[np.maximum(last, 0), column], -np.inf)
        return cls(low.astype(np.float64), high.astype(np.float64), 1 - known / len(values))

    def outside(self, values: Values) -> NDArray[np.bool_]:
        """Return (rows, columns) whether each value lies outside."""
        lost = np.isnan(values) & (self.missing < TAIL)
        return np.asarray((values < self.low) | (values > self.high) | lost)


def outside_share(values: Values, reach: Reach, weights: Floats) -> Floats:
    """Return (rows,) the weight of each row's columns that lie outside; weights sum to 1."""
    shares = [
        reach.outside(values[at : at + _ROWS_AT_ONCE]) @ weights
        for at in range(0, len(values), _ROWS_AT_ONCE)
    ]
    return np.concatenate(shares) if shares else np.empty(0)


def outside_block(
    values: Values, reach: Reach, weights: Floats, blocks: tuple[str, ...]
) -> tuple[str, ...]:
    """Return for each row the block with most weight outside, empty where nothing is."""
    names, which = np.unique(np.array(blocks), return_inverse=True)
    by_block = np.zeros((len(blocks), len(names)))
    by_block[np.arange(len(blocks)), which] = weights
    found: list[str] = []
    for at in range(0, len(values), _ROWS_AT_ONCE):
        outside = reach.outside(values[at : at + _ROWS_AT_ONCE]) @ by_block
        most = outside.argmax(axis=1)
        found += [str(names[k]) if row[k] > 0 else "" for k, row in zip(most, outside)]
    return tuple(found)
