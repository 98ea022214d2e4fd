"""Platt's sigmoid by a general optimiser, from Platt 1999, and the F1 of every cut by counting."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def platt_slope_intercept(scores, truth):
    positives, negatives = int(np.sum(truth)), int(np.sum(~truth))
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters):
        z = parameters[0] * scores + parameters[1]
        return np.sum(np.logaddexp(0, z) - target * z)

    return minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x


def f1_of_cut(truth, scores, cut):
    yes = [score >= cut for score in scores]
    hits = sum(1 for true, said in zip(truth, yes) if true and said)
    wrong = sum(1 for true, said in zip(truth, yes) if true != said)
    return 2 * hits / (2 * hits + wrong) if hits else 0.0


def best_f1_by_counting(truth, scores):
    return max(f1_of_cut(truth, scores, cut) for cut in scores)
