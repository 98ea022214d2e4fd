"""How unlike the training data rows are, each and together.

A row's novelty is its distance from the training rows in the aspect (`learn.aspect`) in which it
lies farthest out. With 95 % confidence at most one in a hundred rows of the training rows' kind
lies above 1, the limit: a tolerance limit (Hahn & Meeker 1991, "Statistical Intervals", section
4.6) of the training rows' log distances, each from rows of other groups and folds.

What all rows of a microscope share moves all of them a little and none beyond that limit, so rows
are also judged together: normal scores of their ranks among those training rows (van der Waerden
1952), added as Stouffer 1949 does, with the design effect of Kish 1965 because rows of a group are
alike; and by whether they lie off to one side (`learn.common_shift`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import nctdtrit, ndtri

from hpa_features.learn.aspect import LIMIT, Aspect, Found, likeness
from hpa_features.learn.common_shift import design_effect, rows_of_a_group
from hpa_features.learn.distances import Distances
from hpa_features.learn.folds import Rows

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

_CONFIDENCE = 0.95
_NEAR = 0.1  # rows within a tenth of the 99th percentile tell nothing of how far others lie
_FEWEST_ROWS = 5  # independent ones; with fewer the limit would be beyond all reach


@dataclass(frozen=True, slots=True)
class Together:
    """Rows judged as a whole.

    Attributes
    ----------
    share
        Share of training rows that lie less far out than the median row.
    chance
        Chance that rows of the training rows' kind lie as far out, or as much to one side.
    block
        The block most outside over all rows, empty where nothing is.
    """

    share: float
    chance: float
    block: str


@dataclass(frozen=True, slots=True)
class Unlike:
    """How unlike the training data rows are.

    Attributes
    ----------
    novelty
        (rows,) distance; 1 is the limit.
    block
        (rows,) the block most outside, empty where nothing is.
    together
        All rows as a whole; None without rows.
    """

    novelty: Floats
    block: tuple[str, ...]
    together: Together | None


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual among training rows.

    Attributes
    ----------
    aspects
        What is usual in all columns, and in those of the landmarks where there are both kinds.
    group_rows
        Rows of a group (`rows_of_a_group`).
    """

    aspects: tuple[Aspect, ...]
    group_rows: float

    @classmethod
    def of(cls, aspects: Sequence[Aspect], held: Sequence[Distances], groups: Rows) -> Usual:
        """Return what is usual.

        Parameters
        ----------
        aspects
            Each with a limit of its own.
        held
            For each, distances of all training rows from rows of other folds.
        groups
            (rows,) 0…n−1.
        """
        farthest = np.max(
            [each.novelty(far.along, far.beyond) for each, far in zip(aspects, held)], axis=0
        )
        limit = max(float(np.quantile(farthest, LIMIT)), _tolerance_limit(farthest, groups), 1.0)
        return cls(tuple(each.with_limit(limit) for each in aspects), rows_of_a_group(groups))

    def judge(self, values: Values, blocks: Sequence[str], groups: Rows | None = None) -> Unlike:
        """Return how unlike the training data (rows, columns) values are.

        Parameters
        ----------
        blocks
            (columns,) block of each column.
        groups
            (rows,) 0…n−1, where known. Rows are taken to come in groups as large as those of the
            training rows at least, because fields of one protein may not be marked as such.
        """
        if not len(values):
            return Unlike(np.empty(0), (), None)
        names, which = np.unique(np.array(blocks), return_inverse=True)
        member = which[:, None] == np.arange(len(names))
        found = [aspect.find(values, member) for aspect in self.aspects]
        every = np.array([each.novelty for each in found])
        farthest = every.argmax(axis=0)
        surplus = np.array([each.surplus for each in found])[farthest, np.arange(len(values))]
        known = 1.0 if groups is None else rows_of_a_group(groups)
        group_rows = min(max(known, self.group_rows), len(values))
        return Unlike(
            every.max(axis=0), _most(surplus, names), self._together(found, names, group_rows)
        )

    def _together(
        self, found: Sequence[Found], names: NDArray[np.str_], group_rows: float
    ) -> Together:
        chances = np.array(
            [
                aspect.chances(each, group_rows, self.group_rows)
                for aspect, each in zip(self.aspects, found)
            ]
        )
        at = int(chances.min(axis=1).argmin())
        return Together(
            share=self.aspects[at].share(found[at]),
            chance=float(min(1, chances.size * chances.min())),  # Bonferroni
            block=_most(found[at].surplus.mean(axis=0, keepdims=True), names)[0],
        )


def _tolerance_limit(distances: Floats, groups: Rows) -> float:
    """Return the limit, by a log-normal distribution of distances in groups."""
    logs = np.log(np.maximum(distances, _NEAR))
    design = design_effect(rows_of_a_group(groups), likeness(logs, groups))
    rows = max(len(logs) / design, _FEWEST_ROWS)
    factor = nctdtrit(rows - 1, ndtri(LIMIT) * np.sqrt(rows), _CONFIDENCE) / np.sqrt(rows)
    return float(np.exp(logs.mean() + factor * logs.std()))


def _most(surplus: Floats, names: NDArray[np.str_]) -> tuple[str, ...]:
    """Return the block of most surplus for each row of (rows, blocks)."""
    most = surplus.argmax(axis=1)
    return tuple(str(names[k]) if row[k] > 0 else "" for k, row in zip(most, surplus))
