"""How two sets of rows differ: each column, and a classifier on all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hpa_features.core.progress import Progress
from hpa_features.core.tables import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.learn.shift import TwoSample
    from hpa_features.pipeline.audit_groups import Grouped
    from hpa_features.pipeline.audit_rows import Rows

ACQUISITION, GRAY, ALL = "Acquisition", "gray values", "all columns"


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """One column in both sets.

    Attributes
    ----------
    column, block
        Which.
    here, there
        Medians in the input and in the other set.
    auc
        Chance that a value of the other set is the higher one.
    """

    column: str
    block: str
    here: float
    there: float
    auc: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How the sets differ.

    Attributes
    ----------
    columns
        The most different first.
    scores
        What a classifier makes of ``Acquisition``, of the ``gray values`` of images alone, of
        ``all columns`` of a table; none where groups are too few.
    """

    columns: tuple[ColumnShift, ...] = ()
    scores: Mapping[str, TwoSample] = field(default_factory=dict)


def find_shift(rows: Rows, grouped: Grouped, seed: int, progress: Progress) -> Shift:
    """Compare the two sets."""
    from hpa_features.learn.shift import FEWEST_GROUPS, column_aucs, two_sample

    values, second = rows.table.values, rows.second
    wanted = _wanted(rows.table.columns)
    progress.start("comparing the sets", len(wanted))
    scores = {}
    for name, chosen in wanted.items():
        score = two_sample(values[:, chosen], second, grouped.numbers, seed=seed)
        if score is not None:
            scores[name] = score
        progress.advance()
    progress.finish()
    if not scores:
        progress.note(
            f"Fewer than {FEWEST_GROUPS} groups in one of the sets: no two-sample test is run."
        )
    return Shift(_columns(rows, column_aucs(values, second)), scores)


def _wanted(columns: Sequence[Column]) -> dict[str, NDArray[np.bool_]]:
    """Return which columns a classifier is given, by what they are together."""
    import numpy as np

    from hpa_features.features.acquisition import SIZES

    marks = np.array([column.acquisition for column in columns])
    sizes = np.array([column.name in SIZES for column in columns])
    wanted = {ACQUISITION: marks, GRAY: marks & ~sizes, ALL: np.ones_like(marks)}
    needless = {
        ACQUISITION: not marks.any(),
        GRAY: not sizes.any() or sizes.all(),
        ALL: marks.all(),
    }
    return {name: chosen for name, chosen in wanted.items() if not needless[name]}


def _columns(rows: Rows, aucs: NDArray[np.float64]) -> tuple[ColumnShift, ...]:
    shifts = [
        ColumnShift(column.name, column.block, _median(mine), _median(theirs), float(auc))
        for column, mine, theirs, auc in zip(
            rows.table.columns,
            rows.table.values[~rows.second].T,
            rows.table.values[rows.second].T,
            aucs,
        )
    ]
    return tuple(sorted(shifts, key=lambda each: (-_strength(each.auc), each.column)))


def _strength(auc: float) -> float:
    return -1.0 if math.isnan(auc) else abs(auc - 0.5)


def _median(values: NDArray[np.float32]) -> float:
    import numpy as np

    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else math.nan
