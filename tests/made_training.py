"""Small tables with a truth that some columns tell, for tests of learning."""

from __future__ import annotations

import numpy as np

from hpa_features.core.tables import Column
from hpa_features.learn.data import TrainingData


def made_training(
    *,
    groups: int = 40,
    rows_a_group: int = 3,
    columns: int = 12,
    shares: tuple[float, ...] = (0.5, 0.3, 0.4),
    signal: float = 2.0,
    seed: int = 0,
) -> TrainingData:
    """Return rows whose first columns lie `signal` SDs higher where the label of that number is.

    A label's share of the groups, where it is 1 or more, is their number.
    """
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), rows_a_group)
    ranks = rng.random((groups, len(shares))).argsort(axis=0)
    wanted = [share if share >= 1 else round(share * groups) for share in shares]
    of_groups = ranks < np.array(wanted)
    truth = of_groups[group]
    values = rng.normal(size=(len(group), columns))
    values[:, : len(shares)] += signal * truth
    return TrainingData(
        ids=tuple(f"row{index:04d}" for index in range(len(group))),
        columns=tuple(
            Column(f"{'abc'[index % 3]}_{index}", "abc"[index % 3]) for index in range(columns)
        ),
        values=values.astype(np.float32),
        labels=tuple(f"label{index}" for index in range(len(shares))),
        truth=truth,
        groups=group,
        group_names=tuple(f"g{index:03d}" for index in range(groups)),
        group_column="Group",
    )


def serial(tasks, *_, **__):
    """Call tasks one after the other."""
    return [task() for task in tasks]
