"""How far a block's values lie apart between rows with a label and rows without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """Mean value of rows with a label minus that of rows without it; all (…,) per block.

    Attributes
    ----------
    value
        The difference; 0 where one of both kinds of rows is missing.
    error
        Its standard error, by groups: rows of a group are not independent.
    """

    value: Floats
    error: Floats

    @classmethod
    def of(cls, values: Floats, truth: NDArray[np.bool_], groups: NDArray[np.intp]) -> Separation:
        """Return it for (rows, …) values of blocks, by (rows,) truth and groups 0…n−1.

        The error is that of the slope of a line through a 0/1 variable with residuals added up
        group by group (Liang & Zeger 1986), without a correction for few groups.
        """
        if truth.all() or not truth.any():
            nothing = np.zeros(values.shape[1:])
            return cls(nothing, nothing)
        high, low = values[truth].mean(axis=0), values[~truth].mean(axis=0)
        rows = np.where(truth, 1 / truth.sum(), -1 / (~truth).sum())
        shape = (-1,) + (1,) * (values.ndim - 1)
        kind = truth.reshape(shape)
        residuals = (values - np.where(kind, high, low)) * rows.reshape(shape)
        sums = np.zeros((int(groups.max()) + 1, *values.shape[1:]))
        np.add.at(sums, groups, residuals)
        return cls(np.asarray(high - low), np.sqrt(np.sum(sums**2, axis=0)))


def chance_ratio(shuffled: Sequence[Separation], share: float) -> float:
    """Return the ratio of separation to its error that a `share` of blocks exceeds by chance.

    Of blocks that trainings on shuffled labels used at all: trees that find nothing use few, and
    counting the others would make the level too low.
    """
    value = np.concatenate([each.value for each in shuffled])
    error = np.concatenate([each.error for each in shuffled])
    used = error > 0
    if not used.any():
        return 0.0
    return max(float(np.quantile(value[used] / error[used], 1 - share)), 0.0)
