"""Whether more groups would help: how labels are ranked by trees of fewer groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.reasons import LearningCurve
from hpa_features.learn.explain.retrain import fewer_groups, some_groups
from hpa_features.learn.explain.shared import Shared
from hpa_features.learn.folds import Rows, positive_groups, renumber
from hpa_features.learn.metrics import average_precision

Floats = NDArray[np.float64]

SHARES = (0.25, 0.5)
"""Of the training groups; all of them are the model's own trees."""


def learning_curves(shared: Shared) -> tuple[LearningCurve, ...]:
    """Return the learning curve of each label that the model learned."""
    parts = [
        [
            some_groups(shared.data.groups, split.train, share, (shared.seed, fold))
            for fold, split in enumerate(shared.splits)
        ]
        for share in SHARES
    ]
    raw = np.concatenate([_of_fewer(shared, parts), _of_all(shared)[None]])
    parts.append([split.train for split in shared.splits])
    return tuple(_curve(shared, at, raw[:, :, at], parts) for at in range(len(shared.labels)))


def _of_fewer(shared: Shared, parts: Sequence[Sequence[Rows]]) -> Floats:
    """Return (shares, rows, labels) log-odds of held-out rows by trees of these rows."""
    jobs = [
        (point, fold, chunk)
        for point in range(len(parts))
        for fold in range(len(shared.splits))
        for chunk in shared.chunks()
    ]
    tasks = [
        partial(
            fewer_groups,
            shared.stage,
            shared.splits[fold],
            chunk,
            shared.rounds(fold, chunk),
            shared.parameters,
            parts[point][fold],
        )
        for point, fold, chunk in jobs
    ]
    raw = np.empty((len(parts), len(shared.data.ids), len(shared.labels)))
    found = shared.run(tasks, "training on fewer groups")
    for (point, fold, chunk), scores in zip(jobs, found):
        columns = [shared.labels.index(label) for label in chunk]
        raw[point, shared.splits[fold].held[:, None], columns] = scores
    return raw


def _of_all(shared: Shared) -> Floats:
    """Return (rows, labels) log-odds of held-out rows by the model's trees alone."""
    raw = np.empty((len(shared.data.ids), len(shared.labels)))
    for split, member in zip(shared.splits, shared.model.members):
        held = shared.stage.rows(split.held, split.bins)
        for at, label in enumerate(shared.labels):
            raw[split.held, at] = member.tree_scores(label, held)
    return raw


def _curve(shared: Shared, at: int, raw: Floats, parts: Sequence[Sequence[Rows]]) -> LearningCurve:
    """Return the curve of a label from (points, rows) log-odds."""
    label = shared.labels[at]
    truth, groups = shared.data.truth[:, label], shared.data.groups
    held = [split.held for split in shared.splits if truth[split.held].any()]
    each = [[average_precision(truth[rows], scores[rows]) for rows in held] for scores in raw]
    counts = [[_counts(truth[rows], groups[rows]) for rows in part] for part in parts]
    of_all, positive = np.mean(counts, axis=1).T
    return LearningCurve(
        label=shared.data.labels[label],
        groups=of_all,
        positive_groups=positive,
        precision=np.array([average_precision(truth, scores) for scores in raw]),
        spread=np.std(each, axis=1, ddof=1) if len(held) > 1 else np.zeros(len(raw)),
    )


def _counts(truth: NDArray[np.bool_], groups: Rows) -> tuple[int, int]:
    """Return how many groups there are, and how many have a positive row."""
    numbers = renumber(groups)
    return int(numbers.max()) + 1, int(positive_groups(truth[:, None], numbers)[0])
