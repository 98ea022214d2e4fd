"""F1, precision, recall and average precision of many labels at once, with the rules we report by.

A figure that would divide by zero is 0 (`zero_division=0` in scikit-learn's words). A mean over
labels takes the labels with at least one positive row in the truth; the mean over all labels
is also available.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each label was found, invented and missed.

    Attributes
    ----------
    tp, fp, fn
        True positives, false positives and false negatives, of any common shape; the last axis
        is labels.
    """

    tp: NDArray[Any]
    fp: NDArray[Any]
    fn: NDArray[Any]

    @property
    def precision(self) -> Floats:
        """Share of the found that is true; 0 where nothing was found."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Floats:
        """Share of the true that was found; 0 where nothing is true."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> Floats:
        """2·tp / (2·tp + fp + fn); 0 where all three are 0."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def support(self) -> NDArray[Any]:
        """Positive rows in the truth."""
        support: NDArray[Any] = self.tp + self.fn
        return support


def count(truth: NDArray[np.bool_], decisions: NDArray[np.bool_]) -> Counts:
    """Count hits and errors of each label.

    Parameters
    ----------
    truth, decisions
        (rows, labels) bool, or (rows,) for a single label.

    Returns
    -------
    Counts
        Of int64 arrays (labels,), or of scalars' shape () for a single label.
    """
    return Counts(
        tp=np.sum(truth & decisions, axis=0),
        fp=np.sum(~truth & decisions, axis=0),
        fn=np.sum(truth & ~decisions, axis=0),
    )


def f1_scores(truth: NDArray[np.bool_], decisions: NDArray[np.bool_]) -> Floats:
    """Return the F1 of each label, 0 where it divides by zero; shapes as in `count`."""
    return count(truth, decisions).f1


def macro_f1(
    truth: NDArray[np.bool_], decisions: NDArray[np.bool_], *, all_labels: bool = False
) -> float:
    """Return the mean F1 over labels with at least one positive row in `truth`.

    Parameters
    ----------
    truth, decisions
        (rows, labels) bool.
    all_labels
        Average over every label instead; one without positives then counts as 0.

    Returns
    -------
    float
        NaN where no label has a positive row.
    """
    counts = count(truth, decisions)
    return mean_over_labels(
        counts.f1, counts.support > 0 if not all_labels else np.ones(truth.shape[1], dtype=bool)
    )


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> float:
    """Return the average precision of one label, Σ (Rₖ − Rₖ₋₁)·Pₖ over distinct scores.

    Equal to scikit-learn's `average_precision_score`; rows of equal score stand or fall together.

    Parameters
    ----------
    truth
        (rows,) bool.
    scores
        (rows,) finite, larger for likelier.

    Returns
    -------
    float
        NaN where no row is positive (scikit-learn: 0 and a warning).
    """
    positives = int(np.sum(truth))
    if positives == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    found = np.cumsum(truth[order])[last_of_tie]
    taken = np.flatnonzero(last_of_tie) + 1
    gained = np.diff(found, prepend=0)
    return float(np.sum(gained * (found / taken)) / positives)


def average_precisions(truth: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> Floats:
    """Return the average precision of each label, NaN for labels without positives.

    Parameters
    ----------
    truth, scores
        (rows, labels).
    """
    pairs = zip(truth.T, scores.T, strict=True)
    return np.array([average_precision(true, score) for true, score in pairs], dtype=np.float64)


def mean_average_precision(truth: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> float:
    """Return the mean of `average_precisions` over labels with positives, NaN without any."""
    values = average_precisions(truth, scores)
    return mean_over_labels(values, ~np.isnan(values))


def mean_over_labels(values: Floats, counted: NDArray[np.bool_]) -> float:
    """Return the mean of the `counted` ones among (labels,) `values`, NaN where none is."""
    return float(np.mean(values[counted])) if counted.any() else float("nan")


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """Divide, with 0 where `below` is 0 (then `above` is 0 too)."""
    quotient: Floats = np.asarray(above / np.maximum(below, 1), dtype=np.float64)
    return quotient
