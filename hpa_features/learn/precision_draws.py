"""How sure a difference in average precision is: 95 % intervals over paired draws of groups.

The same bootstrap as that of F1 (`learn.bootstrap`): whole groups are drawn, and both sides are
scored on the same draws. A row that was drawn k times counts k times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.bootstrap import Interval, draw_weights, interval_of
from hpa_features.learn.metrics import Floats, average_precisions, mean_over_labels


@dataclass(frozen=True, slots=True)
class PrecisionDraws:
    """Average precisions of one set of scores, in all draws.

    Attributes
    ----------
    whole
        (labels,) on the rows as they are; NaN without positives.
    drawn
        (draws, labels); NaN where the draw has no positives.
    """

    whole: Floats
    drawn: Floats

    @property
    def mean(self) -> float:
        """Mean over the labels with positives."""
        return mean_over_labels(self.whole, ~np.isnan(self.whole))

    def minus(self, other: PrecisionDraws) -> Gap:
        """Return by how much these scores rank better than others of the same draws."""
        gaps = self.drawn - other.drawn
        return Gap(
            mean=self.mean - other.mean,
            interval=interval_of(_means(gaps)),
            labels=self.whole - other.whole,
            intervals=np.array([interval_of(each) for each in gaps.T]).reshape(-1, 2),
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference in average precision.

    Attributes
    ----------
    mean, interval
        Of the mean over labels with positives, and its 95 % interval.
    labels, intervals
        (labels,) and (labels, 2) of each label.
    """

    mean: float
    interval: Interval
    labels: Floats
    intervals: Floats


def precision_draws(
    truth: NDArray[np.bool_],
    scores: NDArray[np.floating[Any]],
    groups: Sequence[Any] | NDArray[Any],
    *,
    draws: int,
    seed: int,
) -> PrecisionDraws:
    """Return average precisions of (rows, labels) scores in `draws` draws of groups.

    Parameters
    ----------
    truth
        (rows, labels).
    groups
        (rows,) anything sortable; rows of equal value are drawn together.
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = int(group.max()) + 1
    orders = [_Order.of(true, score) for true, score in zip(truth.T, scores.T, strict=True)]
    drawn = [
        np.column_stack([order.precisions(weights[:, group]) for order in orders])
        for weights in draw_weights(count, draws, seed)
    ]
    return PrecisionDraws(average_precisions(truth, scores), np.concatenate(drawn))


@dataclass(frozen=True, slots=True)
class _Order:
    """Rows of one label from the highest score down.

    Attributes
    ----------
    rows
        (rows,) their places.
    true
        (rows,) their truth, in that order.
    ends
        Where rows of equal score end.
    """

    rows: NDArray[np.intp]
    true: Floats
    ends: NDArray[np.intp]

    @classmethod
    def of(cls, truth: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> _Order:
        rows = np.argsort(-scores, kind="stable")
        ranked = scores[rows]
        ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        return cls(rows, truth[rows].astype(np.float64), ends)

    def precisions(self, weights: Floats) -> Floats:
        """Return (draws,) average precisions where rows count (draws, rows) times."""
        counts = weights[:, self.rows]
        taken = np.cumsum(counts, axis=1)[:, self.ends]
        found = np.cumsum(counts * self.true, axis=1)[:, self.ends]
        gained = np.diff(found, axis=1, prepend=0)
        total = found[:, -1]
        sums = np.sum(gained * (found / np.maximum(taken, 1)), axis=1)
        return np.where(total > 0, sums / np.maximum(total, 1), np.nan)


def _means(gaps: Floats) -> Floats:
    """Return the mean over the labels that a draw has, NaN where it has none."""
    known = ~np.isnan(gaps)
    total = np.where(known, gaps, 0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)
