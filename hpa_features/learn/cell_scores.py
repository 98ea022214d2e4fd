"""Scores of single-cell models per image: columns that a few cells can decide.

A cell's label is its image's (the single-instance view of Dietterich, Lathrop & Lozano-Pérez 1997:
a bag is positive when some of its instances are). Inside a training part, three models each learn
from the cells of two thirds of its groups; an image is scored by models that were not
trained on it: an image of the part by the one whose thirds do not contain it, any other by the mean
over all three. So the scores that members learn from are distributed like those of new images
(stacking: Wolpert 1992).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import DataError
from hpa_features.core.tables import Column
from hpa_features.learn.boosting import columns_a_tree, log_odds, shared
from hpa_features.learn.cells import Cells
from hpa_features.learn.data import TrainingData
from hpa_features.learn.folds import Rows, renumber, stratified_folds
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Run, Split

Floats = NDArray[np.float64]

BLOCK = "CellScores"
PARTS = 3
SUMMARIES = ("Mean", "Top", "Share")
_TOP_SHARE = 20  # the top cells are one in twenty, as in the image table's _Top
_QUANTILE = 0.95
_MOST_CELLS = 20_000
_ROUNDS = 60
_LABELS_A_TASK = 8
_CELLS_AT_ONCE = 65_536
_MEANINGS = {
    "Mean": "Mean score of the cells for {}.",
    "Top": "Mean score of the top 5 % of cells for {}.",
    "Share": "Share of cells whose score for {} exceeds that of 95 % of the cells in other images.",
}


def score_columns(labels: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of `summarized` scores of these labels, in order."""
    return tuple(
        Column(f"{BLOCK}_{label}_{each}", BLOCK, meaning=_MEANINGS[each].format(label))
        for label in labels
        for each in SUMMARIES
    )


def summarized(scores: Floats, starts: Rows, cuts: Floats) -> Floats:
    """Return (images, labels, 3) summaries of cells' log-odds; NaN for images without cells.

    Mean; mean of the ⌈n/20⌉ highest; share above the label's cut.

    Parameters
    ----------
    scores
        (labels, cells) log-odds, each label's next to one another.
    starts
        (images + 1,) as `Cells` has them.
    cuts
        (labels,).
    """
    told = np.full((len(starts) - 1, len(scores), len(SUMMARIES)), np.nan)
    for image, (begin, end) in enumerate(pairwise(starts)):
        if begin < end:
            cells = np.sort(scores[:, begin:end], axis=1)
            top = cells[:, -math.ceil((end - begin) / _TOP_SHARE) :]
            above = (cells > cuts[:, None]).mean(axis=1)
            told[image] = np.column_stack([cells.mean(axis=1), top.mean(axis=1), above])
    return told


@dataclass(frozen=True, slots=True, eq=False)
class CellModel:
    """Models of single cells fitted on two thirds of a training part.

    Attributes
    ----------
    texts
        (labels,) LightGBM's text.
    cuts
        (labels,) 95th percentile of the log-odds of cells in images without the label, over the
        held-out third.
    """

    texts: tuple[str, ...]
    cuts: Floats

    def summaries(self, cells: Cells, threads: int) -> Floats:
        """Return (images, labels, 3) as `summarized` gives them."""
        return summarized(self.scores(cells.values, threads), cells.starts, self.cuts)

    def scores(self, values: NDArray[np.float32], threads: int) -> Floats:
        """Return (labels, cells) log-odds of (cells, columns) values."""
        boosters = [lgb.Booster(model_str=text) for text in self.texts]
        return _scores(boosters, values, np.arange(len(values)), threads)


