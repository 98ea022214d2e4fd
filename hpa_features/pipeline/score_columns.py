"""Columns that are scores of labels: whose they are, and whether softmax has distorted them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.train_settings import TrainSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.learn.data import TrainingData

_FEWEST = 5  # columns of one set of scores; fewer sum to 1 for other reasons (shares of a whole)
_ROUNDING = 1e-3
_GLANCE = 64
_NUMBERS = re.compile(r"\d+")


def check_scores(data: TrainingData, settings: TrainSettings, progress: Progress) -> None:
    """Note which labels have no scores of their own, and warn of scores that sum to 1.

    Raises
    ------
    UsageError
        The pattern of own columns matches nothing, or there are too many rows to judge them.
    """
    from hpa_features.io.arrow import name_some
    from hpa_features.learn.own_scores import own_columns

    own = own_columns(data.columns, data.labels, settings.own_label_columns)
    if own and len(data.ids) > settings.nested_rows:
        raise UsageError(
            f"--own-label-columns needs a nested training, and {len(data.ids):,} rows are more "
            f"than --nested-rows {settings.nested_rows}.",
            hint=f"Add --nested-rows {len(data.ids)}, which takes longer.",
        )
    lacking = [label for label, places in zip(data.labels, own) if not places]
    if lacking:
        progress.note(f"No column is a score of {name_some(lacking)}.")
    several = bool((data.truth.sum(axis=1) > 1).any())
    for places in _score_sets(data, own) if several else ():
        _warn_of_softmax(data, places, progress)


def _score_sets(data: TrainingData, own: tuple[tuple[int, ...], ...]) -> Iterator[list[int]]:
    """Yield the places of columns that may be scores of several labels by one classifier.

    They are the own columns of labels that differ in the label only, and numbered columns.
    """
    sets: dict[tuple[str, str], list[int]] = {}
    for place, column in enumerate(data.columns):
        if not column.meaning:  # ours are no scores
            sets.setdefault((column.block, _NUMBERS.sub("#", column.name)), []).append(place)
    found = {tuple(each) for each in sets.values()}
    if own:
        rank: dict[int, list[int]] = {}
        for places in own:
            for at, place in enumerate(places):
                rank.setdefault(at, []).append(place)
        found |= {tuple(sorted(each)) for each in rank.values()}
    yield from (list(each) for each in sorted(found) if len(each) >= _FEWEST)


def _warn_of_softmax(data: TrainingData, places: list[int], progress: Progress) -> None:
    import numpy as np

    for rows in (slice(_GLANCE), slice(None)):  # few rows tell of nearly all tables
        scores = data.values[rows, places].astype(np.float64)
        scores = scores[~np.isnan(scores).any(axis=1)]
        if not len(scores) or scores.min() < 0 or (abs(scores.sum(axis=1) - 1) > _ROUNDING).any():
            return
    first, last = (data.columns[places[at]] for at in (0, -1))
    twice = _flat(scores)
    progress.warn(
        f"The {len(places)} columns {first.name} to {last.name} sum to 1 in every row, as after "
        "softmax, but rows have several labels: one label's score falls where another's rises."
        + (
            " No score is more than e = 2.72 times another one of its row: softmax was applied to "
            "values that already lay between 0 and 1."
            if twice
            else ""
        )
        + " Scores before softmax are better features."
    )


def _flat(scores: NDArray[np.float64]) -> bool:
    """Whether no score is more than e times another of its row: softmax of sigmoids."""
    lowest = scores.min(axis=1)
    return bool((scores.max(axis=1) <= lowest * math.e * (1 + _ROUNDING)).all())
