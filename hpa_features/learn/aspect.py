"""What is usual among training rows in some of their columns, and how far other rows lie from it.

A row's distance is T² along or Q beyond the training rows' principal directions
(`learn.principal`), whichever is more, each as a part of its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hpa_features.core.tables import Column
from hpa_features.core.types import Channel
from hpa_features.learn.common_shift import Scatter, design_effect, rows_of_a_group, signs
from hpa_features.learn.distances import Distances
from hpa_features.learn.folds import Rows
from hpa_features.learn.principal import Principal

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

LIMIT = 0.99  # share of rows of the training rows' kind whose distance lies below the limit
MOST_RANKS = 1000
# As in `learn.smooth`: a row lies as far out alone as among others, to the last digit.
_ROWS_AT_ONCE = 64
_FEWEST = 2  # columns that have a relation


def aspects_of(columns: Sequence[Column], seen: int) -> tuple[Rows, ...]:
    """Return the places of the columns that are looked at together: all, and the landmarks'.

    A protein that is new may look like none before, so columns that read it vary most. The
    landmarks of a new field should look like those of the training fields whatever the protein,
    and among all columns they would drown. Tables without both kinds of column have one aspect.

    Parameters
    ----------
    columns
        Of the table.
    seen
        How many columns fold models see: those of the table, then others that read the protein.
    """
    reads_protein = np.array([Channel.PROTEIN in each.name.split("_") for each in columns], bool)
    every, landmarks = np.arange(seen), np.flatnonzero(~reads_protein)
    both = reads_protein.any() and len(landmarks) >= _FEWEST
    return (every, landmarks) if both else (every,)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What an aspect finds of some rows.

    Attributes
    ----------
    novelty
        (rows,) distance; 1 is the limit.
    surplus
        (rows, blocks) by how much blocks exceed their part in the mean training row.
    side
        (columns,) mean sign.
    """

    novelty: Floats
    surplus: Floats
    side: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Aspect:
    """What is usual among training rows in some of their columns.

    Attributes
    ----------
    columns
        Places of the columns.
    space
        Principal directions of all training rows.
    parts
        (columns,) part of each column in the mean out-of-fold distance.
    scales
        (2,) limits of T² and Q.
    ranks
        (≤1,000,) evenly spaced quantiles of the out-of-fold distance, rising.
    alike
        Correlation, 0 to 1, of the normal scores of two rows of a group.
    scatter
        How the signs of residuals scatter.
    """

    columns: Rows
    space: Principal
    parts: Floats
    scales: Floats
    ranks: Floats
    alike: float
    scatter: Scatter

    @classmethod
    def of(cls, columns: Rows, space: Principal, held: Distances, groups: Rows) -> Aspect:
        """Return what is usual.

        Parameters
        ----------
        columns
            Their places.
        space
            Of all training rows.
        held
            Distances of all training rows, each from rows of other folds.
        groups
            (rows,) 0…n−1.
        """
        tiny = np.finfo(np.float32).tiny
        squares = np.array([held.along, held.beyond])
        scales = np.maximum(np.quantile(squares, LIMIT, axis=1), tiny)
        scales *= max(np.quantile(np.max(squares.T / scales, axis=1), LIMIT), 1)
        novelty = np.max(squares.T / scales, axis=1)
        ranks = np.quantile(novelty, np.linspace(0, 1, min(MOST_RANKS, len(novelty))))
        return cls(
            columns=columns,
            # More directions make T² larger: as many as the held-out rows were measured along.
            space=space.first(round(held.directions)),
            parts=held.parts[0] / scales[0] + held.parts[1] / scales[1],
            scales=scales,
            ranks=np.maximum.accumulate(ranks),
            alike=likeness(_normal_scores(ranks, novelty), groups),
            scatter=Scatter.of(held.pairs, len(groups), rows_of_a_group(groups)),
        )

    def novelty(self, along: Floats, beyond: Floats) -> Floats:
        """Return distances in units of the limit from T² and Q."""
        return np.asarray(np.maximum(along / self.scales[0], beyond / self.scales[1]))

    def with_limit(self, limit: float) -> Aspect:
        """Return the same with a limit at `limit` times the present one."""
        return replace(
            self, parts=self.parts / limit, scales=self.scales * limit, ranks=self.ranks / limit
        )

    def find(self, values: Values, member: NDArray[np.bool_]) -> Found:
        """Return how far (rows, all columns) values, at least one row, lie outside.

        Parameters
        ----------
        member
            (all columns, blocks) block of each column.
        """
        novelty, surplus = np.empty(len(values)), np.empty((len(values), member.shape[1]))
        side = np.zeros(len(self.columns))
        block = np.zeros((_ROWS_AT_ONCE, len(self.columns)), dtype=np.float32)
        for at in range(0, len(values), _ROWS_AT_ONCE):
            some = np.asarray(values[at : at + _ROWS_AT_ONCE])[:, self.columns]
            rows, count = slice(at, at + len(some)), len(some)
            block[:count] = some
            along, residuals = self.space.split(block)
            beyond = residuals**2
            parts = along / self.scales[0] + beyond / self.scales[1]
            novelty[rows] = self.novelty(along.sum(axis=1), beyond.sum(axis=1))[:count]
            surplus[rows] = ((parts - self.parts) @ member[self.columns])[:count]
            side += signs(residuals[:count]).sum(axis=0)
        return Found(novelty, surplus, side / len(values))

    def chances(self, found: Found, group_rows: float, usual_group_rows: float) -> list[float]:
        """Return the chances that usual rows lie as far out together, and as much to one side.

        Parameters
        ----------
        group_rows, usual_group_rows
            Rows of a group among those that were found, and among training rows.
        """
        rows = len(found.novelty)
        variance = design_effect(group_rows, self.alike) / rows
        variance += design_effect(usual_group_rows, self.alike) / len(self.ranks)
        scores = _normal_scores(self.ranks, found.novelty)
        return [
            float(ndtr(-scores.mean() / np.sqrt(variance))),
            self.scatter.chance(found.side, rows, group_rows),
        ]

    def share(self, found: Found) -> float:
        """Return the share of training rows that lie less far out than the median row."""
        return float(ndtr(np.median(_normal_scores(self.ranks, found.novelty))))


def _normal_scores(ranks: Floats, novelty: Floats) -> Floats:
    """Return normal scores of ranks among sorted `ranks`; the middle of equal ones."""
    below = np.searchsorted(ranks, novelty) + np.searchsorted(ranks, novelty, side="right")
    return np.asarray(ndtri((below / 2 + 0.5) / (len(ranks) + 1)))


def likeness(scores: Floats, groups: Rows) -> float:
    """Return the intraclass correlation over all pairs of a group (Fisher 1925), at least 0.

    Parameters
    ----------
    scores
        (rows,).
    groups
        (rows,) 0…n−1.
    """
    centred = scores - scores.mean()
    sizes, sums = np.bincount(groups), np.bincount(groups, centred)
    pairs = np.sum(sizes * (sizes - 1))
    variance = np.mean(centred**2)
    if not pairs or not variance:
        return 0.0
    covariance = (np.sum(sums**2) - np.sum(centred**2)) / pairs
    return float(np.clip(covariance / variance, 0, 1))
