"""The table as one outer training part sees it: columns that depend on which rows may teach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.boosting import Parameters, Split, Stage
from hpa_features.learn.cell_scores import CellScorer, score_cells
from hpa_features.learn.data import TrainingData
from hpa_features.learn.folds import Rows
from hpa_features.learn.normalize import PlateScales

if TYPE_CHECKING:
    from hpa_features.learn.crossfit import Run


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


@dataclass(frozen=True, slots=True)
class Sight:
    """What shows a training part's models rows that it does not have.

    Attributes
    ----------
    scales
        Statistics of the plates, where rows are normalized.
    cells
        Models of cells, where those are scored.
    """

    scales: PlateScales | None = None
    cells: CellScorer | None = None


def lay_out_views(
    data: TrainingData, outer: Sequence[Split], parameters: Parameters, stage: Stage, run: Run
) -> list[Sight]:
    """Write the table as each training part sees it, and return what it sees new rows by."""
    if data.cells is not None:
        seed, threads = int(parameters["seed"]), int(parameters["num_threads"])
        scorers = score_cells(data, data.cells, outer, stage, run, seed=seed, threads=threads)
        return [Sight(cells=scorer) for scorer in scorers]
    look = look_at(data)
    scales: dict[str, PlateScales] = {}
    for split in outer:
        if look is not None and split.bins not in scales:
            view = look(split.binned)
            stage.lay_out_view(split.bins, view.values)
            scales[split.bins] = view.scales
    return [Sight(scales.get(split.bins)) for split in outer]
