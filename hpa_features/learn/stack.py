"""Labels learn from one another: each looks again at its own log-odds beside all the others'.

Stacked binary relevance (Godbole & Sarawagi 2004, "Discriminative methods for multi-labeled
classification", section 3.1) with one number for the others, ln Σ exp(their log-odds), so that
thirty labels cost no more than two. Where every row has one label, own minus others is nearly the
logarithm of softmax; where labels come together, the others weigh little or count in favour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from hpa_features.learn.crossfit import FoldModels, Inner

Floats = NDArray[np.float64]

OWN = (1.0, 0.0, 0.0)  # own log-odds, the others', the constant
# Inverse L2 penalty of scores of unit spread. On mosaics, HeLa cells, SLF columns, yeast and
# scenes 0.1 does as well, and 3 ranks 0.002 worse: weights of different folds differ more.
_C = 0.3
_ROUNDS = 2000


def stack_labels(
    models: FoldModels, truth: NDArray[np.bool_], labels: NDArray[np.bool_]
) -> FoldModels:
    """Return fold models whose labels look at one another; the same where there is no other.

    Each fold's weights come from rows outside the fold: their inner out-of-fold scores in nested
    runs, else their own.

    Parameters
    ----------
    truth
        (rows, labels).
    labels
        (labels,) which take part; all have models.
    """
    able = np.flatnonzero(labels).tolist()
    if len(able) < 2:
        return models
    raw = models.raw.copy()
    weights = []
    for fold in range(int(models.folds.max()) + 1):
        rows, held = np.flatnonzero(models.folds != fold), models.folds == fold
        evidence = models.inner[fold].raw if models.inner else models.raw
        weights.append(stack_weights(evidence[rows], truth[rows], able))
        raw[held] = stacked(models.raw[held], weights[-1], able)
    return replace(
        models,
        raw=raw,
        members=tuple(replace(member, stack=each) for member, each in zip(models.members, weights)),
        inner=tuple(_inner(inner, each, able) for inner, each in zip(models.inner, weights)),
    )


def stack_weights(raw: Floats, truth: NDArray[np.bool_], able: Sequence[int]) -> Floats:
    """Return (labels, 3) weights of a label's own log-odds, of the others' and of 1.

    Parameters
    ----------
    raw
        (rows, labels) log-odds of rows that the models had not seen.
    truth
        (rows, labels).
    able
        Numbers of the labels that take part, two or more; the rest keep their own log-odds.
    """
    weights = np.tile(OWN, (raw.shape[1], 1))
    for label, pair in zip(able, np.moveaxis(_own_and_others(raw[:, list(able)]), 1, 0)):
        target = truth[:, label]
        if target.any() and not target.all():
            spread = pair.std(axis=0)
            spread[spread == 0] = 1
            curve = LogisticRegression(C=_C, max_iter=_ROUNDS).fit(pair / spread, target)
            weights[label] = *(curve.coef_[0] / spread), curve.intercept_[0]
    return weights


def stacked(raw: Floats, weights: Floats, able: Sequence[int]) -> Floats:
    """Return (rows, labels) log-odds, those of the labels `able` weighed anew."""
    anew = raw.copy()
    own, others, constant = weights[list(able)].T
    pairs = _own_and_others(raw[:, list(able)])
    anew[:, list(able)] = pairs[:, :, 0] * own + pairs[:, :, 1] * others + constant
    return anew


def _own_and_others(raw: Floats) -> Floats:
    """Return (rows, labels, 2) of (rows, labels): each label's own, and ln Σ exp of the others."""
    others = [logsumexp(np.delete(raw, label, axis=1), axis=1) for label in range(raw.shape[1])]
    return np.stack([raw, np.array(others).T], axis=2)


def _inner(inner: Inner, weights: Floats, able: Sequence[int]) -> Inner:
    raw = inner.raw.copy()
    raw[inner.rows] = stacked(raw[inner.rows], weights, able)
    beyond = [stacked(each, weights, able) for each in inner.beyond]
    return replace(inner, raw=raw, beyond=np.stack(beyond))
