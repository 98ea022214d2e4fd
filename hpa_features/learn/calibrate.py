"""Log-odds of a model → probabilities, by numbers that can be written down.

Platt 1999 ("Probabilistic outputs for support vector machines", with his smoothed targets) where
positives are few; isotonic regression (Zadrozny & Elkan 2002) where they are many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]

MANY_POSITIVES = 200
MANY_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Platt:
    """expit(slope · raw + intercept), clipped to [margin, 1 − margin]; the slope is never < 0."""

    slope: float
    intercept: float
    margin: float

    def apply(self, raw: Floats) -> Floats:
        """Return the probability of each log-odds."""
        return _clipped(expit(self.slope * raw + self.intercept), self.margin)


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """Straight lines through (x, y), both rising, level outside, clipped like `Platt`."""

    x: Floats
    y: Floats
    margin: float

    def apply(self, raw: Floats) -> Floats:
        """Return the probability of each log-odds."""
        return _clipped(np.interp(raw, self.x, self.y), self.margin)


Calibrator = Platt | Isotonic


def calibrator(raw: Floats, truth: NDArray[np.bool_], groups: NDArray[np.intp]) -> Calibrator:
    """Fit the calibrator of one label to out-of-fold log-odds.

    Parameters
    ----------
    raw
        (rows,) log-odds.
    truth
        (rows,) bool, both classes present.
    groups
        (rows,) group numbers; positives in fewer than 50 of them, or fewer than 200, get Platt's.
    """
    margin = 1 / (2 * len(raw))
    many = int(truth.sum()) >= MANY_POSITIVES
    if many and len(np.unique(groups[truth])) >= MANY_GROUPS:
        curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(raw, truth)
        x = np.asarray(curve.X_thresholds_, dtype=np.float64)
        return Isotonic(x, np.asarray(curve.y_thresholds_, dtype=np.float64), margin)
    return platt(raw, truth, margin)


def platt(raw: Floats, truth: NDArray[np.bool_], margin: float) -> Platt:
    """Fit Platt's sigmoid to his smoothed targets."""
    target = smoothed(truth)
    # Scores that are all equal, or rank against the truth, tell nothing: everyone gets the share.
    share = Platt(0.0, float(logit(np.mean(target))), margin)
    if np.ptp(raw) == 0:
        return share
    # A target between 0 and 1 is a row of each class, weighted by it.
    rows = np.concatenate([raw, raw])[:, None]
    classes = np.repeat([1, 0], len(raw))
    weights = np.concatenate([target, 1 - target])
    curve = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    curve.fit(rows, classes, sample_weight=weights)
    slope = float(curve.coef_[0, 0])
    return Platt(slope, float(curve.intercept_[0]), margin) if slope > 0 else share


def smoothed(truth: NDArray[np.bool_]) -> Floats:
    """Return Platt's targets: (n₊+1)/(n₊+2) and 1/(n₋+2) in place of 1 and 0.

    A label ranked without a fault gets finite weights by them.

    Parameters
    ----------
    truth
        (rows,) or (rows, labels).
    """
    positives, negatives = np.sum(truth, axis=0), np.sum(~truth, axis=0)
    target: Floats = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    return target


def _clipped(probability: Floats, margin: float) -> Floats:
    return np.clip(probability, margin, 1 - margin)
