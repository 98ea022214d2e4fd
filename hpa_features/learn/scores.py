"""The report on a set of decisions: macro F1 with its interval, and every label's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.bootstrap import Interval, f1_intervals
from hpa_features.learn.metrics import average_precisions, count, mean_over_labels
from hpa_features.learn.reliability import brier_scores, calibration_errors


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Figures of one label; F1, precision and recall are 0 where they divide by zero.

    Attributes
    ----------
    f1, precision, recall
        Of the decisions.
    ap
        Average precision, NaN without probabilities or positives.
    brier, calibration_error
        Of the probabilities (`learn.reliability`), NaN without.
    support
        Positive rows.
    interval
        95 % interval of F1 over groups, NaN without positives.
    """

    f1: float
    precision: float
    recall: float
    ap: float
    brier: float
    calibration_error: float
    support: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of all labels on the same rows.

    Attributes
    ----------
    rows, groups
        How many.
    macro_f1
        Mean F1 over labels with positives, NaN without any.
    interval
        Its 95 % interval over groups.
    macro_f1_all
        Mean F1 over all labels; those without positives count as 0.
    map
        Mean average precision over labels with positives, NaN without probabilities.
    brier, calibration_error
        Means over labels with positives, NaN without probabilities.
    labels
        By name, in order.
    """

    rows: int
    groups: int
    macro_f1: float
    interval: Interval
    macro_f1_all: float
    map: float
    brier: float
    calibration_error: float
    labels: Mapping[str, LabelScore]

    @property
    def without_positives(self) -> tuple[str, ...]:
        """Labels that `macro_f1` excludes."""
        return tuple(name for name, each in self.labels.items() if each.support == 0)


def score(
    labels: Sequence[str],
    truth: NDArray[np.bool_],
    decision: NDArray[np.bool_],
    probability: NDArray[np.float64] | None,
    groups: Sequence[Any] | NDArray[Any],
    *,
    ranking: NDArray[np.float64] | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Scores:
    """Return all figures.

    Parameters
    ----------
    labels
        Names of the columns.
    truth, decision
        (rows, labels) bool.
    probability
        (rows, labels) finite, None where there are decisions only.
    groups
        (rows,) rows of equal value are drawn together.
    ranking
        (rows, labels) finite: what average precision ranks by, where not by `probability`.
    draws, seed
        Of the bootstrap.
    """
    counts = count(truth, decision)
    f1, precision, recall = counts.f1, counts.precision, counts.recall
    unknown = np.full(len(labels), np.nan)
    ranks = probability if ranking is None else ranking
    ap = unknown if ranks is None else average_precisions(truth, ranks)
    brier = unknown if probability is None else brier_scores(truth, probability)
    error = unknown if probability is None else calibration_errors(truth, probability)
    present = counts.support > 0
    intervals = f1_intervals(truth, decision, groups, draws=draws, seed=seed)
    return Scores(
        rows=len(truth),
        groups=len(np.unique(np.asarray(groups))),
        macro_f1=mean_over_labels(f1, present),
        interval=intervals.macro,
        macro_f1_all=mean_over_labels(f1, np.ones(len(labels), dtype=np.bool_)),
        map=mean_over_labels(ap, ~np.isnan(ap)),
        brier=mean_over_labels(brier, present),
        calibration_error=mean_over_labels(error, present),
        labels={
            name: LabelScore(
                f1=float(f1[at]),
                precision=float(precision[at]),
                recall=float(recall[at]),
                ap=float(ap[at]),
                brier=float(brier[at]),
                calibration_error=float(error[at]),
                support=int(counts.support[at]),
                interval=(float(intervals.labels[at, 0]), float(intervals.labels[at, 1])),
            )
            for at, name in enumerate(labels)
        },
    )
