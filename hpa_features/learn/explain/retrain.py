"""Trainings next to the model's own: on shuffled labels, on fewer groups, on single blocks."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.boosting import columns_a_tree, fit, log_odds, prior_log_odds, shared
from hpa_features.learn.explain.forests import Forest
from hpa_features.learn.explain.walks import Walks
from hpa_features.learn.folds import Rows
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Split

Floats = NDArray[np.float64]

_ALONE = {"learning_rate": 0.15, "num_leaves": 7, "max_bin": 31, "min_data_in_leaf": 10}
_ALONE_ROUNDS = 30


def other_rows(groups: Rows, seed: tuple[int, ...]) -> Rows:
    """Return (rows,) of which row each gets the labels, whole groups exchanged.

    Where a group gets the labels of one with fewer rows, these are repeated.
    """
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    members = [np.flatnonzero(groups == group) for group in range(len(order))]
    others = np.empty(len(groups), dtype=np.intp)
    for group, other in enumerate(order.tolist()):
        others[members[group]] = np.resize(members[other], len(members[group]))
    return others


def shuffled_values(
    stage: Stage,
    split: Split,
    labels: tuple[int, ...],
    rounds: tuple[int, ...],
    parameters: Parameters,
    others: Rows,
    rows: Rows,
    background: NDArray[np.float32],
    groups: NDArray[np.int32],
    pairs: int,
) -> Floats:
    """Return (rows, blocks, labels) values by trees that learned from labels of other rows.

    Parameters
    ----------
    others
        (all rows,) as `other_rows` gives them.
    rows
        Held-out rows.
    background, groups
        Background rows as the split sees them, and the block of each column.
    pairs
        Pairs of walks of each row.
    """
    learned = replace(split, held=rows[:0])
    texts = fit(stage, learned, labels, rounds, parameters, others=others).texts
    forest, blocks = Forest.of(texts), int(groups.max()) + 1
    values = np.empty((len(rows), blocks, len(labels)))
    for at, row in enumerate(stage.rows(rows, split.bins)):
        walks = Walks.of_row(int(rows[at]), len(background), blocks, pairs)
        scores = forest.walks(row, background, groups, walks.starts, walks.turns)
        values[at] = walks.values(np.moveaxis(scores, 0, 2)).mean(axis=0)
    return values


def fewer_groups(
    stage: Stage,
    split: Split,
    labels: tuple[int, ...],
    rounds: tuple[int, ...],
    parameters: Parameters,
    train: Rows,
) -> Floats:
    """Return (held rows, labels) log-odds by trees of the rows `train`."""
    return fit(stage, replace(split, train=train), labels, rounds, parameters).raw


def some_groups(groups: Rows, train: Rows, share: float, seed: tuple[int, ...]) -> Rows:
    """Return the rows of a share of the training rows' groups; a smaller share is part of it."""
    present = np.unique(groups[train])
    order = np.random.default_rng(seed).permutation(present)
    kept = order[: max(round(share * len(order)), 1)]
    return train[np.isin(groups[train], kept)]


def alone(
    stage: Stage, split: Split, places: Rows, labels: tuple[int, ...], parameters: Parameters
) -> Floats:
    """Return (held rows, labels) log-odds by small trees of the columns at `places` alone."""
    truth = stage.truth()
    chosen = {
        **shared(parameters),
        **_ALONE,
        "feature_fraction": columns_a_tree(0.5, len(places)),
    }
    learn = stage.rows(split.train, split.bins)[:, places]
    held = stage.rows(split.held, split.bins)[:, places]
    data = lgb.Dataset(learn, label=np.zeros(len(learn)), params=chosen).construct()
    raw = np.empty((len(held), len(labels)))
    for at, label in enumerate(labels):
        target = truth[split.train, label]
        if target.all() or not target.any():
            raw[:, at] = prior_log_odds(target)
            continue
        data.set_label(target.astype(np.float32))
        booster = lgb.train(dict(chosen), data, num_boost_round=_ALONE_ROUNDS)
        raw[:, at] = log_odds(booster, held, int(parameters["num_threads"]))
    return raw
