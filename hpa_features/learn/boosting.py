"""Gradient boosting of one label at a time on one binned Dataset that all labels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import Rows, renumber, stratified_folds
from hpa_features.learn.screen import unrelated_columns
from hpa_features.learn.stage import ROWS_AT_ONCE, Stage
from hpa_features.learn.tasks import Parameters, Split
from hpa_features.learn.tree_device import CPU, GPUS, device_parameters

MOST_ROUNDS = 1000
PATIENCE = 50
# One tree of rate 0.05 hardly ranks at all; a flat log loss must not end there.
FEWEST_ROUNDS = 10
STOP_PARTS = 5  # one of them decides when to stop
_SMALL_TABLE = 2000
# Up to here 127 bins cost a fifth more time and gain average precision (0.006 on CNN scores, 0.002
# on image statistics); 255 gain no more.
_LARGE_TABLE = 20_000
_FEWEST_COLUMNS_A_TREE = 8
# Rows that bins of a large table are found on, 80 a bin. To bin 31,072 rows by all of them took
# four times the memory of the table.
_BIN_ROWS = 5000


def learner(
    rows: int, columns: int, *, seed: int, threads: int, backend: str = CPU
) -> dict[str, Any]:
    """Return LightGBM's parameters for a table of this shape.

    Large tables: a fifth of the columns a tree, which on 1,000 columns costs a fifth of the time
    and no average precision; leaves shrunk towards 0, without which rare labels run away. Small
    tables: all columns, few bins, small trees, less shrinkage, smaller leaves (the rarest label
    may have 20 rows), and splits at random places (Geurts, Ernst, Wehenkel 2006), which make
    trees of few rows differ. `benchmarks/bench_learner.py` holds these against their neighbours.
    """
    small = rows < _SMALL_TABLE
    return {
        **repeatable(seed, threads, backend),
        "metric": "binary_logloss",
        "learning_rate": 0.05,
        "num_leaves": 15 if small else 31,
        "max_bin": 31 if small else 127 if rows < _LARGE_TABLE else 63,
        "bin_construct_sample_cnt": 200_000 if rows < _LARGE_TABLE else _BIN_ROWS,
        "feature_fraction": 1.0 if small else columns_a_tree(0.2, columns),
        "min_data_in_leaf": 10 if small else 20,
        "lambda_l2": 1.0 if small else 5.0,
        "extra_trees": small,
    }


def repeatable(seed: int, threads: int, backend: str = CPU) -> dict[str, Any]:
    """Return what all trees of a label share: the same data and seed give the same bytes.

    Columns one by one: the same trees as row by row, as fast, without a second copy of the bins.
    """
    return {
        "objective": "binary",
        "feature_pre_filter": False,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": threads,
        "seed": seed,
        "verbosity": -1,
        **device_parameters(backend),
    }


def shared(parameters: Parameters) -> dict[str, Any]:
    """Return those of a training's parameters that `repeatable` gave."""
    names = {*repeatable(0, 1), *(name for each in GPUS for name in device_parameters(each))}
    return {name: value for name, value in parameters.items() if name in names}


def columns_a_tree(share: float, columns: int) -> float:
    """Return which share of the columns a tree sees: `share`, or eight columns of few."""
    return min(1.0, max(share, _FEWEST_COLUMNS_A_TREE / columns))


@dataclass(frozen=True, slots=True)
class Fits:
    """Models of some labels on one split.

    Attributes
    ----------
    texts
        LightGBM's text per label; empty where the training rows have one class only.
    raw
        (held rows, labels) log-odds of the held rows.
    """

    texts: tuple[str, ...]
    raw: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stopping:
    """Training rows in two parts: to learn from, and a grouped part that decides when to stop.

    Attributes
    ----------
    stage, split
        What the rows are from.
    stops
        (training rows,) whether a row is in the second part.
    truth
        (training rows, labels).
    unrelated
        Per label the columns of networks that are not related to it in the first part.
    shared
        Binned Datasets of the parts with all columns.
    """

    stage: Stage
    split: Split
    stops: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    unrelated: Sequence[Rows]
    shared: tuple[lgb.Dataset, lgb.Dataset]

    @classmethod
    def of(
        cls, stage: Stage, split: Split, groups: Rows, parameters: Parameters, part: int = 0
    ) -> Stopping:
        """Divide the training rows of a split, whose groups are given; one part of five stops."""
        truth = stage.truth()[split.train]
        numbers = renumber(groups)
        parts = min(STOP_PARTS, int(numbers.max()) + 1)
        stop = stratified_folds(truth, numbers, parts, int(parameters["seed"])) == part % parts
        train, networks = split.train[~stop], split.networks
        unrelated = unrelated_columns(stage, split.bins, train, truth[~stop], networks)
        shared = _divided(stage.bins(split.bins, parameters), split, stop, parameters)
        return cls(stage, split, stop, truth, unrelated, shared)

    def boost(self, label: int, parameters: Parameters) -> lgb.Booster:
        """Return the trees of a label, fitted until the log loss has ceased to fall."""
        learn_on, stop_on = self.shared
        if len(self.unrelated[label]):
            own = _bins_without(self.stage, self.split, self.unrelated[label], parameters)
            learn_on, stop_on = _divided(own, self.split, self.stops, parameters)
        learn_on.set_label(self.truth[~self.stops, label].astype(np.float32))
        stop_on.set_label(self.truth[self.stops, label].astype(np.float32))
        return lgb.train(
            dict(parameters),
            learn_on,
            num_boost_round=MOST_ROUNDS,
            valid_sets=[stop_on],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        )

    def can_learn(self, label: int) -> bool:
        """Return whether the rows to learn from are with and without the label."""
        return len(set(self.truth[~self.stops, label])) == 2


