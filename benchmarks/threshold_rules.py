"""Ways to choose cuts and calibrators, from out-of-fold scores: what bench_thresholds compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.calibrate import MANY_GROUPS, Calibrator, Isotonic, calibrator, platt
from hpa_features.learn.thresholds import half_best_f1

Floats, Truth, Rows = NDArray[np.float64], NDArray[np.bool_], NDArray[np.intp]
Rule = Callable[[Truth, Floats], Floats]  # (rows, labels) truth and probability → (labels,) cuts
Fit = Callable[[Floats, Truth, Rows], Calibrator]


def each(rule: Callable[[Truth, Floats], float]) -> Rule:
    """Make a rule for one label one for all."""
    return lambda truth, said: np.array([rule(t, p) for t, p in zip(truth.T, said.T)])


def f1_curve(truth: Truth, said: Floats) -> tuple[Floats, Floats]:
    """Return cuts, each half-way to the next lower probability, and the F1 of each."""
    order = np.argsort(-said, kind="stable")
    ranked = said[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    f1 = 2 * np.cumsum(truth[order])[last] / (last + 1 + max(truth.sum(), 1))
    below = np.append(ranked[last[:-1] + 1], 0.0)
    return (ranked[last] + below) / 2, f1


def max_f1(truth: Truth, said: Floats) -> float:
    """Return the cut of greatest F1."""
    cuts, f1 = f1_curve(truth, said)
    return float(cuts[f1.argmax()])


def expected_f1(_: Truth, said: Floats) -> float:
    """Return half of the best F1 that the probabilities themselves lead to expect."""
    ranked = -np.sort(-said)
    found = np.cumsum(ranked)
    return float(np.max(found / (np.arange(1, len(ranked) + 1) + ranked.sum())))


def same_share(truth: Truth, said: Floats) -> float:
    """Return the cut that says yes as often as the truth does."""
    ranked = -np.sort(-said)
    wanted = int(truth.sum())
    return float((ranked[wanted - 1] + ranked[wanted]) / 2) if 0 < wanted < len(ranked) else 0.0


def shared(truth: Truth, said: Floats) -> Floats:
    """Return the one cut of greatest macro F1, for all labels."""
    cuts = np.linspace(0.01, 0.99, 99)
    f1 = []
    for cut in cuts:
        yes = said >= cut
        f1.append(np.mean(2 * (yes & truth).sum(0) / np.maximum((yes.sum(0) + truth.sum(0)), 1)))
    return np.full(truth.shape[1], cuts[int(np.argmax(f1))])


def shrunk(truth: Truth, said: Floats) -> Floats:
    """Return max-F1 cuts, drawn to the shared one as if that had 50 positives."""
    weight = truth.sum(axis=0) / (truth.sum(axis=0) + 50)
    return weight * each(max_f1)(truth, said) + (1 - weight) * shared(truth, said)


RULES: dict[str, Rule] = {
    "F*/2 (auto)": each(half_best_f1),
    "max F1": each(max_f1),
    "max F1 × 0.7": lambda truth, said: 0.7 * each(max_f1)(truth, said),
    "one shared cut": shared,
    "max F1 shrunk to the shared cut": shrunk,
    "prevalence matched": each(same_share),
    "F*/2, F* expected": each(expected_f1),
    "mean of F*/2 and max F1": lambda truth, said: (
        (each(half_best_f1)(truth, said) + each(max_f1)(truth, said)) / 2
    ),
    "0.5": lambda truth, _: np.full(truth.shape[1], 0.5),
}


@dataclass(frozen=True)
class Beta:
    """Beta calibration (Kull, Silva Filho & Flach 2017): a·ln p − b·ln(1 − p) + c, a and b ≥ 0."""

    a: float
    b: float
    c: float
    margin: float

    def apply(self, raw: Floats) -> Floats:
        """Return the probability of each log-odds."""
        log_odds = self.a * log_expit(raw) - self.b * log_expit(-raw) + self.c
        return np.clip(expit(log_odds), self.margin, 1 - self.margin)


def beta(raw: Floats, truth: Truth, groups: Rows) -> Calibrator:
    """Fit beta calibration; a coefficient that comes out negative is 0."""
    both = np.column_stack([log_expit(raw), -log_expit(-raw)])
    used = [0, 1]
    while used:
        curve = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(both[:, used], truth)
        if (curve.coef_[0] >= 0).all():
            a_b = np.zeros(2)
            a_b[used] = curve.coef_[0]
            return Beta(*a_b, curve.intercept_[0], 1 / (2 * len(raw)))
        used.remove(used[int(curve.coef_[0].argmin())])
    return fit_platt(raw, truth, groups)


def fit_platt(raw: Floats, truth: Truth, _: Rows) -> Calibrator:
    """Fit Platt's curve however many positives there are."""
    return platt(raw, truth, 1 / (2 * len(raw)))


def fit_isotonic(raw: Floats, truth: Truth, _: Rows) -> Calibrator:
    """Fit the isotonic curve however few positives there are."""
    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(raw, truth)
    return Isotonic(curve.X_thresholds_, curve.y_thresholds_, 1 / (2 * len(raw)))


def isotonic_from(positives: int) -> Fit:
    """Make a fit that is isotonic from so many positives in 50 groups, else Platt's."""

    def fit(raw: Floats, truth: Truth, groups: Rows) -> Calibrator:
        many = truth.sum() >= positives and len(np.unique(groups[truth])) >= MANY_GROUPS
        return (fit_isotonic if many else fit_platt)(raw, truth, groups)

    return fit


FITS: dict[str, Fit] = {
    "ours: isotonic from 200 positives": calibrator,
    "isotonic from 1,000 positives": isotonic_from(1000),
    "Platt": fit_platt,
    "beta": beta,
    "isotonic": fit_isotonic,
}
