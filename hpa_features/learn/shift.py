"""Do two sets of rows differ? Column by column, and by a classifier two-sample test.

Classifier two-sample test (Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests",
ICLR), with AUC in place of accuracy, so that sets of unequal size need no balancing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.bootstrap import QUANTILES, Interval
from hpa_features.learn.folds import Rows, stratified_folds

FEWEST_GROUPS = 6  # in each set; with fewer the answer is chance whatever it says
_FOLDS = 5
_ROUNDS = 100
_ROWS_PER_LEAF = 20  # training rows for each row that a leaf needs, so that few rows split at all
_PERMUTATIONS = 1000


@dataclass(frozen=True, slots=True)
class TwoSample:
    """How well a classifier separates the two sets on held-out groups.

    Attributes
    ----------
    auc
        Chance that a row of the second set gets a higher score than one of the first: 0.5 when
        nothing separates them, 1 when every row shows its set.
    chance
        95 % of the AUCs that the same scores reach when groups are assigned to the sets at random.
    p
        Share of such AUCs, the real one among them, that are at least as high.
    """

    auc: float
    chance: Interval
    p: float


def column_aucs(values: NDArray[np.float32], second: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (columns,) chance that a value of the second set is higher than one of the first.

    Ties count half, undefined values not at all; NaN where a set has no value (Mann & Whitney
    1947, U / (n·m)).
    """
    from scipy.stats import rankdata

    aucs = np.full(values.shape[1], np.nan)
    for column, every in enumerate(values.T):
        known = ~np.isnan(every)
        mine = second[known]
        if mine.any() and not mine.all():
            aucs[column] = _auc(rankdata(every[known]), mine)
    return aucs


def two_sample(
    values: NDArray[np.float32],
    second: NDArray[np.bool_],
    groups: Rows,
    *,
    seed: int = 0,
    threads: int = 1,
) -> TwoSample | None:
    """Return how well boosted trees separate the sets; None with under six groups in a set.

    Parameters
    ----------
    values
        (rows, columns) float32.
    second
        (rows,) bool: rows of the second set.
    groups
        (rows,) 0…n−1; rows of a group are scored by a model that saw none of them.
    seed
        Seeds folds, trees and permutations.
    threads
        LightGBM's.
    """
    units, unit_of = _units(second, groups)
    if min(np.bincount(units, minlength=2)) < FEWEST_GROUPS:
        return None
    fold = stratified_folds(second[:, None], groups, _FOLDS, seed)
    scores = _held_out_scores(values, second, fold, seed, threads)
    return _judge(scores, fold, units, unit_of, seed)


def _units(second: NDArray[np.bool_], groups: Rows) -> tuple[NDArray[np.bool_], Rows]:
    """Return the set of each unit, and the unit of each row: the rows of a group in one set."""
    known, unit_of = np.unique(2 * groups + second, return_inverse=True)
    return known % 2 == 1, unit_of


def _held_out_scores(
    values: NDArray[np.float32], second: NDArray[np.bool_], fold: NDArray[np.int16], *how: int
) -> NDArray[np.float64]:
    import lightgbm as lgb

    from hpa_features.learn.boosting import learner

    seed, threads = how
    scores = np.empty(len(values))
    for held in np.unique(fold):
        rest = fold != held
        count = int(rest.sum())
        parameters = learner(count, values.shape[1], seed=seed, threads=threads)
        leaf = min(parameters["min_data_in_leaf"], max(2, count // _ROWS_PER_LEAF))
        parameters["min_data_in_leaf"] = leaf
        known = lgb.Dataset(values[rest], second[rest].astype(np.float32), params=parameters)
        booster = lgb.train(parameters, known, num_boost_round=_ROUNDS)
        scores[~rest] = np.asarray(booster.predict(values[~rest], num_threads=threads))
    return scores


def _judge(
    scores: NDArray[np.float64],
    fold: NDArray[np.int16],
    units: NDArray[np.bool_],
    unit_of: Rows,
    seed: int,
) -> TwoSample:
    """Compare within folds, whose models are different ones, and add up the comparisons."""
    from scipy.stats import rankdata

    rng = np.random.default_rng(seed)
    wins, all_pairs = np.zeros(1 + _PERMUTATIONS), np.zeros(1 + _PERMUTATIONS)
    for held in np.unique(fold):
        rows = np.flatnonzero(fold == held)
        inside, which = np.unique(unit_of[rows], return_inverse=True)
        sizes = np.bincount(which).astype(np.float64)
        ranks = np.bincount(which, weights=rankdata(scores[rows]))
        dealt = np.tile(units[inside], (1 + _PERMUTATIONS, 1))
        dealt[1:] = rng.permuted(dealt[1:], axis=1)  # the first row stays what is
        count = dealt @ sizes
        wins += dealt @ ranks - count * (count + 1) / 2
        all_pairs += count * (len(rows) - count)
    aucs = wins / np.maximum(all_pairs, 1)
    low, high = np.quantile(aucs[1:], QUANTILES)
    return TwoSample(float(aucs[0]), (float(low), float(high)), float(np.mean(aucs >= aucs[0])))


def _auc(ranks: NDArray[np.float64], second: NDArray[np.bool_]) -> float:
    count = int(second.sum())
    wins = float(ranks[second].sum()) - count * (count + 1) / 2
    return wins / (count * (len(ranks) - count))
