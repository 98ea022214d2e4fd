"""How far training rows lie from training rows of other folds, and so what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.boosting import Stage
from hpa_features.learn.common_shift import usual_cosines
from hpa_features.learn.crossfit import Run
from hpa_features.learn.folds import Rows
from hpa_features.learn.novelty import Distances, Usual, distances, held_cosines
from hpa_features.learn.principal import Principal, drawn_rows


def usual_rows(
    stage: Stage, bins: Sequence[str], folds: NDArray[np.int16], groups: Rows, run: Run
) -> Usual:
    """Return what is usual among the training rows.

    Parameters
    ----------
    stage
        Holds the table as each fold's training part saw it.
    bins
        Per fold, the name that it is found by.
    folds
        (rows,) fold that held the row out.
    groups
        (rows,) 0…n−1; no group lies in two folds.
    run
        Calls tasks, maybe in other processes.
    """
    held = [np.flatnonzero(folds == fold) for fold in range(len(bins))]
    tasks = [partial(_held_out, stage, name, rows, groups[rows]) for name, rows in zip(bins, held)]
    *each_fold, space = run([*tasks, partial(_whole, stage, bins[0])])
    found = [each for each, _ in each_fold]
    cosines = usual_cosines([each for _, each in each_fold])
    along, beyond = np.empty(len(folds)), np.empty(len(folds))
    for rows, each in zip(held, found):
        along[rows], beyond[rows] = each.along, each.beyond
    shares = [len(rows) / len(folds) for rows in held]
    parts = [
        np.array([each.along_parts, each.beyond_parts]) * share
        for share, each in zip(shares, found)
    ]
    return Usual.of(space, Distances(along, beyond, *np.sum(parts, axis=0)), cosines, groups)


def _held_out(
    stage: Stage, name: str, held: Rows, groups: Rows
) -> tuple[Distances, NDArray[np.float64]]:
    others = np.setdiff1d(np.arange(len(stage.values(name))), held)
    space, values = _space(stage, name, others), stage.rows(held, name)
    return distances(space, values), held_cosines(space, values, groups)


def _whole(stage: Stage, name: str) -> Principal:
    return _space(stage, name, np.arange(len(stage.values(name))))


def _space(stage: Stage, name: str, train: Rows) -> Principal:
    return Principal.of(stage.rows(drawn_rows(train), name))
