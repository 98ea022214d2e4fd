"""The table as one outer training part sees it: columns that depend on which rows may teach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.data import TrainingData
from hpa_features.learn.folds import Rows
from hpa_features.learn.normalize import PlateScales


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one training part sees, and what shows it new rows likewise.

    Attributes
    ----------
    values
        (all rows, columns) float32: rows of the part and rows held out.
    scales
        Statistics of the plates.
    """

    values: NDArray[np.float32]
    scales: PlateScales


# Sorted rows that may teach → the whole table as they see it.
Look: TypeAlias = Callable[[Rows], View]


def look_at(data: TrainingData) -> Look | None:
    """Return how training parts look at the table; None: all at the same, as it is."""
    if not data.plates:
        return None

    def look(train: Rows) -> View:
        scales = PlateScales.fit(data.values, data.plates, data.plate_column, train)
        return View(scales.apply(data.values, data.plates), scales)

    return look
