"""Bootstrap over groups the slow way: write out every drawn row and score it with scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import f1_score


def macro_f1_of_draw(truth, decisions, groups, weights):
    """Macro F1 over labels with positives of the rows of all groups, each repeated by its weight.

    `weights[i]` belongs to the i-th of the sorted distinct `groups`.
    """
    rows = []
    for name, weight in zip(sorted(set(groups)), weights):
        for _ in range(int(weight)):
            rows += [row for row, each in enumerate(groups) if each == name]
    scores = [
        f1_score(truth[rows, label], decisions[rows, label], zero_division=0)
        for label in range(truth.shape[1])
        if truth[rows, label].any()
    ]
    return float(np.mean(scores)) if scores else float("nan")
