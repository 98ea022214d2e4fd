"""Other tables joined to the features by Id, each as a block of its own.

Other programs write a row an image or a row a cell, and ids as a column, as the index of a data
frame, or as names of observations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import FEWEST_CELLS, SIMULATED, TRUE, Column, FeatureTable
from hpa_features.io.array_files import array_kind, block_name, read_npz, split_path
from hpa_features.io.arrow import (
    ID_COLUMNS,
    METADATA,
    column_named,
    id_column,
    name_some,
    read_arrow,
    texts,
)
from hpa_features.io.cells import counting_cells
from hpa_features.io.h5ad import read_h5ad
from hpa_features.io.tables import features_of, read_features

# Columns that may hold the ids of a table without a column Id: the index of a data frame.
_INDEX = ("", "Unnamed: 0", "__index_level_0__", "index")
_OBJECT = f"{METADATA}ObjectNumber"
_NUMBER = re.compile(r"_\d+$")


def join_blocks(
    table: FeatureTable,
    given: Sequence[str] | Mapping[str, pa.Table],
    *,
    progress: Progress = SILENT,
) -> FeatureTable:
    """Join further tables by Id, each as a block named after its file.

    Parameters
    ----------
    table
        Its ids and their order stay.
    given
        Folders and files as `read_features` reads them, ``.npz`` and ``.h5ad`` (`array_files`,
        `h5ad`); or tables in memory by name. Their columns are named ``<block>.<column>``. Of a
        table with a row a cell, an image gets the mean over its cells.
    progress
        Receives how many ids a block lacks (their values are NaN) and which, and where ids of
        cells were taken for those of images.

    Raises
    ------
    DataError
        A block shares no id with `table`.
    UsageError
        Two blocks have one name; a table has no ids.
    MissingExtra
        An ``.h5ad`` file needs h5py, and it is not installed.
    """
    taken = {column.block.casefold() for column in table.columns}
    for path in given:
        block = block_name(path)
        if block.casefold() in taken:
            what = "table" if isinstance(given, Mapping) else "file"
            raise UsageError(
                f"There is already a block named {block}.", hint=f"Rename the {what} {path}."
            )
        taken.add(block.casefold())
        if isinstance(given, Mapping):
            other = _by_image(given[path], path, table.ids, progress)
        else:
            other = _read(path, table.ids, progress)
        table = _join(table, other, block, path, progress)
    return table


def _read(path: str, wanted: Sequence[str], progress: Progress) -> FeatureTable:
    """Return a table with a row an image, as far as it has those `wanted`."""
    file, kind, array = split_path(path)
    if Path(file).is_dir():
        return read_features(file, progress=progress)
    found = array_kind(file)
    if kind and {"npz": "array", "h5ad": "obsm"}.get(found) != kind:
        raise UsageError(
            f"{path}: #{kind}= is for {'.npz' if kind == 'array' else '.h5ad'} files, and "
            f"{file} {'is none' if Path(file).is_file() else 'does not exist'}."
        )
    if found == "npz":
        table = read_npz(file, array)
    elif found == "h5ad":
        table = read_h5ad(file, array)
    else:
        table = _with_ids(read_arrow(file, text=_INDEX))
    return _by_image(table, path, wanted, progress)


def _by_image(
    table: pa.Table, path: str, wanted: Sequence[str], progress: Progress
) -> FeatureTable:
    return _mean_of_cells(_with_images(table, path, wanted, progress), path, progress)


def _with_ids(table: pa.Table) -> pa.Table:
    """Return the table with its index as Id, where it has no Id."""
    if any(each in table.column_names for each in ID_COLUMNS):
        return table.drop_columns([each for each in _INDEX if each in table.column_names])
    found = next((name for each in _INDEX if (name := _found(table, each)) is not None), None)
    if found is None:
        return table  # whoever reads the ids names the columns that are there
    return table.rename_columns(["Id" if each == found else each for each in table.column_names])


def _found(table: pa.Table, name: str) -> str | None:
    return name if name in table.column_names else column_named(table, name) or None


def _with_images(
    table: pa.Table, path: str, wanted: Collection[str], progress: Progress
) -> pa.Table:
    """Return the table with ids of images, where ids such as ``a1_7`` count the cells of ``a1``."""
    column = id_column(table, path)
    ids, known = texts(table, column), set(wanted)
    if known.intersection(ids):
        return table
    images = [_NUMBER.sub("", each) for each in ids]
    if not known.intersection(images):
        return table
    progress.note(f"{path}: ids are those of cells ({ids[0]} is a cell of {images[0]}).")
    at = table.column_names.index(column)
    table = table.set_column(at, column, pa.array(images, pa.string()))
    if _OBJECT in table.column_names:
        return table
    return table.append_column(_OBJECT, pa.array(ids, pa.string()))


def _mean_of_cells(table: pa.Table, path: str, progress: Progress) -> FeatureTable:
    """Return a row an image: the mean over the cells that count, of a table with a row a cell.

    Cells that count are those of the image statistics: neither cut by the border nor without a
    nucleus, as far as the table marks them, where enough such cells are left.
    """
    column = id_column(table, path)
    ids = texts(table, column)
    images = tuple(dict.fromkeys(ids))
    if len(images) == len(ids) or not (_OBJECT in table.column_names or _mostly_shared(ids)):
        return features_of(table, path, progress=progress)
    row_of = {each: row for row, each in enumerate(images)}
    owner = counting_cells(table, column, row_of, FEWEST_CELLS)
    # Ids of their own make the cells a table like any other.
    at = table.column_names.index(column)
    own = pa.array([f"{each}#{row}" for row, each in enumerate(ids)], pa.string())
    cells = features_of(table.set_column(at, column, own), path, progress=progress)
    marks = cells.simulated
    marked = {each for each, mark in zip(ids, marks) if mark}
    progress.note(
        f"{path}: {len(ids):,} rows are cells of {len(images):,} images; an image gets the mean "
        f"of its cells."
    )
    return replace(
        cells,
        ids=images,
        values=_means(cells.values, owner, len(images)),
        metadata={SIMULATED: tuple(TRUE if each in marked else "" for each in images)}
        if marked
        else {},
    )


def _mostly_shared(ids: Sequence[str]) -> bool:
    """Whether most rows share their id with another row: a few duplicates are a mistake."""
    _, sizes = np.unique(np.array(ids), return_counts=True)
    return bool(2 * sizes[sizes > 1].sum() >= len(ids))


def _means(
    values: NDArray[np.float32], owner: NDArray[np.intp], images: int
) -> NDArray[np.float32]:
    """Return (images, columns) means over the known values of cells; NaN where there is none."""
    means = np.full((images, values.shape[1]), np.nan, np.float32)
    order = np.argsort(owner, kind="stable")[np.count_nonzero(owner < 0) :]
    starts = np.searchsorted(owner[order], np.arange(images + 1))
    for image in range(images):
        cells = values[order[starts[image] : starts[image + 1]]].astype(np.float64)
        known = ~np.isnan(cells)
        count = known.sum(axis=0)
        total = np.where(known, cells, 0).sum(axis=0)
        has = count > 0
        means[image, has] = total[has] / count[has]
    return means


def _join(
    table: FeatureTable, other: FeatureTable, block: str, path: str, progress: Progress
) -> FeatureTable:
    row_of = {each: row for row, each in enumerate(other.ids)}
    rows = np.array([row_of.get(each, -1) for each in table.ids])
    missing = [each for each, row in zip(table.ids, rows) if row < 0]
    if len(missing) == len(table.ids):
        raise DataError(
            f"{path} has no Id in common with the features: it has {name_some(other.ids, 2)}, "
            f"they have {name_some(table.ids, 2)}."
        )
    if missing:
        progress.warn(
            f"{path} lacks {len(missing):,} of {len(table.ids):,} ids, their values are missing: "
            f"{name_some(missing)}."
        )
    values = np.where(rows[:, None] >= 0, other.values[rows], np.float32("nan"))
    marks = other.simulated
    columns = tuple(
        Column(f"{block}.{each.name}", block, each.acquisition, each.meaning)
        for each in other.columns
    )
    return FeatureTable(
        ids=table.ids,
        columns=(*table.columns, *columns),
        values=np.hstack([table.values, values]),
        metadata=_marked_simulated(table, [row >= 0 and marks[row] for row in rows.tolist()]),
        settings=table.settings,
        inexact=(*table.inexact, *(f"{block}.{each}" for each in other.inexact)),
    )


def _marked_simulated(table: FeatureTable, marks: Sequence[bool]) -> Mapping[str, tuple[str, ...]]:
    """Return the metadata of `table`, its rows of simulated fields and those of `marks` marked."""
    if not any(marks):
        return table.metadata
    others = {
        name: texts
        for name, texts in table.metadata.items()
        if name.casefold() != SIMULATED.casefold()
    }
    both = (mine or theirs for mine, theirs in zip(table.simulated, marks))
    return {**others, SIMULATED: tuple(TRUE if each else "" for each in both)}
