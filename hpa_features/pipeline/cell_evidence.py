"""How much each cell of some fields speaks for each label, by a model of fields or of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hpa_features.core.reasons import CellEvidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.io.cells import CellTable, FieldCells
    from hpa_features.learn.model import Model
    from hpa_features.pipeline.predict_input import Given

MOST_CELLS = 64
"""Fields of more cells get no `gain`: each cell of it costs a prediction."""


def why_no_cells(learned: Model, given: Given) -> str:
    """Return why cells cannot be scored, empty where they can."""
    if given.cells is None:
        return "the input is a table of images, without their cells"
    wanted = learned.cell_columns or cell_columns_of(learned, given.cells)
    if not wanted:
        return "no column of the model is a statistic of the cells in the table"
    return ""


def cell_columns_of(learned: Model, table: CellTable) -> tuple[str, ...]:
    """Return the columns of a table of cells that the model's columns are statistics of."""
    from hpa_features.features.aggregate import STATISTICS, TOP

    endings = {*STATISTICS, TOP}
    needed = {
        name.rpartition("_")[0]
        for name in (column.name for column in learned.columns)
        if name.rpartition("_")[2] in endings
    }
    return tuple(column.name for column in table.columns if column.name in needed)


def evidence_of(
    learned: Model, given: Given, rows: Sequence[int], threads: int
) -> Iterator[tuple[str, CellEvidence]]:
    """Yield the evidence of the cells of each of these rows of `given` that has cells.

    There is nothing that `why_no_cells` names.

    Raises
    ------
    BundleError, UsageError, DataError
        As `cell_tables.cells_of_rows`.
    """
    from hpa_features.io.cells import cells_by_field
    from hpa_features.learn.explain.cells import scored_cells

    table = given.cells
    if table is None:
        return
    row_of = {given.table.ids[row]: row for row in rows}
    if learned.cell_columns:
        for name, cells in cells_by_field(table, tuple(row_of), learned.cell_columns):
            labels, scores = scored_cells(learned, cells.values, threads)
            yield name, CellEvidence("score", cells.numbers, labels, scores)
        return
    names = cell_columns_of(learned, table)
    values, plates = learned.align(given.table), learned.plates(given.table)
    members = tuple(member.knowing(values, plates) for member in learned.members)
    learned = replace(learned, members=members)
    for name, cells in cells_by_field(table, tuple(row_of), names):
        row = row_of[name]
        plate = plates[row] if plates else ""
        yield name, _of_field(learned, values[row], plate, cells, names, threads)


def _of_field(
    learned: Model,
    row: NDArray[np.float32],
    plate: str,
    cells: FieldCells,
    names: Sequence[str],
    threads: int,
) -> CellEvidence:
    """Return `alone`, and of few cells `gain`, of the cells of a field, by a model of fields.

    Fields of such cells are of the same plate, whose statistics stay as they are.
    """
    import numpy as np

    from hpa_features.core.tables import FEWEST_CELLS
    from hpa_features.features.aggregate import STATISTICS, TOP
    from hpa_features.learn.explain.cells import alone_rows, log_odds_of, places_of_statistics

    columns = tuple(column.name for column in learned.columns)
    sources = places_of_statistics(columns, names, (*STATISTICS, TOP))

    def log_odds(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return log_odds_of(learned, rows, [plate] * len(rows), threads)

    # What the cell has no value for, the field has none for either.
    alone = log_odds(alone_rows(row, cells.values, sources))
    gain = None
    if len(cells.numbers) <= MOST_CELLS:
        few = np.count_nonzero(cells.usable) < FEWEST_CELLS  # then all of them count
        used = np.flatnonzero(cells.usable | few)
        changed = [_without(row, cells, cell, columns, names) for cell in used.tolist()]
        gain = np.zeros(alone.shape)
        if changed:
            gain[used] = log_odds(row[None]) - log_odds(np.array(changed))
    return CellEvidence("alone", cells.numbers, learned.labels, alone, gain)


def _without(
    row: NDArray[np.float32],
    cells: FieldCells,
    cell: int,
    columns: Sequence[str],
    names: Sequence[str],
) -> NDArray[np.float32]:
    """Return a field's row as it would be without one of its cells."""
    import numpy as np

    from hpa_features.features.aggregate import STATISTICS, TOP, aggregate

    kept = np.arange(len(cells.numbers)) != cell
    rare = np.array([f"{name}_{TOP}" in columns for name in names])
    found = aggregate(cells.values[kept], cells.usable[kept], rare).values.astype(np.float32)
    titles = [f"{name}_{statistic}" for name in names for statistic in STATISTICS]
    titles += [f"{name}_{TOP}" for name, top in zip(names, rare, strict=True) if top]
    by_name = dict(zip(titles, found, strict=True))
    return np.array(
        [by_name.get(name, old) for name, old in zip(columns, row, strict=True)], np.float32
    )
