"""Decisions for rows in which labels are more or less frequent than in training.

Saerens, Latinne & Decaestecker 2002 ("Adjusting the outputs of a classifier to new a priori
probabilities", Neural Computation 14:21–41), one label at a time. It holds where rows with a label
look as they did in training, and only their share has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import chi2

from hpa_features.learn.evaluation import Choice
from hpa_features.learn.thresholds import half_best_f1, prevalence_cut

Floats = NDArray[np.float64]

LEVEL = 0.05  # p below which a share that rows suggest takes the training share's place
_ROUNDS = 1000
_CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Shift:
    """One label's share of rows.

    Attributes
    ----------
    trained
        In training.
    target
        Among the rows to predict.
    p_value
        Of `target` being `trained`, by the likelihood ratio (Saerens 2002, section 2.4); NaN where
        nothing was estimated. Rows count as independent, so groups make it too small.
    """

    trained: float
    target: float
    p_value: float


def with_share(probability: Floats, trained: float, target: float) -> Floats:
    """Return probabilities as they are where a label's share is `target` (equation 2.4)."""
    return np.asarray(expit(logit(probability) + logit(target) - logit(trained)))


def estimated_shift(probability: Floats, trained: float) -> Shift:
    """Return the maximum-likelihood share, by expectation maximisation (equation 2.9).

    Parameters
    ----------
    probability
        (rows,) calibrated where the share is `trained`, within 0 and 1.
    trained
        The label's share in training, within 0 and 1.
    """
    share, smallest = trained, 1 / (2 * len(probability))
    for _ in range(_ROUNDS):
        before = share
        share = float(np.mean(with_share(probability, trained, share)))
        share = min(max(share, smallest), 1 - smallest)
        if abs(share - before) < _CLOSE:
            break
    # Each row's likelihood is its density mixed by the new share over that by the old one.
    mixed = probability * share / trained + (1 - probability) * (1 - share) / (1 - trained)
    gained = max(0.0, 2 * float(np.log(mixed).sum()))
    return Shift(trained, share, float(chi2.sf(gained, 1)))


def shifted_probability(choice: Choice, probability: Floats, target: float) -> Floats:
    """Return one label's probabilities where its share is `target`, not `choice.prevalence`."""
    if choice.calibrator is None:
        return np.full_like(probability, target)
    if target == choice.prevalence:
        return probability
    return with_share(probability, choice.prevalence, target)


def shifted_choice(
    choice: Choice, truth: NDArray[np.bool_], predicted: Floats, target: float
) -> Choice:
    """Return a label's choice where its share is `target`: the threshold follows.

    The cut F*/2 of the shifted out-of-fold probabilities, rows with and without the label weighted
    so that they have the new shares. A label without models is decided by the new share alone.

    Parameters
    ----------
    choice
        As trained.
    truth, predicted
        (rows,) truth of the training rows, and their out-of-fold probability by `choice`.
    target
        Share among the rows to predict, within 0 and 1.
    """
    trained = choice.prevalence
    if target == trained:
        return choice
    if choice.calibrator is None:
        return replace(choice, threshold=prevalence_cut(target), prevalence=target)
    weights = np.where(truth, target / trained, (1 - target) / (1 - trained))
    threshold = half_best_f1(truth, with_share(predicted, trained, target), weights)
    return replace(choice, threshold=threshold, prevalence=target)


def estimated_shifts(probabilities: Floats, choices: Sequence[Choice]) -> tuple[Shift, ...]:
    """Return each label's shift by (rows, labels) probabilities; none where labels lack models.

    A share that does not differ from the training share (p ≥ 0.05) stays the same.
    """
    shifts = []
    for at, choice in enumerate(choices):
        trained = choice.prevalence
        if choice.calibrator is None or not len(probabilities):
            shifts.append(Shift(trained, trained, float("nan")))
            continue
        found = estimated_shift(probabilities[:, at], trained)
        told = found.p_value < LEVEL
        shifts.append(found if told else replace(found, target=trained))
    return tuple(shifts)
