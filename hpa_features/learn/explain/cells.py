"""How much single cells speak for labels: log-odds of cells, or of fields made of one kind of cell.

`alone`: log-odds of a field whose statistics all equal the cell's values; what is not a statistic
of cells stays that of the field. `gain`: log-odds of the field minus those without the cell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from hpa_features.learn.model import Model

Floats = NDArray[np.float64]
Values = NDArray[np.float32]


def places_of_statistics(
    columns: Sequence[str], cell_columns: Sequence[str], statistics: Sequence[str]
) -> NDArray[np.intp]:
    """Return (columns,) the cell column that each is a statistic of, −1: of none.

    `statistics` are the endings of names: ``Median``, ``Q10`` …
    """
    place = {name: at for at, name in enumerate(cell_columns)}
    found = []
    for name in columns:
        cell, _, statistic = name.rpartition("_")
        found.append(place.get(cell, -1) if statistic in statistics else -1)
    return np.array(found, dtype=np.intp)


def alone_rows(row: Values, cells: Values, sources: NDArray[np.intp]) -> Values:
    """Return (cells, columns): the field's row with every statistic replaced by a cell's value."""
    rows = np.tile(row, (len(cells), 1))
    statistics = sources >= 0
    rows[:, statistics] = cells[:, sources[statistics]]
    return rows


def log_odds_of(model: Model, rows: Values, plates: Sequence[str], threads: int) -> Floats:
    """Return (rows, labels) log-odds of the model's probabilities of rows of a table of images."""
    seen = (member.transform(rows, plates, threads=threads) for member in model.members)
    probabilities = model.probabilities(seen, threads=threads)
    return np.asarray(logit(np.clip(probabilities, 1e-9, 1 - 1e-9)))


def scored_cells(model: Model, cells: Values, threads: int) -> tuple[tuple[str, ...], Floats]:
    """Return the labels that a model scores cells for, and (cells, labels) mean log-odds."""
    scorers = [member.cells for member in model.members if member.cells is not None]
    total = sum(scorer.log_odds(cells, threads=threads) for scorer in scorers)
    return scorers[0].labels, np.asarray(total / len(scorers))
