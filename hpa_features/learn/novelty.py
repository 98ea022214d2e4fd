"""How unlike the training data rows are, each and together.

A row's novelty is how far it lies from the training rows along or beyond their principal
directions (`learn.principal`), whichever is more, each as a part of its limit. Limits are such
that one in a hundred training rows, measured by rows of other groups and folds, lies above 1.

What all rows of a microscope share moves all of them a little and none beyond that limit, so rows
are also judged together: normal scores of their ranks among those training rows (van der Waerden
1952), added as Stouffer 1949 does, with the design effect of Kish 1965 because rows of a group are
alike; and by whether they lie off to one side (`learn.common_shift`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hpa_features.learn.common_shift import MOST_ROWS, cosines, excess
from hpa_features.learn.folds import Rows
from hpa_features.learn.principal import Principal

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

LIMIT = 0.99  # share of training rows whose out-of-fold novelty lies below 1
MOST_RANKS = 1000
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Distances of some rows from training rows.

    Attributes
    ----------
    along, beyond
        (rows,) T² and Q.
    along_parts, beyond_parts
        (columns,) parts that columns have in them, mean over the rows.
    """

    along: Floats
    beyond: Floats
    along_parts: Floats
    beyond_parts: Floats


@dataclass(frozen=True, slots=True)
class Together:
    """Rows judged as a whole.

    Attributes
    ----------
    share
        Share of training rows that lie less far out than the median row.
    chance
        Chance that rows of the training rows' kind lie as far out, or as much to one side.
    block
        The block most outside over all rows, empty where nothing is.
    """

    share: float
    chance: float
    block: str


