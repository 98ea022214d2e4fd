"""Cells as `train`, `predict` and `importance` take them: next to their images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.train_settings import TrainOn, TrainSettings

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.io.cells import CellTable
    from hpa_features.learn.cells import Cells
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.model import Model


def load_cells(source: str | pa.Table, name: str = "", *, progress: Progress = SILENT) -> CellTable:
    """Return a table of cells, ours with the registry's words; errors as `io.cells.open_cells`."""
    from hpa_features.features.families import FAMILIES
    from hpa_features.features.registry import cell_entries
    from hpa_features.io.cells import open_cells

    known = {entry.column.name: entry.column for entry in cell_entries(FAMILIES)}
    return open_cells(source, known=known, name=name, progress=progress)


def refuse_cells(settings: TrainSettings) -> None:
    """Refuse options about cells that contradict one another, before any work.

    Raises
    ------
    UsageError
        Cells are given and not learned from; they are to be normalized.
    """
    if settings.train_on is TrainOn.IMAGE:
        if settings.cells:
            raise UsageError(
                "--cells is given, but the model is trained on images only.",
                hint="Add --train-on both, or omit --cells.",
            )
    elif settings.normalize:
        raise UsageError(
            "--normalize works on tables of images only, not on cells.",
            hint="Use --train-on image, or omit --normalize.",
        )


def with_cells(
    data: TrainingData, features: str, settings: TrainSettings, folder: Path, progress: Progress
) -> TrainingData:
    """Return the data with the cells of its rows, as the settings want them.

    Parameters
    ----------
    data
        Joined images and labels.
    features
        Where the images' table is from.
    folder
        Gets a file of the cells' numbers, which the data then reads.
    progress
        Receives the number of images without cells.

    Raises
    ------
    UsageError
        There is no table of cells.
    DataError
        None of the images has a cell.
    """
    from hpa_features.learn.data import kept_columns

    if settings.train_on is TrainOn.IMAGE:
        return data
    if not (settings.cells or Path(features).is_dir()):
        raise UsageError(
            f"--train-on {settings.train_on} needs the cells of the images, but {features} is a "
            "table of images.",
            hint="Give the folder written by extract -o DIR, or the cells with --cells TABLE.",
        )
    _note_vectors(data, settings, progress)
    table = load_cells(settings.cells or features, progress=progress)
    kept = kept_columns(table.columns, settings.without)
    names = tuple(table.columns[at].name for at in kept)
    if not names:
        raise UsageError("--without excludes all columns of cells.")
    marked = table.simulated_ids()
    known = data.simulated or (False,) * len(data.ids)
    data = replace(
        data,
        cells=_gathered(table, data.ids, names, folder, progress),
        cell_columns=names,
        simulated=tuple(mark or each in marked for mark, each in zip(known, data.ids)),
    )
    return _without_images(data, settings) if settings.train_on is TrainOn.CELLS else data


def _note_vectors(data: TrainingData, settings: TrainSettings, progress: Progress) -> None:
    """Note what single-cell models do not read of a folder that has vectors of a network."""
    vectors = sorted({each.block for each in data.columns if each.block.startswith("Embedding ")})
    if vectors:
        rest = "" if settings.train_on is TrainOn.CELLS else "; their means per image are used"
        progress.note(f"{' and '.join(vectors)}: models of single cells do not use vectors{rest}.")


def _without_images(data: TrainingData, settings: TrainSettings) -> TrainingData:
    """Exclude the columns of images; joined tables stay."""
    from hpa_features.io.array_files import block_name

    joined = {block_name(path) for path in settings.blocks}
    kept = [at for at, column in enumerate(data.columns) if column.block in joined]
    columns = tuple(data.columns[at] for at in kept)
    return replace(data, columns=columns, values=data.values[:, kept])


def cells_of_rows(
    learned: Model,
    table: CellTable | None,
    ids: Sequence[str],
    folder: Path,
    progress: Progress,
    *,
    need_some: bool = True,
) -> Cells | None:
    """Return the cells of the rows `ids` in the model's columns; None: it scores none.

    Parameters
    ----------
    table
        Where they are; None: nowhere.
    folder
        Gets a file of their numbers.
    need_some
        Whether one of the rows must have a cell.

    Raises
    ------
    BundleError
        There is no table, or it lacks columns.
    DataError
        None of the rows has a cell, and some must.
    """
    from hpa_features.io.arrow import name_some

    if not learned.cell_columns:
        return None
    if table is None:
        raise BundleError(
            "The model scores single cells, but the input is a table of images.",
            hint="Give the folder written by extract -o DIR, images, or the cells with --cells "
            "TABLE.",
        )
    given = {column.name for column in table.columns}
    missing = [name for name in learned.cell_columns if name not in given]
    excluded = [name for name in missing if name in table.inexact]
    if excluded:
        raise inexact_needed(table.name, excluded)
    if missing:
        raise BundleError(
            f"{table.name}: the table of cells lacks {len(missing):,} of the "
            f"{len(learned.cell_columns):,} columns that the model needs: {name_some(missing, 3)}.",
            hint="Extract with the same families as the training table.",
        )
    return _gathered(table, ids, learned.cell_columns, folder, progress, need_some=need_some)


def inexact_needed(where: str, columns: Sequence[str]) -> BundleError:
    """Return the error of columns that a model needs and that cannot be read exactly."""
    from hpa_features.io.arrow import name_some

    return BundleError(
        f"{where}: the model needs {name_some(tuple(columns), 3)}, whose whole numbers here go "
        "beyond ±2^53 and would be rounded.",
        hint="Write the column in a larger unit, or as floating-point numbers.",
    )


def _gathered(
    table: CellTable,
    ids: Sequence[str],
    names: Sequence[str],
    folder: Path,
    progress: Progress,
    *,
    need_some: bool = True,
) -> Cells:
    import numpy as np

    from hpa_features.core.tables import FEWEST_CELLS
    from hpa_features.io.arrow import name_some
    from hpa_features.io.cells import gather
    from hpa_features.learn.cells import Cells

    out = folder / "cells.npy"
    found = gather(table, ids, names, FEWEST_CELLS, out, need_some=need_some)
    cells = Cells(found.values, found.starts)
    empty = np.flatnonzero(cells.counts == 0)
    if len(empty):
        progress.warn(
            f"{len(empty):,} of {len(ids):,} images have no cells to be scored: "
            f"{name_some([ids[row] for row in empty.tolist()])}."
        )
    return cells
