"""Columns for learners that measure distances: normal scores, weighted by relevance.

Without weights, many irrelevant columns hide the few relevant ones in a kernel's distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

_POINTS = 100
# Of a column without relevance, the squared correlation times the rows is χ² with one degree of
# freedom: 1 in 600 reaches this.
_CHANCE = 10
FARTHEST = 3.0  # SDs; a value beyond all training values lies no farther than this


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Numbers that turn a table's columns into inputs.

    Attributes
    ----------
    quantiles
        (points, columns) quantiles of the training values, evenly spaced from 0 to 1; 0 for a
        column without values.
    weights
        (columns,) factor of each column; their squares sum to 1.
    """

    quantiles: Floats
    weights: Floats

    @classmethod
    def unweighted(cls, values: NDArray[np.float32]) -> Inputs:
        """Return the inputs of (rows, columns) training values with factors of 1."""
        known = np.where(np.isnan(values).all(axis=0), np.float32(0), values)
        points = np.linspace(0, 1, min(_POINTS, len(values)))
        quantiles = np.nanquantile(known.astype(np.float64), points, axis=0)
        quantiles = np.maximum.accumulate(quantiles, axis=0)  # rounding may make equal ones fall
        return cls(quantiles, np.ones(values.shape[1]))

    @classmethod
    def fit(
        cls,
        values: NDArray[np.float32],
        truth: NDArray[np.bool_],
        networks: NDArray[np.intp] | None = None,
    ) -> Inputs:
        """Return the inputs of (rows, columns) training values.

        A column's weight is the fourth root of its squared correlation with a label, mean over
        the columns of `truth` (rows, labels): labels are looked at in training rows only. Of the
        columns at the places `networks` only what is more than chance counts: a thousand columns
        without relevance would together outweigh those that have some.
        """
        plain = cls.unweighted(values)
        squares = squared_correlations(plain.apply(values), truth)
        if networks is not None and len(networks):
            squares[networks] = np.maximum(squares[networks] - _CHANCE / len(values), 0)
        weights = squares.mean(axis=1) ** 0.25
        total = np.sqrt(np.sum(weights**2))
        return cls(plain.quantiles, weights / total if total > 0 else weights)

    def apply(self, values: NDArray[np.float32]) -> Floats:
        """Return (rows, columns) inputs: normal scores times weights; 0, the median, for NaN."""
        share = np.linspace(0, 1, len(self.quantiles))
        inputs = np.zeros(values.shape)
        for column in np.flatnonzero(self.weights):
            known = ~np.isnan(values[:, column])
            x, points = values[known, column].astype(np.float64), self.quantiles[:, column]
            # Of many equal training values, the middle of their ranks.
            rank = np.interp(x, points, share) + 1 - np.interp(-x, -points[::-1], share)
            inputs[known, column] = np.clip(ndtri(rank / 2), -FARTHEST, FARTHEST)
        return inputs * self.weights


def squared_correlations(inputs: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Return (columns, labels); 0 where a column or a label does not vary."""
    centred = inputs - inputs.mean(axis=0)
    labels = truth - truth.mean(axis=0)
    spread = np.outer(np.sum(centred**2, axis=0), np.sum(labels**2, axis=0))
    varies = spread > 0
    return np.where(varies, (centred.T @ labels) ** 2 / np.where(varies, spread, 1), 0)
