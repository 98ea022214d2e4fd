"""Stacking: each label's log-odds are combined with those of all other labels.

Stacked binary relevance (Godbole & Sarawagi 2004, "Discriminative methods for multi-labeled
classification", section 3.1) with one number for the others, ln Σ exp(their log-odds), so that
thirty labels cost no more than two. Where every row has one label, own minus others is nearly the
logarithm of softmax; where labels come together, the others weigh little or count in favour.

Log-odds are in units of each label's spread, and all labels share both weights: weights of its own
for each label, of few positives each, differed from fold to fold and ranked worse.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit, logsumexp

from hpa_features.learn.calibrate import smoothed

Floats = NDArray[np.float64]

# What others see its log-odds times; weights of that product, of the others', and of 1.
OWN = (1.0, 1.0, 0.0, 0.0)
# SD of the log-odds that others see. 1 to 8 rank alike on seven tables.
_SPREAD = 2.0
_ROUNDS = 2000


def stack_weights(raw: Floats, truth: NDArray[np.bool_], able: Sequence[int]) -> Floats:
    """Return (labels, 4): what scales a label's log-odds, then weights of own, others and 1.

    The two weights of least log loss over all labels at once; each label has its own constant.

    Parameters
    ----------
    raw
        (rows, labels) out-of-fold log-odds.
    truth
        (rows, labels).
    able
        Numbers of the labels that take part, two or more; the rest keep their own log-odds.
    """
    weights = np.tile(OWN, (raw.shape[1], 1))
    spread = raw.std(axis=0)
    share = truth.mean(axis=0)
    # Not `spread > 0`: that of one number a thousand times is 1e-14 by rounding.
    told = (np.ptp(raw, axis=0) > 0) & (share > 0) & (share < 1)
    fitted = [at for at, label in enumerate(able) if told[label]]
    if not fitted:
        return weights
    labels = np.asarray(able)[fitted]
    weights[labels, 0] = _SPREAD / spread[labels]
    pairs = _own_and_others(raw[:, able] * weights[able, 0])[:, fitted]
    target = smoothed(truth[:, labels])
    middle = pairs.mean(axis=0)
    centred = pairs - middle

    def loss(found: Floats) -> tuple[float, Floats]:
        log_odd = centred @ found[:2] + found[2:]
        cost = np.mean(np.sum(np.logaddexp(0, log_odd) - target * log_odd, axis=1))
        residual = expit(log_odd) - target
        slopes = np.einsum("rl,rlk->k", residual, centred)
        return float(cost), np.append(slopes, residual.sum(axis=0)) / len(raw)

    start = np.append([1 / _SPREAD, 0], logit(target.mean(axis=0)))
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ROUNDS, "ftol": 1e-12, "gtol": 1e-8},
    ).x
    weights[labels, 1:3] = found[:2]
    weights[labels, 3] = found[2:] - middle @ found[:2]
    return weights


def stacked(raw: Floats, weights: Floats, able: Sequence[int]) -> Floats:
    """Return (rows, labels) log-odds, those of the labels `able` restacked."""
    anew = raw.copy()
    scale, own, others, constant = weights[list(able)].T
    pairs = _own_and_others(raw[:, list(able)] * scale)
    anew[:, list(able)] = pairs[:, :, 0] * own + pairs[:, :, 1] * others + constant
    return anew


def _own_and_others(raw: Floats) -> Floats:
    """Return (rows, labels, 2) of (rows, labels): each label's own, and ln Σ exp of the others."""
    others = [logsumexp(np.delete(raw, label, axis=1), axis=1) for label in range(raw.shape[1])]
    return np.stack([raw, np.array(others).T], axis=2)
