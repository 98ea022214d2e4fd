"""Which columns of networks a label's trees may split on: those related to it beyond chance.

Boosting searches all columns for the split that fits best. Among a thousand columns of noise some
separate the rows of a small table by luck, and are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hpa_features.learn.folds import Rows
from hpa_features.learn.inputs import Inputs, squared_correlations
from hpa_features.learn.stage import Stage

# How probable it is that chance admits any of the columns, if none is related (Bonferroni).
_RISK = 0.05


def unrelated_columns(
    stage: Stage, bins: str, rows: Rows, truth: NDArray[np.bool_], networks: Sequence[int]
) -> list[Rows]:
    """Return for each label the places of the columns of networks that are not related to it.

    Parameters
    ----------
    stage, bins
        The table, as `Stage.values` finds it.
    rows
        Sorted rows to learn from.
    truth
        (rows, labels) theirs.
    networks
        Places of the columns that networks gave.
    """
    places = np.array(networks, dtype=np.intp)
    if not len(places):
        return [places] * truth.shape[1]
    return [places[~each] for each in related(stage.rows(rows, bins, places), truth).T]


def related(values: NDArray[np.float32], truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (columns, labels) whether a column's normal scores correlate beyond chance.

    Of an unrelated column the squared correlation times the rows is about χ² with one degree of
    freedom.
    """
    squares = squared_correlations(Inputs.unweighted(values).apply(values), truth)
    return np.asarray(squares * len(values) > ndtri(_RISK / (2 * values.shape[1])) ** 2)