def best_rounds(
    stage: Stage, split: Split, groups: Rows, labels: tuple[int, ...], parameters: Parameters
) -> tuple[int, ...]:
    """Return for each label the round of least log loss on a grouped fifth of the training rows.

    Parameters
    ----------
    groups
        Group of each training row.
    """
    parameters = {**parameters, **split.changed}
    stopping = Stopping.of(stage, split, groups, parameters)
    return tuple(
        max(stopping.boost(label, parameters).best_iteration, FEWEST_ROUNDS) for label in labels
    )


def fit(
    stage: Stage,
    split: Split,
    labels: tuple[int, ...],
    rounds: tuple[int, ...],
    parameters: Parameters,
    *,
    others: Rows | None = None,
) -> Fits:
    """Fit each label for its number of rounds on all training rows, and score the held ones.

    Rows have the truth of the rows `others` (all rows,), or their own.
    """
    parameters = {**parameters, **split.changed}
    truth = (stage.truth() if others is None else stage.truth()[others])[split.train]
    shared = _training_part(stage.bins(split.bins, parameters), split, parameters)
    unrelated = unrelated_columns(stage, split.bins, split.train, truth[:, labels], split.networks)
    texts, raw = [], np.empty((len(split.held), len(labels)))
    for position, (label, count) in enumerate(zip(labels, rounds, strict=True)):
        target = truth[:, label]
        if target.all() or not target.any():
            texts.append("")
            raw[:, position] = prior_log_odds(target)
            continue
        learn_on = shared
        if len(unrelated[position]):
            own = _bins_without(stage, split, unrelated[position], parameters)
            learn_on = _training_part(own, split, parameters)
        learn_on.set_label(target.astype(np.float32))
        booster = lgb.train(dict(parameters), learn_on, num_boost_round=count)
        texts.append(booster.model_to_string())
        for at in range(0, len(split.held), ROWS_AT_ONCE):
            part = slice(at, at + ROWS_AT_ONCE)
            held = stage.rows(split.held[part], split.bins)
            raw[part, position] = log_odds(booster, held, int(parameters["num_threads"]))
    return Fits(tuple(texts), raw)


def log_odds(
    booster: lgb.Booster, values: NDArray[np.float32], threads: int
) -> NDArray[np.float64]:
    """Return the model's log-odds for (rows, columns) values."""
    raw = booster.predict(values, raw_score=True, num_threads=threads)
    return np.asarray(raw, dtype=np.float64)


def prior_log_odds(target: NDArray[np.bool_]) -> float:
    """Return the log-odds of a label's share, half a row added to both sides."""
    positives = float(np.sum(target)) + 0.5
    return float(np.log(positives / (len(target) + 1 - positives)))


def _bins_without(stage: Stage, split: Split, places: Rows, parameters: Parameters) -> lgb.Dataset:
    return stage.bins_without(split.bins, split.binned, places, parameters)


def _training_part(whole: lgb.Dataset, split: Split, parameters: Parameters) -> lgb.Dataset:
    """Return the split's training rows of its bins."""
    if len(split.train) == len(split.binned):
        return whole
    part = _part(whole, np.searchsorted(split.binned, split.train), parameters)
    part.reference = None  # the part is a copy: the whole need not stay in memory
    return part


def _divided(
    whole: lgb.Dataset, split: Split, stops: NDArray[np.bool_], parameters: Parameters
) -> tuple[lgb.Dataset, lgb.Dataset]:
    """Return the training rows of a split's bins in two parts, those that stop second."""
    inside = np.searchsorted(split.binned, split.train)
    learn_on, stop_on = (_part(whole, inside[rows], parameters) for rows in (~stops, stops))
    # Parts are copies, so the whole may go; what stops must refer to what learns.
    learn_on.reference, stop_on.reference = None, learn_on
    return learn_on, stop_on


def _part(whole: lgb.Dataset, rows: Rows, parameters: Parameters) -> lgb.Dataset:
    return whole.subset(rows.tolist(), params=dict(parameters)).construct()
