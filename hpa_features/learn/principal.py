"""Where training rows lie: principal directions of their normal scores, and the distance to them.

Hotelling's T² along the directions (Hotelling 1931), and beyond them the squared residual Q of
Jackson & Mudholkar 1979, "Control procedures for residuals associated with principal component
analysis", Technometrics 21.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import Rows
from hpa_features.learn.inputs import FARTHEST, Inputs

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

EXPLAINED = 0.9  # share of the variance that the directions hold
MOST_ROWS = 2000  # bounds the time of the decomposition: it takes at most that many rows
_RARELY = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """Principal directions of training rows.

    Attributes
    ----------
    quantiles
        (points, columns) as `Inputs` has them.
    missing
        (columns,) share of training rows without a value.
    centre
        (columns,) mean of the training rows' normal scores.
    directions
        (directions, columns) orthonormal; the largest part of each is positive.
    spread
        (directions,) variance of the training rows along each, above 0.
    """

    quantiles: Floats
    missing: Floats
    centre: Floats
    directions: Floats
    spread: Floats

    @classmethod
    def of(cls, values: Values) -> Principal:
        """Return the directions of (rows, columns) values, as many rows as `drawn_rows` gives."""
        inputs, missing = Inputs.unweighted(values), np.isnan(values).mean(axis=0)
        scores = _scores(inputs, missing, values)
        centre = scores.mean(axis=0)
        directions, variances = _decompose(scores - centre)
        held = np.cumsum(variances) / max(variances.sum(), np.finfo(float).tiny)
        kept = slice(0, int(np.searchsorted(held, EXPLAINED)) + 1)
        return cls(inputs.quantiles, missing, centre, directions[kept], variances[kept])

    def first(self, count: int) -> Principal:
        """Return the same with the first `count` directions, or with all where there are fewer."""
        return replace(self, directions=self.directions[:count], spread=self.spread[:count])

    def split(self, values: Values) -> tuple[Floats, Floats]:
        """Return each column's part of T² and its residual, both (rows, columns).

        The parts of T² may be negative (complete decomposition of Alcala & Qin 2009,
        "Reconstruction-based contribution for process monitoring", Automatica 45).

        A value is missing as if it lay farthest out where under 1 % of the training rows missed
        it, else as if it were the median.
        """
        inputs = Inputs(self.quantiles, np.ones(len(self.centre)))
        centred = _scores(inputs, self.missing, values) - self.centre
        along = centred @ self.directions.T
        within = centred * ((along / self.spread) @ self.directions)
        return within, centred - along @ self.directions


def drawn_rows(train: Rows) -> Rows:
    """Return the sorted training rows that `Principal.of` is given."""
    return np.sort(np.random.default_rng(0).permutation(train)[:MOST_ROWS])


def _scores(inputs: Inputs, missing: Floats, values: Values) -> Floats:
    scores = inputs.apply(values)
    scores[np.isnan(values) & (missing < _RARELY)] = FARTHEST
    return scores


def _decompose(centred: Floats) -> tuple[Floats, Floats]:
    """Return (directions, columns) and their variances, largest first, by the smaller product."""
    rows, columns = centred.shape
    wide = rows <= columns
    product = centred @ centred.T if wide else centred.T @ centred
    squares, vectors = np.linalg.eigh(product)
    some = np.flatnonzero(squares >= squares[-1] * 1e-10)[::-1]
    squares = np.maximum(squares[some], np.finfo(np.float32).tiny)
    directions = vectors[:, some].T
    if wide:
        directions = directions @ centred / np.sqrt(squares)[:, None]
    largest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    variances = squares / max(rows - 1, 1)
    if not centred.any():  # all rows are alike: distances stay in units of the scores
        variances = np.ones_like(variances)
    return directions * np.sign(largest)[:, None], variances
