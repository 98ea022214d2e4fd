"""Training rows that a model keeps, so that a row's scores can be held against those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.learn.folds import Rows
from hpa_features.learn.member_numbers import Numbers, array_of
from hpa_features.learn.stage import Stage

Values = NDArray[np.float32]

MOST_ROWS = 64
_SHARED, _OF_FOLD = "background", "background_fold_{}"


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Up to 64 training rows.

    Attributes
    ----------
    rows
        Per fold (rows, seen columns) float32 as its model sees them; NaN where undefined.
    """

    rows: tuple[Values, ...]

    @classmethod
    def drawn(cls, stage: Stage, bins: Sequence[str], groups: Rows, seed: int) -> Background:
        """Draw rows, of as many groups as there are.

        Parameters
        ----------
        stage
            Holds the table as each fold's training part saw it.
        bins
            Per fold, the name that it is found by.
        groups
            (rows,) 0…n−1.
        """
        order = np.random.default_rng((seed, MOST_ROWS)).permutation(len(groups))
        # The first row of each group comes before the second of any.
        turn = np.empty(len(groups), dtype=np.intp)
        met: dict[int, int] = {}
        for row in order.tolist():
            turn[row] = met.get(int(groups[row]), 0)
            met[int(groups[row])] = turn[row] + 1
        chosen = np.sort(order[np.argsort(turn[order], kind="stable")][:MOST_ROWS])
        return cls(tuple(stage.rows(chosen, name) for name in bins))


def pack_background(background: Background | None) -> dict[str, Values]:
    """Return the arrays of the bundle by name: one where all folds see the same rows."""
    if background is None:
        return {}
    first = background.rows[0]
    if all(np.array_equal(first, each, equal_nan=True) for each in background.rows):
        return {_SHARED: first}
    return {_OF_FOLD.format(fold): each for fold, each in enumerate(background.rows)}


def unpack_background(numbers: Numbers, folds: int, columns: int) -> Background | None:
    """Return the rows of a bundle; None where it has none.

    Raises
    ------
    BundleError
        They are of another shape than the model's rows, or infinite.
    """
    names = [_SHARED] * folds
    if _SHARED not in numbers:
        names = [_OF_FOLD.format(fold) for fold in range(folds)]
        if not any(name in numbers for name in names):
            return None
    found = []
    for name in names:
        given = array_of(numbers, name, (None, columns))
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            rows = given.astype(np.float32)
        if not 0 < len(rows) <= MOST_ROWS or np.isinf(rows).any():
            raise BundleError(
                f"numbers.safetensors: {name!r} must have 1 to {MOST_ROWS} rows, none infinite."
            )
        found.append(rows)
    if len({len(each) for each in found}) > 1:
        raise BundleError("numbers.safetensors: all folds must have as many background rows.")
    return Background(tuple(found))
