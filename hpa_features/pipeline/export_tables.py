"""Cells with their columns → AnnData, and the definitions of columns as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.export_settings import ExportSettings
from hpa_features.core.progress import Progress
from hpa_features.pipeline.cell_tables import load_cells
from hpa_features.pipeline.export_scores import Scores

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.features.definitions import Definition
    from hpa_features.io.cells import CellTable

_METADATA = "Metadata_"
_NUMBER = "Metadata_ObjectNumber"
# The header of CZI's ops-schema 0.1.0.
_HEADER = (
    "feature_id",
    "feature_name",
    "feature_type",
    "compartment",
    "channel",
    "unit",
    "software",
    "version",
)


def write_definitions(source: str, output: str, settings: ExportSettings) -> tuple[int, int]:
    """Write ``feature_definitions.csv`` of a table's columns; return 0 fields and 0 cells."""
    from hpa_features import __version__
    from hpa_features.features.definitions import define
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.io.row_files import write_rows

    refuse_existing(Path(output), overwrite=settings.overwrite, inputs=(source,))
    columns = [column.name for column in load_cells(source).columns]
    rows = (
        (d.name, d.meaning, d.type, d.compartment, d.channel, d.unit, "hpa-feat", __version__)
        for d in define(columns)
    )
    write_rows(Path(output), _HEADER, rows)
    return 0, 0


def write_cells(
    source: str, output: str, settings: ExportSettings, scores: Scores, progress: Progress
) -> tuple[int, int]:
    """Write AnnData: a row a cell, X its features; return the numbers of fields and cells.

    Rows are named ``<Id>_<ObjectNumber>``. ``obs`` has the columns of metadata and of `scores`,
    ``var`` the words of each column.

    Raises
    ------
    UsageError
        It is a table of fields.
    DataError
        Two cells have one name.
    """
    from hpa_features.features.definitions import define
    from hpa_features.io.arrow import name_some
    from hpa_features.io.atomic import refuse_existing, replacing
    from hpa_features.io.h5ad_writing import write_h5ad

    refuse_existing(
        Path(output), overwrite=settings.overwrite, inputs=(source, settings.predictions)
    )
    table = load_cells(source, progress=progress)
    obs = _metadata(table)
    ids = [str(each) for each in obs[table.id_name]]
    if _NUMBER not in obs:
        raise UsageError(
            f"{source} has no column {_NUMBER}: it is not a table of cells.",
            hint="Give the folder written by extract -o DIR, or its table of cells.",
        )
    numbers = [int(each) for each in obs[_NUMBER]]
    names = [f"{each}_{number}" for each, number in zip(ids, numbers)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{source} has cells twice: {name_some(twice)}.")
    fields = tuple(dict.fromkeys(ids))
    if missing := scores.missing(fields):
        progress.warn(
            f"{len(missing):,} of {len(fields):,} fields have no predictions: {name_some(missing)}."
        )
    columns = [column.name for column in table.columns]
    with replacing(Path(output)) as temporary:
        write_h5ad(
            temporary,
            names,
            {**obs, **_predicted(scores, ids, numbers)},
            columns,
            _words(define(columns)),
            _pieces(table, columns),
        )
    return len(fields), len(names)


def _metadata(table: CellTable) -> dict[str, NDArray[Any]]:
    """Return the columns of metadata of all cells."""
    from hpa_features.io.arrow import read_part, read_part_schema

    first = table.parts[0]
    schema = read_part_schema(first) if isinstance(first, Path) else first.schema
    wanted = [n for n in schema.names if n.startswith(_METADATA) or n == table.id_name]
    parts = [
        read_part(part, wanted) if isinstance(part, Path) else part.select(wanted)
        for part in table.parts
    ]
    return {name: np.concatenate([_values(part, name) for part in parts]) for name in wanted}


def _values(part: pa.Table, name: str) -> NDArray[Any]:
    """Return a column as numbers, booleans or texts; a missing text is empty."""
    import pyarrow as pa

    from hpa_features.io.arrow import texts

    kind = part.schema.field(name).type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values: NDArray[Any] = part.column(name).to_numpy(zero_copy_only=False)
        if values.dtype.kind != "O":
            return values
    return np.array(texts(part, name), np.str_)


def _predicted(
    scores: Scores, ids: Sequence[str], numbers: Sequence[int]
) -> dict[str, NDArray[Any]]:
    """Return a column for each score, and one of the labels with ``;`` between them."""
    if not scores.names:
        return {}
    found = [scores.of(each, number) for each, number in zip(ids, numbers)]
    values = np.array([each for each, _ in found]).reshape(len(ids), len(scores.names))
    columns: dict[str, NDArray[Any]] = {name: values[:, at] for at, name in enumerate(scores.names)}
    columns["predicted"] = np.array([";".join(classes) for _, classes in found], np.str_)
    return columns


def _words(definitions: Sequence[Definition]) -> dict[str, list[str]]:
    """Return the columns of ``var``.

    `object`, `measurement` and `parameter` are the words of the scverse convention for Cell
    Painting; `object` repeats `compartment` and `parameter` repeats `scale`.
    """
    source = {
        "compartment": "compartment",
        "family": "family",
        "measurement": "measurement",
        "channel": "channel",
        "scale": "scale",
        "unit": "unit",
        "landmark": "landmark",
        "block": "block",
        "meaning": "meaning",
        "object": "compartment",
        "parameter": "scale",
    }
    return {name: [getattr(each, of) for each in definitions] for name, of in source.items()}


def _pieces(table: CellTable, columns: Sequence[str]) -> Iterator[NDArray[np.float32]]:
    for part in table.read(columns):
        values = [part.column(name).to_numpy(zero_copy_only=False) for name in columns]
        yield np.stack([np.asarray(each, np.float32) for each in values], axis=1)