@dataclass(frozen=True, slots=True)
class Unlike:
    """How unlike the training data rows are.

    Attributes
    ----------
    novelty
        (rows,) distance; 1 is the limit.
    block
        (rows,) the block most outside, empty where nothing is.
    together
        All rows as a whole; None without rows.
    """

    novelty: Floats
    block: tuple[str, ...]
    together: Together | None


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual among training rows.

    Attributes
    ----------
    space
        Principal directions of all training rows.
    parts
        (columns,) part of each column in the mean out-of-fold novelty.
    scales
        (2,) limits of T² and Q.
    ranks
        (≤1,000,) evenly spaced quantiles of the out-of-fold novelty, rising.
    alike
        Correlation, 0 to 1, of the normal scores of two rows of a group.
    cosines
        (3,) as `usual_cosines` gives them.
    """

    space: Principal
    parts: Floats
    scales: Floats
    ranks: Floats
    alike: float
    cosines: Floats

    @classmethod
    def of(cls, space: Principal, held: Distances, cosines: Floats, groups: Rows) -> Usual:
        """Return what is usual.

        Parameters
        ----------
        space
            Of all training rows.
        held
            Distances of all training rows, each from rows of other folds.
        cosines
            `usual_cosines` of the same.
        groups
            (rows,) 0…n−1.
        """
        tiny = np.finfo(np.float32).tiny
        squares = np.array([held.along, held.beyond])
        scales = np.maximum(np.quantile(squares, LIMIT, axis=1), tiny)
        # 0 where no column varies but in its gaps: every row lies on the others.
        scales *= np.quantile(np.max(squares.T / scales, axis=1), LIMIT) or 1
        novelty = np.max(squares.T / scales, axis=1)
        ranks = np.quantile(novelty, np.linspace(0, 1, min(MOST_RANKS, len(novelty))))
        return cls(
            space=space,
            parts=held.along_parts / scales[0] + held.beyond_parts / scales[1],
            scales=scales,
            ranks=np.maximum.accumulate(ranks),
            alike=_likeness(_normal_scores(ranks, novelty), groups),
            cosines=cosines,
        )

    def judge(self, values: Values, blocks: Sequence[str], groups: Rows | None = None) -> Unlike:
        """Return how unlike the training data (rows, columns) values are.

        Parameters
        ----------
        blocks
            (columns,) block of each column.
        groups
            (rows,) 0…n−1, where known; else each row counts as a group.
        """
        groups = np.arange(len(values)) if groups is None else groups
        names, which = np.unique(np.array(blocks), return_inverse=True)
        member = which[:, None] == np.arange(len(names))
        novelty, surplus = np.empty(len(values)), np.empty((len(values), len(names)))
        for at in range(0, len(values), _ROWS_AT_ONCE):
            rows = slice(at, at + _ROWS_AT_ONCE)
            along, residuals = self.space.split(np.asarray(values[rows]))
            beyond = residuals**2
            parts = along / self.scales[0] + beyond / self.scales[1]
            novelty[rows] = np.maximum(
                along.sum(axis=1) / self.scales[0], beyond.sum(axis=1) / self.scales[1]
            )
            surplus[rows] = (parts - self.parts) @ member
        if not len(values):
            return Unlike(novelty, (), None)
        block = _most(surplus.mean(axis=0, keepdims=True), names)[0]
        return Unlike(
            novelty, _most(surplus, names), self._together(values, novelty, groups, block)
        )

    def _together(self, values: Values, novelty: Floats, groups: Rows, block: str) -> Together:
        rows, alone = len(novelty), len(novelty) ** 2 / np.sum(np.bincount(groups) ** 2)
        scores = _normal_scores(self.ranks, novelty)
        design = 1 + (rows / alone - 1) * self.alike
        farther = scores.mean() / np.sqrt(design * (1 / rows + 1 / len(self.ranks)))
        aside = excess(held_cosines(self.space, values, groups), self.cosines, alone)
        return Together(
            share=float(ndtr(np.median(scores))),
            chance=float(min(1, 2 * ndtr(-max(farther, aside)))),
            block=block,
        )


def held_cosines(space: Principal, values: Values, groups: Rows) -> Floats:
    """Return the `cosines` of (rows, columns) values that `space` does not know."""
    some = _some(groups)
    return cosines(space.split(np.asarray(values[some]))[1], groups[some])


def _some(groups: Rows) -> Rows:
    """Return evenly spaced rows, as many as cosines look at."""
    return np.unique(np.linspace(0, len(groups) - 1, min(MOST_ROWS, len(groups))).astype(np.intp))


def distances(space: Principal, values: Values) -> Distances:
    """Return the distances of (rows, columns) values, at least one row, from `space`."""
    along, beyond = np.empty(len(values)), np.empty(len(values))
    parts = np.zeros((2, values.shape[1]))
    for at in range(0, len(values), _ROWS_AT_ONCE):
        rows = slice(at, at + _ROWS_AT_ONCE)
        within, residuals = space.split(np.asarray(values[rows]))
        squares = residuals**2
        along[rows], beyond[rows] = within.sum(axis=1), squares.sum(axis=1)
        parts += within.sum(axis=0), squares.sum(axis=0)
    return Distances(along, beyond, *(parts / len(values)))


def _normal_scores(ranks: Floats, novelty: Floats) -> Floats:
    """Return normal scores of ranks among sorted `ranks`; the middle of equal ones."""
    below = np.searchsorted(ranks, novelty) + np.searchsorted(ranks, novelty, side="right")
    return np.asarray(ndtri((below / 2 + 0.5) / (len(ranks) + 1)))


def _likeness(scores: Floats, groups: Rows) -> float:
    """Return the intraclass correlation over all pairs of a group (Fisher 1925), at least 0."""
    centred = scores - scores.mean()
    sizes, sums = np.bincount(groups), np.bincount(groups, centred)
    pairs = np.sum(sizes * (sizes - 1))
    variance = np.mean(centred**2)
    if not pairs or not variance:
        return 0.0
    covariance = (np.sum(sums**2) - np.sum(centred**2)) / pairs
    return float(np.clip(covariance / variance, 0, 1))


def _most(surplus: Floats, names: NDArray[np.str_]) -> tuple[str, ...]:
    """Return the block of most surplus for each row of (rows, blocks)."""
    most = surplus.argmax(axis=1)
    return tuple(str(names[k]) if row[k] > 0 else "" for k, row in zip(most, surplus))
