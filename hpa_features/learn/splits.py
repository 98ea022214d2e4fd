"""Which rows the fold models of a cross-validation learn from, and which they score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.data import TrainingData
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.tasks import Split

INNER_FOLDS = 3


def outer_splits(folds: NDArray[np.int16], networks: tuple[int, ...] = ()) -> list[Split]:
    """Return a split for each fold, with bins of its training part alone.

    Bins of all rows would depend on the held-out fold, and need memory besides those of the part.
    `networks` are the places of columns that networks gave.
    """
    splits = []
    for fold in range(int(folds.max()) + 1):
        train = np.flatnonzero(folds != fold)
        held = np.flatnonzero(folds == fold)
        splits.append(Split(f"fold-{fold}.bin", train, train, held, networks=networks))
    return splits


def inner_splits(data: TrainingData, outer: Split, seed: int) -> list[Split]:
    """Return the splits inside a training part, with its bins; each scores the outer fold, too."""
    groups = renumber(data.groups[outer.train])
    folds = min(INNER_FOLDS, int(groups.max()) + 1)
    fold = stratified_folds(data.truth[outer.train], groups, folds, seed + 1)
    return [
        replace(
            outer,
            train=outer.train[fold != k],
            held=np.sort(np.concatenate([outer.train[fold == k], outer.held])),
        )
        for k in range(folds)
    ]