@dataclass(frozen=True, slots=True, eq=False)
class CellScorer:
    """The three cell models of one training part.

    Attributes
    ----------
    labels
        Names of the labels that they score.
    models
        (3,) of the same labels.
    """

    labels: tuple[str, ...]
    models: tuple[CellModel, ...]

    def columns(self, cells: Cells, *, threads: int = 1) -> NDArray[np.float32]:
        """Return (images, 3 · labels) summaries for images outside the training part."""
        total = np.zeros((len(cells.starts) - 1, len(self.labels), len(SUMMARIES)))
        for model in self.models:
            total += model.summaries(cells, threads)
        return _laid_out(total / len(self.models))

    def log_odds(self, values: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """Return (cells, labels) mean log-odds of cells in images outside the training part."""
        each = [model.scores(values, threads) for model in self.models]
        return np.asarray(np.mean(each, axis=0).T)


@dataclass(frozen=True, slots=True)
class CellPart:
    """Images of a training part in two thirds and one, and all others.

    Attributes
    ----------
    train
        Sorted images to learn from.
    left_out
        Sorted images of the part's other third.
    held
        Sorted images to score: all but `train`.
    seed
        What decides which cells are drawn.
    """

    train: Rows
    left_out: Rows
    held: Rows
    seed: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PartFits:
    """What a task gives: the model of some labels, and its (held images, labels, 3) summaries."""

    model: CellModel
    told: Floats


def score_cells(
    data: TrainingData,
    cells: Cells,
    outer: Sequence[Split],
    stage: Stage,
    run: Run,
    parameters: Parameters,
) -> list[CellScorer]:
    """Fit cell models in every training part, and lay out the table as the part sees it.

    Parameters
    ----------
    data
        The images.
    cells
        Theirs.
    outer
        Splits with bins of their own, since labels are read.
    stage
        Gets the cells, and a part table for each split: the table's columns, then `score_columns`.
    run
        Calls tasks.
    parameters
        Of the training; what all its trees share is taken from them.

    Returns
    -------
    list[CellScorer]
        One a split, all of the same labels.

    Raises
    ------
    DataError
        Some third of some training part has all groups with, or without, every label.
    """
    stage.lay_out_cells(cells)
    seed = int(parameters["seed"])
    parts = [_parts(data, split, fold, seed) for fold, split in enumerate(outer)]
    scored = _can_be_scored(data, cells, [part for each in parts for part in each])
    chunks = [scored[at : at + _LABELS_A_TASK] for at in range(0, len(scored), _LABELS_A_TASK)]
    tasks = [
        partial(fit_part, stage, part, chunk, parameters)
        for each in parts
        for part in each
        for chunk in chunks
    ]
    fits = iter(run(tasks, "scoring cells"))
    scorers = []
    for split, each in zip(outer, parts):
        found = [_joined([next(fits) for _ in chunks]) for _ in each]
        told = _told(each, [part.told for part in found], len(data.ids))
        stage.lay_out_part(split.bins, np.hstack([data.values, _laid_out(told)]))
        names = tuple(data.labels[label] for label in scored)
        scorers.append(CellScorer(names, tuple(part.model for part in found)))
    return scorers


def fit_part(
    stage: Stage, part: CellPart, labels: tuple[int, ...], parameters: Parameters
) -> PartFits:
    """Fit the cell models of some labels on a part's training images, and score the others."""
    cells, truth = stage.cells(), stage.truth()[:, labels]
    places, owners = cells.draw(part.train, _MOST_CELLS, np.random.default_rng(part.seed))
    chosen = _parameters(cells.values.shape[1], parameters)
    learn_on = lgb.Dataset(cells.values[places], label=np.zeros(len(places)), params=chosen)
    boosters = []
    for position in range(len(labels)):
        learn_on.construct().set_label(truth[owners, position].astype(np.float32))
        boosters.append(lgb.train(dict(chosen), learn_on, num_boost_round=_ROUNDS))
    threads = int(parameters["num_threads"])
    scores = _scores(boosters, cells.values, cells.places(part.held), threads)
    counts = cells.counts[part.held]
    owner = np.repeat(part.held, counts)
    unseen = np.isin(owner, part.left_out)
    without = ~truth[owner[unseen]]
    cuts = [_cut(each[unseen], without[:, position]) for position, each in enumerate(scores)]
    model = CellModel(tuple(each.model_to_string() for each in boosters), np.array(cuts))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return PartFits(model, summarized(scores, starts, model.cuts))


def _parameters(columns: int, parameters: Parameters) -> dict[str, Any]:
    """Return LightGBM's parameters: few, small trees, each of a tenth of the columns."""
    return {
        **shared(parameters),
        "learning_rate": 0.1,
        "num_leaves": 15,
        "max_bin": 31,
        "feature_fraction": columns_a_tree(0.1, columns),
    }


def _parts(data: TrainingData, split: Split, fold: int, seed: int) -> list[CellPart]:
    """Return a training part's three divisions, no group in two thirds."""
    rows = split.train
    groups = renumber(data.groups[rows])
    if int(groups.max()) + 1 < PARTS:
        raise DataError(
            f"Cells are scored by thirds of each training part's groups, but one part has "
            f"{int(groups.max()) + 1} groups.",
            hint="Use --train-on image, or --group none to treat each row as a group.",
        )
    third = stratified_folds(data.truth[rows], groups, PARTS, seed + 2)
    return [
        CellPart(
            train=rows[third != number],
            left_out=rows[third == number],
            held=np.setdiff1d(np.arange(len(data.ids)), rows[third != number]),
            seed=(seed, fold, number),
        )
        for number in range(PARTS)
    ]


def _can_be_scored(data: TrainingData, cells: Cells, parts: Sequence[CellPart]) -> tuple[int, ...]:
    """Return the labels that images with cells show, and show not, in all training images.

    Raises
    ------
    DataError
        There is none.
    """
    some = cells.counts > 0
    able = np.ones(len(data.labels), dtype=np.bool_)
    for part in parts:
        truth = data.truth[part.train[some[part.train]]]
        able &= truth.any(axis=0) & ~truth.all(axis=0)
    if not able.any():
        raise DataError(
            "No label has images with it, and without, in every third of the training parts, so "
            "cells cannot be scored.",
            hint="Use --train-on image.",
        )
    return tuple(int(label) for label in np.flatnonzero(able))


def _scores(
    boosters: Sequence[lgb.Booster], values: NDArray[np.float32], places: Rows, threads: int
) -> Floats:
    """Return (labels, places) log-odds of the cells at these places."""
    scores = np.empty((len(boosters), len(places)))
    for at in range(0, len(places), _CELLS_AT_ONCE):
        some = values[places[at : at + _CELLS_AT_ONCE]]
        for label, booster in enumerate(boosters):
            scores[label, at : at + len(some)] = log_odds(booster, some, threads)
    return scores


def _cut(scores: Floats, without: NDArray[np.bool_]) -> float:
    """Return the 95th percentile of cells without the label, of all where there is none such."""
    pool = scores[without] if without.any() else scores
    return float(np.quantile(pool, _QUANTILE)) if pool.size else 0.0


def _joined(fits: Sequence[PartFits]) -> PartFits:
    """Return the fits of chunks of labels as those of all."""
    texts = tuple(text for each in fits for text in each.model.texts)
    cuts = np.concatenate([each.model.cuts for each in fits])
    return PartFits(CellModel(texts, cuts), np.concatenate([each.told for each in fits], axis=1))


def _told(parts: Sequence[CellPart], told: Sequence[Floats], images: int) -> Floats:
    """Return (images, labels, 3): for each image the mean over the models not trained on it."""
    total, models = np.zeros((images, *told[0].shape[1:])), np.zeros((images, 1, 1))
    for part, each in zip(parts, told):
        total[part.held] += each
        models[part.held] += 1
    return np.asarray(total / models)


def _laid_out(told: Floats) -> NDArray[np.float32]:
    """Return (images, labels, 3) as (images, columns) in the order of `score_columns`."""
    return np.ascontiguousarray(told.reshape(len(told), -1), dtype=np.float32)
