"""How far some training rows lie from the principal directions of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.common_shift import signs, sums_of_pairs
from hpa_features.learn.folds import Rows
from hpa_features.learn.principal import Principal

Floats = NDArray[np.float64]

MOST_ROWS = 1000  # bounds the pairs of rows that are looked at
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Distances of some rows from training rows.

    Attributes
    ----------
    along, beyond
        (rows,) T² and Q.
    parts
        (2, columns) parts that columns have in T² and in Q, mean over the rows.
    pairs
        `sums_of_pairs` of at most `MOST_ROWS` of the rows.
    directions
        How many directions T² is along, mean over the rows.
    """

    along: Floats
    beyond: Floats
    parts: Floats
    pairs: Floats
    directions: float

    @classmethod
    def of(cls, space: Principal, values: NDArray[np.float32], groups: Rows) -> Distances:
        """Return the distances of (rows, columns) values, at least one row, from `space`.

        Parameters
        ----------
        groups
            (rows,) numbers.
        """
        along, beyond = np.empty(len(values)), np.empty(len(values))
        parts = np.zeros((2, values.shape[1]))
        for at in range(0, len(values), _ROWS_AT_ONCE):
            rows = slice(at, at + _ROWS_AT_ONCE)
            within, residuals = space.split(np.asarray(values[rows]))
            squares = residuals**2
            along[rows], beyond[rows] = within.sum(axis=1), squares.sum(axis=1)
            parts += within.sum(axis=0), squares.sum(axis=0)
        some = np.unique(np.linspace(0, len(values) - 1, min(MOST_ROWS, len(values))).astype(int))
        found = signs(space.split(np.asarray(values[some]))[1])
        pairs = sums_of_pairs(found, groups[some])
        return cls(along, beyond, parts / len(values), pairs, len(space.directions))

    @classmethod
    def join(cls, folds: Sequence[Distances], held: Sequence[Rows]) -> Distances:
        """Return the distances of all rows from those of each fold's `held` rows."""
        rows = sum(map(len, held))
        along, beyond = np.empty(rows), np.empty(rows)
        for places, each in zip(held, folds):
            along[places], beyond[places] = each.along, each.beyond
        shares = [len(places) / rows for places in held]
        parts = np.sum([each.parts * share for each, share in zip(folds, shares)], axis=0)
        pairs = np.sum([each.pairs for each in folds], axis=0)
        directions = float(np.dot([each.directions for each in folds], shares))
        return cls(along, beyond, parts, pairs, directions)
