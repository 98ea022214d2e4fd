"""Predictions of rows in which labels are more or less frequent than in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.model import Model, Prediction

ESTIMATE = "em"


@dataclass(frozen=True, slots=True)
class LabelShift:
    """What becomes of one label where its share of rows changes.

    Attributes
    ----------
    trained, target
        Share in training, and among the rows to predict.
    p_value
        Of both being one; NaN where `target` was not estimated.
    threshold_trained, threshold
        Cut as trained, and at `target`.
    """

    trained: float
    target: float
    p_value: float
    threshold_trained: float
    threshold: float


def target_shares(wanted: str, labels: Sequence[str]) -> Mapping[str, float]:
    """Return the shares by label that ``--target-prevalence`` gives, none for ``em``.

    Raises
    ------
    UsageError, DataError
        As `io.prevalence.read_prevalence`.
    """
    from hpa_features.io.prevalence import read_prevalence

    return {} if wanted == ESTIMATE else read_prevalence(wanted, labels)


def at_target(
    learned: Model, predicted: Prediction, oof: OutOfFold, shares: Mapping[str, float]
) -> tuple[Model, Prediction, dict[str, LabelShift]]:
    """Return the model with thresholds for the new shares, its predictions, and what changed.

    Parameters
    ----------
    learned, predicted
        The model as trained, and its predictions.
    oof
        Its out-of-fold predictions, from which thresholds are chosen.
    shares
        Share by label; labels not given stay as in training. Empty: estimated from `predicted`.
    """
    import numpy as np

    from hpa_features.learn.prior_shift import (
        Shift,
        estimated_shifts,
        shifted_choice,
        shifted_probability,
    )

    trained = [choice.prevalence for choice in learned.choices]
    shifts: Sequence[Shift] = (
        [Shift(t, shares.get(name, t), float("nan")) for name, t in zip(learned.labels, trained)]
        if shares
        else estimated_shifts(predicted.probabilities, learned.choices)
    )
    choices = tuple(
        shifted_choice(choice, oof.truth[:, at], oof.prob[:, at], shift.target)
        for at, (choice, shift) in enumerate(zip(learned.choices, shifts, strict=True))
    )
    probabilities = np.column_stack(
        [
            shifted_probability(choice, predicted.probabilities[:, at], shift.target)
            for at, (choice, shift) in enumerate(zip(learned.choices, shifts, strict=True))
        ]
    )
    moved = replace(learned, choices=choices)
    changes = {
        name: LabelShift(shift.trained, shift.target, shift.p_value, old.threshold, new.threshold)
        for name, shift, old, new in zip(learned.labels, shifts, learned.choices, choices)
    }
    decisions = probabilities >= moved.thresholds
    return moved, replace(predicted, probabilities=probabilities, decisions=decisions), changes
