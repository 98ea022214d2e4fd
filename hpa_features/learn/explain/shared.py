"""What all steps of diagnostics share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.background import Background
from hpa_features.learn.data import TrainingData
from hpa_features.learn.fold_models import FoldModels
from hpa_features.learn.folds import Rows
from hpa_features.learn.importance import blocks_of
from hpa_features.learn.model import Model
from hpa_features.learn.splits import outer_splits
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Run, Split

_MOST_ROWS = 1500
_FIRST_POSITIVES = 20
_LABELS_A_TASK = 4


@dataclass(frozen=True, slots=True)
class Shared:
    """A training that has ended, and what its diagnostics work with.

    Attributes
    ----------
    data
        What was learned from.
    models
        All fold models, as trained.
    model
        What is delivered.
    parameters
        LightGBM's.
    stage
        Holds the table as each fold's training part saw it.
    run
        Calls tasks.
    seed
        Seeds all draws.
    background
        Rows that values are held against.
    labels
        Numbers of the labels that the model learned.
    blocks
        Places of each block's columns.
    splits
        Per fold.
    rows
        Sorted rows that values are computed of: all, or at most 1,500.
    """

    data: TrainingData
    models: FoldModels
    model: Model
    parameters: Parameters
    stage: Stage
    run: Run
    seed: int
    background: Background
    labels: tuple[int, ...]
    blocks: dict[str, Rows]
    splits: list[Split]
    rows: Rows

    @classmethod
    def of(
        cls,
        data: TrainingData,
        models: FoldModels,
        model: Model,
        background: Background,
        parameters: Parameters,
        stage: Stage,
        run: Run,
        seed: int,
    ) -> Shared:
        """Return what follows from a training."""
        splits = outer_splits(models.folds, data.networks)
        if models.tuned:
            splits = [replace(s, changed=t.changed) for s, t in zip(splits, models.tuned)]
        labels = tuple(at for at, each in enumerate(model.choices) if each.calibrator is not None)
        rows = _some_rows(data.truth[:, labels], seed)
        given = data, models, model, parameters, stage, run, seed, background
        return cls(*given, labels, blocks_of(model.seen), splits, rows)

    def places(self, fold: int) -> Rows:
        """Return the places among `rows` of those that a fold held out."""
        return np.flatnonzero(self.models.folds[self.rows] == fold)

    def held(self, fold: int) -> Rows:
        """Return those of `rows` that a fold held out."""
        return self.rows[self.places(fold)]

    def rounds(self, fold: int, labels: Sequence[int]) -> tuple[int, ...]:
        """Return how many trees a fold's model has for each of some labels."""
        return tuple(int(self.models.rounds[fold, label]) for label in labels)

    def chunks(self) -> list[tuple[int, ...]]:
        """Return the labels, some at a time."""
        ends = [*range(0, len(self.labels), _LABELS_A_TASK), len(self.labels)]
        return [self.labels[begin:end] for begin, end in pairwise(ends)]


def _some_rows(truth: NDArray[np.bool_], seed: int) -> Rows:
    """Return sorted rows, all or about 1,500, with some of the positives of every label."""
    order = np.random.default_rng((seed, len(truth))).permutation(len(truth))
    if len(truth) <= _MOST_ROWS:
        return np.sort(order)
    first = [order[truth[order, label]][:_FIRST_POSITIVES] for label in range(truth.shape[1])]
    chosen = dict.fromkeys(np.concatenate([*first, order]).tolist())
    return np.sort(np.array(list(chosen)[: max(_MOST_ROWS, sum(map(len, first)))]))
