"""Labels that are probably wrong: out-of-fold predictions confidently disagree with them.

Confident learning (Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in
dataset labels", JAIR 70, equations 1 and 2), each label of a multi-label table as two classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LabelError:
    """One label of one row that the model disagrees with.

    Attributes
    ----------
    row, label
        Which.
    given
        Whether the row has the label.
    probability
        Of the label, out-of-fold.
    """

    row: int
    label: int
    given: bool
    probability: float

    @property
    def doubt(self) -> float:
        """The probability that what is given is wrong."""
        return 1 - self.probability if self.given else self.probability


def label_errors(
    truth: NDArray[np.bool_], probability: NDArray[np.float64], labels: Sequence[int]
) -> tuple[LabelError, ...]:
    """Return the possible label errors, the most probable first.

    A row counts as confidently of a class when its probability reaches the mean probability of
    the rows that are given that class; of both, it counts as the more probable. A possible error
    is a row that counts confidently as the class that it was not given.

    Parameters
    ----------
    truth
        (rows, labels) bool, as given.
    probability
        (rows, labels) float64: calibrated, out-of-fold.
    labels
        The columns to look at: those that can be learned at all.
    """
    found: list[LabelError] = []
    for label in labels:
        given, likely = truth[:, label], probability[:, label]
        if given.all() or not given.any():
            continue
        has = likely >= likely[given].mean()
        has_not = 1 - likely >= 1 - likely[~given].mean()
        missing = ~given & has & (~has_not | (likely > 0.5))
        wrong = given & has_not & (~has | (likely < 0.5))
        found += [
            LabelError(int(row), int(label), bool(given[row]), float(likely[row]))
            for row in np.flatnonzero(missing | wrong)
        ]
    return tuple(sorted(found, key=lambda each: (-each.doubt, each.row, each.label)))
