"""Robust z-scores per plate, or per any other group that a column names (cell line, run).

(x − median) / (1.4826 · MAD) of the plate's own rows; 1.4826 · MAD is the standard deviation of
normal values (Rousseeuw & Croux 1993, "Alternatives to the median absolute deviation", section 1).
Labels are not used, so a plate that is new can be normalized by the statistics of its own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.tables import FeatureTable
from hpa_features.io.arrow import name_some
from hpa_features.io.groups import find_column
from hpa_features.learn.folds import Rows

Values = NDArray[np.float32]

# The median and MAD of 20 rows are off by a quarter of an SD (1.25/√20 and 1.17/√20).
FEWEST_ROWS = 20
MAD_TO_SD = 1.4826
_LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True, slots=True, eq=False)
class PlateScales:
    """Where the values of each plate lie and how far they spread.

    Attributes
    ----------
    column
        The column that identifies plates.
    plates
        Its values: those in training, sorted, then others that are known.
    medians
        (plates, columns) float32; NaN where the plate has no value.
    scales
        (plates, columns) float32, above 0: 1.4826 · MAD, where that is 0 the standard deviation,
        where that is 0 too 1.
    """

    column: str
    plates: tuple[str, ...]
    medians: Values
    scales: Values

    @classmethod
    def fit(cls, values: Values, plates: Sequence[str], column: str, train: Rows) -> PlateScales:
        """Return the statistics of (rows, columns) values by their `train` rows.

        A plate with under `FEWEST_ROWS` rows among them is one that the training part does not
        know: all its rows are its statistics, as those of a new plate would be.

        Parameters
        ----------
        plates
            (rows,) plate of each row.
        column
            What they are called.
        train
            Rows of the training part.

        Raises
        ------
        DataError
            A plate has under `FEWEST_ROWS` rows in all.
        """
        of_plate = _rows_by(plates)
        _check_sizes({each: len(rows) for each, rows in of_plate.items()}, column)
        inside = np.zeros(len(plates), dtype=np.bool_)
        inside[train] = True
        found = []
        for rows in of_plate.values():
            known = rows[inside[rows]]
            found.append(_centre_and_scale(values[known if len(known) >= FEWEST_ROWS else rows]))
        medians, scales = (np.array(each) for each in zip(*found))
        return cls(column, tuple(of_plate), medians, scales)

    def knowing(self, values: Values, plates: Sequence[str]) -> PlateScales:
        """Return the scales with those of plates that were not in training, by their own rows.

        Parameters
        ----------
        values
            (rows, columns).
        plates
            (rows,) plate of each row.

        Raises
        ------
        DataError
            Such a plate has under `FEWEST_ROWS` rows.
        """
        of_plate = {
            each: rows for each, rows in _rows_by(plates).items() if each not in set(self.plates)
        }
        if not of_plate:
            return self
        sizes = {each: len(rows) for each, rows in of_plate.items()}
        _check_sizes(sizes, self.column, " that was not in training")
        medians, scales = zip(*(_centre_and_scale(values[rows]) for rows in of_plate.values()))
        return PlateScales(
            self.column,
            (*self.plates, *of_plate),
            np.vstack([self.medians, *medians]),
            np.vstack([self.scales, *scales]),
        )

    def apply(self, values: Values, plates: Sequence[str]) -> Values:
        """Return (rows, columns) float32 z-scores; NaN stay. Arguments and errors of `knowing`."""
        known = self.knowing(values, plates)
        place = {each: at for at, each in enumerate(known.plates)}
        scored = np.empty_like(values)
        for plate, rows in _rows_by(plates).items():
            centred = values[rows].astype(np.float64) - known.medians[place[plate]]
            scored[rows] = np.clip(centred / known.scales[place[plate]], -_LARGEST, _LARGEST)
        return scored


def plates_of(table: FeatureTable, column: str) -> tuple[str, ...]:
    """Return the (rows,) values of a metadata column, with or without its ``Metadata_``.

    Raises
    ------
    UsageError
        The table has no such column.
    DataError
        Rows have nothing there.
    """
    found = find_column(table, column)
    if not found:
        known = ", ".join(sorted(table.metadata)) or "none"
        raise UsageError(
            f"Rows are normalized within {column}, but the table has no such column; columns that "
            f"are not features: {known}.",
            hint="Add it as a column Metadata_… that gives the origin of each row.",
        )
    plates = table.metadata[found]
    empty = [each for each, plate in zip(table.ids, plates) if not plate]
    if empty:
        raise DataError(
            f"{len(empty):,} rows have no {found} to be normalized within: {name_some(empty)}.",
            hint="Fill in the column, or remove these rows.",
        )
    return plates


def _centre_and_scale(values: Values) -> tuple[Values, Values]:
    """Return (columns,) medians and (columns,) scales of (rows, columns) values."""
    known = values.astype(np.float64)
    median = _medians(known)
    scale = np.minimum(MAD_TO_SD * _medians(np.abs(known - median)), _LARGEST)
    flat = ~(scale.astype(np.float32) > 0)
    some = ~np.isnan(median)
    scale[flat & some] = np.nanstd(known[:, flat & some], axis=0)
    scale = scale.astype(np.float32)
    return median.astype(np.float32), np.where(scale > 0, scale, np.float32(1))


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (columns,) medians; NaN are ignored, and stay where there is nothing else."""
    some = ~np.isnan(values).all(axis=0)
    medians = np.full(values.shape[1], np.nan)
    medians[some] = np.nanmedian(values[:, some], axis=0)
    return medians


def _rows_by(plates: Sequence[str]) -> dict[str, Rows]:
    """Return the rows of each plate, plates sorted."""
    names, number = np.unique(np.array(plates, dtype=str), return_inverse=True)
    in_order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(names)))
    return {str(name): rows for name, rows in zip(names, np.split(in_order, ends[:-1]))}


def _check_sizes(rows: dict[str, int], column: str, which: str = "") -> None:
    """Refuse plates with too few rows."""
    few = {each: count for each, count in rows.items() if count < FEWEST_ROWS}
    if not few:
        return
    named = ", ".join(f"{each!r} ({count})" for each, count in list(few.items())[:3])
    raise DataError(
        f"Too few rows to normalize within {column}: {named}{', …' if len(few) > 3 else ''}; "
        f"a {column}{which} needs at least {FEWEST_ROWS} rows of its own.",
        hint="Add more rows of the same kind, or remove these.",
    )
