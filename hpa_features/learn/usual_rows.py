"""How far training rows lie from training rows of other folds, and so what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.aspect import Aspect
from hpa_features.learn.distances import Distances
from hpa_features.learn.folds import Rows
from hpa_features.learn.novelty import Usual
from hpa_features.learn.principal import Principal, drawn_rows
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Run

Values = NDArray[np.float32]


def usual_rows(
    stage: Stage,
    bins: Sequence[str],
    folds: NDArray[np.int16],
    groups: Rows,
    aspects: Sequence[Rows],
    run: Run,
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
    aspects
        Places of the columns that are looked at together (`aspects_of`).
    run
        Calls tasks, maybe in other processes.
    """
    held = [np.flatnonzero(folds == fold) for fold in range(len(bins))]
    tasks = [
        partial(_held_out, stage, name, rows, groups[rows], aspects)
        for name, rows in zip(bins, held)
    ]
    whole = partial(_whole, stage, bins[0], aspects)
    *each_fold, spaces = run([*tasks, whole], "measuring distances")
    distances = [Distances.join(of_folds, held) for of_folds in zip(*each_fold)]
    usual = [
        Aspect.of(columns, space, far, groups)
        for columns, space, far in zip(aspects, spaces, distances)
    ]
    return Usual.of(usual, distances, groups)


def _held_out(
    stage: Stage, name: str, held: Rows, groups: Rows, aspects: Sequence[Rows]
) -> list[Distances]:
    others = np.setdiff1d(np.arange(len(stage.values(name))), held)
    spaces, values = _spaces(stage, name, others, aspects), stage.rows(held, name)
    return [
        Distances.of(space, _columns(values, columns), groups)
        for space, columns in zip(spaces, aspects)
    ]


def _whole(stage: Stage, name: str, aspects: Sequence[Rows]) -> list[Principal]:
    return _spaces(stage, name, np.arange(len(stage.values(name))), aspects)


def _spaces(stage: Stage, name: str, train: Rows, aspects: Sequence[Rows]) -> list[Principal]:
    values = stage.rows(drawn_rows(train), name)
    return [Principal.of(_columns(values, columns)) for columns in aspects]


def _columns(values: Values, columns: Rows) -> Values:
    """Return these columns, not as a copy where they are all."""
    return values if len(columns) == values.shape[1] else values[:, columns]
