"""One fold's model of every label: trees, kernel and line, blended by inner evidence.

Stacking (Wolpert 1992; Breiman 1996, "Stacked regressions", whose weights are never negative):
out-of-fold log-odds, weighted so that the log loss is least.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from hpa_features.learn.calibrate import smoothed

Floats = NDArray[np.float64]

LEARNERS = ("boosting", "kernel", "linear")
OWN_LEARNER = "own scores"  # the last one, where labels have columns of their own
ALONE = (1.0, 0.0, 0.0, 0.0)  # boosting; the constant last
# Pull of the weights towards one another; ten times as much does as well on few rows and less
# well on SLF columns, where the lines outweigh the trees.
_TOWARDS_EQUAL = 0.3


def blend_weights(scores: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Return (learners + 1,) weights of least log loss, none negative; the constant last.

    Parameters
    ----------
    scores
        (rows, learners) out-of-fold log-odds.
    truth
        (rows,) label; its targets are smoothed.
    """
    learners = scores.shape[1]
    target = smoothed(truth)
    spread = np.std(scores, axis=0)
    # Not `spread == 0`: that of one number a thousand times is 1e-14 by rounding.
    spread[np.ptp(scores, axis=0) == 0] = 1
    scaled = np.column_stack([scores / spread, np.ones(len(scores))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        log_odd = scaled @ weights
        uneven = weights - np.append(np.full(learners, weights[:-1].mean()), weights[-1])
        pull = _TOWARDS_EQUAL * learners * uneven
        cost = np.sum(np.logaddexp(0, log_odd) - target * log_odd) + 0.5 * np.sum(pull * uneven)
        return float(cost), scaled.T @ (expit(log_odd) - target) + pull

    start = np.append(np.full(learners, 1 / learners), logit(target.mean()))
    bounds = [(0, None)] * learners + [(None, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.append(found[:-1] / spread, found[-1])


def alone(width: int) -> Floats:
    """Return (width,) weights of boosting alone, the constant last."""
    return np.array([1.0, *[0.0] * (width - 1)])


def blended(scores: Floats, weights: Floats) -> Floats:
    """Return (rows, labels) from (rows, labels, learners) by (labels, learners + 1) weights."""
    total = np.broadcast_to(weights[:, -1], scores.shape[:2]).copy()
    for learner in range(scores.shape[2]):
        total += scores[:, :, learner] * weights[:, learner]
    return total
