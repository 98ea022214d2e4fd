"""Are probabilities calibrated? Brier score and expected calibration error of each label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10


def brier_scores(truth: NDArray[np.bool_], probability: Floats) -> Floats:
    """Return (labels,) the mean squared distance of probability and truth (Brier 1950).

    0 is perfect; predicting its share π for every row scores a label π(1 − π).

    Parameters
    ----------
    truth, probability
        (rows, labels) bool, and 0–1.
    """
    return np.asarray(np.mean((probability - truth) ** 2, axis=0))


def calibration_errors(truth: NDArray[np.bool_], probability: Floats) -> Floats:
    """Return (labels,) the expected calibration error over ten bins of about equally many rows.

    Σ over bins of share of rows × |mean probability − share of positives| (Naeini, Cooper &
    Hauskrecht 2015). Bins end at the tenths of the label's own probabilities, equal ones together
    (Nixon et al. 2019): in bins of equal width a rare label would lie in the first one alone.

    Parameters
    ----------
    truth, probability
        (rows, labels) bool, and 0–1.
    """
    pairs = zip(truth.T, probability.T, strict=True)
    return np.array([_calibration_error(true, said) for true, said in pairs], dtype=np.float64)


def bins_of(probability: Floats) -> NDArray[np.intp]:
    """Return (rows,) the number of each row's bin, by rising probability; bins as above."""
    tenths = np.quantile(probability, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    return np.searchsorted(np.unique(tenths), probability, side="left")


def _calibration_error(truth: NDArray[np.bool_], probability: Floats) -> float:
    gap = np.bincount(bins_of(probability), weights=probability - truth)
    return float(np.abs(gap).sum() / len(truth))
