"""Calibrators and thresholds, chosen twice: to be delivered, and to be judged.

What is delivered is chosen on all out-of-fold scores. What is reported for a row was chosen
without the row's fold: *nested* from inner out-of-fold scores of the other folds, *cross-fitted*
from the other folds' own out-of-fold scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.calibrate import Calibrator, calibrator
from hpa_features.learn.data import TrainingData
from hpa_features.learn.fold_models import FoldModels
from hpa_features.learn.folds import Rows
from hpa_features.learn.supported import LEVEL, p_value
from hpa_features.learn.thresholds import half_best_f1, prevalence_cut

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """How one label turns log-odds into a probability and a decision.

    Attributes
    ----------
    calibrator
        None for a label that cannot be learned: every row gets `prevalence`.
    threshold
        A probability at or above it means yes.
    prevalence
        Share of positive rows.
    """

    calibrator: Calibrator | None
    threshold: float
    prevalence: float

    def probabilities(self, raw: Floats) -> Floats:
        """Return the probability of each log-odds."""
        if self.calibrator is None:
            return np.full(raw.shape, self.prevalence)
        return self.calibrator.apply(raw)


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities and decisions of every row, chosen without its fold; (rows, labels)."""

    prob: Floats
    decision: NDArray[np.bool_]


def supported_labels(data: TrainingData, models: FoldModels, seed: int) -> NDArray[np.float64]:
    """Return (labels,) p-values of the permutation test; 1 for labels without models."""
    return np.array(
        [
            p_value(models.raw[:, label], data.truth[:, label], data.groups, (seed, label))
            if models.trained[label]
            else 1.0
            for label in range(len(data.labels))
        ]
    )


def is_supported(p_values: Floats) -> NDArray[np.bool_]:
    """Return (labels,) bool: p below `LEVEL`."""
    return np.asarray(p_values < LEVEL)


def choose(raw: Floats, truth: NDArray[np.bool_], groups: Rows, *, supported: bool) -> Choice:
    """Choose one label's calibrator and threshold from out-of-fold log-odds; all (rows,)."""
    prevalence = float(truth.mean())
    if not supported:
        return Choice(None, prevalence_cut(prevalence), prevalence)
    fitted = calibrator(raw, truth, groups)
    return Choice(fitted, half_best_f1(truth, fitted.apply(raw)), prevalence)


def delivered_choices(
    data: TrainingData, models: FoldModels, supported: NDArray[np.bool_]
) -> tuple[Choice, ...]:
    """Return each label's choice from all out-of-fold scores."""
    return _choices(data, models.raw, np.arange(len(data.ids)), supported)


def judged_choices(
    data: TrainingData, models: FoldModels, supported: NDArray[np.bool_]
) -> tuple[tuple[Choice, ...], ...]:
    """Return per fold each label's choice from scores of the other folds' rows."""
    return tuple(
        _choices(
            data,
            models.inner[fold].raw if models.inner else models.raw,
            np.flatnonzero(models.folds != fold),
            supported,
        )
        for fold in range(int(models.folds.max()) + 1)
    )


def judged_answers(data: TrainingData, models: FoldModels, supported: NDArray[np.bool_]) -> Answers:
    """Return every row's decisions by rules fitted without its fold."""
    prob = np.empty(data.truth.shape)
    decision = np.empty(data.truth.shape, dtype=np.bool_)
    for fold, choices in enumerate(judged_choices(data, models, supported)):
        held = models.folds == fold
        for label, choice in enumerate(choices):
            prob[held, label] = choice.probabilities(models.raw[held, label])
            decision[held, label] = prob[held, label] >= choice.threshold
    return Answers(prob, decision)


def _choices(
    data: TrainingData, raw: Floats, rows: Rows, supported: NDArray[np.bool_]
) -> tuple[Choice, ...]:
    return tuple(
        choose(
            raw[rows, label],
            data.truth[rows, label],
            data.groups[rows],
            supported=bool(supported[label]),
        )
        for label in range(len(data.labels))
    )
