"""Ways to rank the blocks of each label, from rows that what is judged was not fitted on.

Each way gives (blocks, labels) numbers, of which the largest names a label's top block. Fields have
one label each, so that the rows of another label are rows without the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from hpa_features.learn.boosting import repeatable
from hpa_features.learn.explain.retrain import alone
from hpa_features.learn.explain.separate import Separation
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.metrics import average_precisions
from hpa_features.learn.splits import outer_splits
from hpa_features.learn.stage import Stage

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NEAREST = 3  # labels that a block tells from a label least, or wrong rows for each right one
_RIDGE = 0.03  # of the mean square of a normal score


@dataclass(frozen=True)
class Table:
    """Rows, what they are, who held them out, and the columns of each block."""

    values: NDArray[np.float32]
    truth: Flags
    folds: NDArray[np.int16]
    blocks: Sequence[NDArray[np.intp]]


def by_values(found: Floats, table: Table) -> dict[str, Floats]:
    """Return what ranks by (rows, blocks, labels) Shapley values of held-out rows give."""
    truth, labels = table.truth, range(table.truth.shape[1])
    alone_groups = np.arange(len(truth))
    each = [Separation.of(found[:, :, at], truth[:, at], alone_groups) for at in labels]
    value = np.stack([one.value for one in each], axis=1)
    error = np.stack([one.error for one in each], axis=1)
    columns = np.array([len(places) for places in table.blocks])[:, None]
    score = found.sum(axis=1)
    wrong, worst = np.empty(value.shape), np.empty(value.shape)
    for at in labels:
        own = found[truth[:, at], :, at].mean(axis=0)
        others = np.flatnonzero(~truth[:, at])
        near = others[np.argsort(-score[others, at])[: NEAREST * truth[:, at].sum()]]
        wrong[:, at] = own - found[near, :, at].mean(axis=0)
        of_label = [found[truth[:, other], :, at].mean(axis=0) for other in labels if other != at]
        worst[:, at] = own - np.max(of_label, axis=0)
    return {
        "separation (as in the report)": value,
        "separation / its standard error": value / np.maximum(error, 1e-9),
        "separation / number of columns": value / columns,
        "separation − its mean over labels": value - value.mean(axis=1, keepdims=True),
        f"separation from the {NEAREST} likeliest wrong rows for each right one": wrong,
        "separation from the label that is nearest": worst,
    }


def by_scores(scores: Floats, truth: Flags, name: str) -> dict[str, Floats]:
    """Return what ranks by (blocks, rows, labels) scores of models of single blocks give.

    d′: difference of means over the root mean variance (Green & Swets 1966).
    """
    labels = range(truth.shape[1])
    near = np.empty((len(scores), len(labels)))
    whole = np.empty(near.shape)
    for at in labels:
        own = scores[:, truth[:, at], at]
        whole[:, at] = _d_prime(own, scores[:, ~truth[:, at], at])
        pairs = [_d_prime(own, scores[:, truth[:, m], at]) for m in labels if m != at]
        near[:, at] = np.sort(pairs, axis=0)[:NEAREST].mean(axis=0)
    return {
        f"{name}: average precision": np.array([average_precisions(truth, s) for s in scores]),
        f"{name}: d′": whole,
        f"{name}: d′ − its mean over labels": whole - whole.mean(axis=1, keepdims=True),
        f"{name}: d′ from the {NEAREST} labels told least": near,
    }


def _d_prime(one: Floats, other: Floats) -> Floats:
    spread = np.sqrt((one.var(axis=1) + other.var(axis=1)) / 2)
    return np.asarray((one.mean(axis=1) - other.mean(axis=1)) / np.maximum(spread, 1e-9))


def tree_scores(table: Table, folder: str) -> Floats:
    """Return (blocks, rows, labels) held-out log-odds of the small trees of diagnostics."""
    stage = Stage(folder)
    stage.lay_out(table.values, table.truth)
    labels = tuple(range(table.truth.shape[1]))
    raw = np.empty((len(table.blocks), *table.truth.shape))
    for split in outer_splits(table.folds):
        for number, places in enumerate(table.blocks):
            raw[number, split.held] = alone(stage, split, places, labels, repeatable(0, 1))
    return raw


def ridge_scores(table: Table) -> tuple[Floats, Floats]:
    """Return held-out scores of ridge regressions on normal scores, and the loss by leaving out.

    The first are (blocks, rows, labels), of single blocks; the second is (blocks, labels): the
    balanced squared error of all blocks but one minus that of all, each block of one weight.
    """
    truth, count = table.truth, len(table.blocks)
    single, left, whole = (np.zeros((count, *truth.shape)) for _ in range(3))
    for split in outer_splits(table.folds):
        inputs = Inputs.unweighted(table.values[split.train])
        learn, held = (inputs.apply(table.values[rows]) for rows in (split.train, split.held))
        target = truth[split.train] - truth[split.train].mean(axis=0)
        kernels = [_kernels(learn[:, at], held[:, at]) for at in table.blocks]
        total = np.sum([inner for inner, _ in kernels], axis=0)
        reach = np.sum([outer for _, outer in kernels], axis=0)
        whole[:, split.held] = _ridge(total / count, reach / count, target)
        for number, (inner, outer) in enumerate(kernels):
            single[number, split.held] = _ridge(inner, outer, target)
            rest = (total - inner) / (count - 1), (reach - outer) / (count - 1)
            left[number, split.held] = _ridge(*rest, target)
    weight = np.where(truth, 0.5 / truth.sum(axis=0), 0.5 / (~truth).sum(axis=0))
    centred = truth - truth.mean(axis=0)
    errors = [np.sum((each - centred) ** 2 * weight, axis=1) for each in (left, whole)]
    return single, errors[0] - errors[1]


def _kernels(learn: Floats, held: Floats) -> tuple[Floats, Floats]:
    middle = learn.mean(axis=0)
    rows = learn - middle
    return rows @ rows.T / rows.shape[1], (held - middle) @ rows.T / rows.shape[1]


def _ridge(inner: Floats, outer: Floats, target: Floats) -> Floats:
    return np.asarray(outer @ np.linalg.solve(inner + _RIDGE * np.eye(len(inner)), target))


def best_columns(table: Table) -> Floats:
    """Return (blocks, labels): how far the area under the ROC curve of a column is from ½, at most.

    The column is the best of the block on the same rows.
    """
    values = table.values.astype(np.float64)
    ranks = rankdata(np.where(np.isnan(values), np.nanmedian(values, axis=0), values), axis=0)
    areas = []
    for has in table.truth.T:
        lowest = (has.sum() + 1) / 2
        areas.append((ranks[has].mean(axis=0) - lowest) / (~has).sum())
    apart = np.abs(np.array(areas).T - 0.5)
    return np.array([apart[places].max(axis=0) for places in table.blocks])
