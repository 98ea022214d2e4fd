"""Measurements to Arrow tables, under schemas that are fixed before the first row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.types import Channel, Masks
from hpa_features.features.aggregate import STATISTICS, aggregate
from hpa_features.features.batch import Batch
from hpa_features.features.field_facts import border_cells, usable_cells
from hpa_features.features.measure import Measurements
from hpa_features.features.metadata import CELLS, IMAGES, fixed_fields
from hpa_features.features.registry import Entry, cell_entries, fact_entries, image_entries
from hpa_features.features.spec import Family
from hpa_features.kernels import kernels_for

METADATA_KEY = b"hpa_feat"
_METADATA = "Metadata_"


def _feature_field(entry: Entry) -> pa.Field:
    feature, column = entry.feature, entry.column
    facts = {
        "block": column.block,
        "family": entry.family,
        "landmark": feature.landmark.value,
        "unit": feature.unit,
        "meaning": column.meaning,
        "source": feature.source,
        "acquisition": feature.acquisition,
        "rare": feature.rare,
        "comparable_nm": entry.comparable_nm,
    }
    metadata = {METADATA_KEY: json.dumps(facts, ensure_ascii=False)}
    return pa.field(column.name, pa.float32(), metadata=metadata)


def _schema(
    fixed: Sequence[pa.Field],
    entries: Sequence[Entry],
    extra: Sequence[str],
    about: Mapping[str, Any],
) -> pa.Schema:
    fields = [
        *fixed,
        *(pa.field(f"{_METADATA}{name}", pa.string()) for name in extra),
        *(_feature_field(entry) for entry in entries),
    ]
    return pa.schema(fields, metadata={METADATA_KEY: json.dumps(dict(about), sort_keys=True)})


def cells_schema(
    families: Sequence[Family],
    channels: Sequence[Channel] = tuple(Channel),
    *,
    extra: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> pa.Schema:
    """Return the schema of the cell table.

    `extra` names further ``Metadata_`` columns (text) that fields carry; `about` (version,
    settings) is kept as JSON in the schema's metadata.
    """
    entries = cell_entries(tuple(families), tuple(channels))
    return _schema(fixed_fields(CELLS), entries, extra, about or {})


def images_schema(
    families: Sequence[Family],
    channels: Sequence[Channel] = tuple(Channel),
    *,
    extra: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> pa.Schema:
    """Return the schema of the image table; parameters as for `cells_schema`."""
    entries = image_entries(families, channels)
    return _schema(fixed_fields(IMAGES), entries, extra, about or {})


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one field in one of the tables.

    Attributes
    ----------
    metadata
        Column of the schema → (n,) values.
    texts
        The field's own metadata, for the schema's further ``Metadata_`` columns.
    values
        (n, features of the schema) float32.
    """

    metadata: Mapping[str, Any]
    texts: Mapping[str, Any]
    values: NDArray[np.float32]


def cell_rows(
    batch: Batch, measured: Measurements, families: Sequence[Family], schema: pa.Schema
) -> list[Rows]:
    """Return for each field of `batch` a row per cell, under a `cells_schema` of `families`.

    `measured` holds the columns of all families; those not in the schema are omitted.
    """
    names = set(schema.names)
    source = [e.source for e in cell_entries(tuple(families)) if e.column.name in names]
    values = measured.cells[:, source]
    rows, end = [], 0
    for field, masks in zip(batch.fields, batch.masks, strict=True):
        begin, end = end, end + masks.count
        centres = _centres(masks)
        metadata = {
            "Metadata_Id": np.repeat(field.id, masks.count),
            "Metadata_ObjectNumber": masks.object_numbers,
            "Metadata_Border": border_cells(masks),
            "Metadata_HasNucleus": masks.nucleus_counts > 0,
            "Metadata_NucleusCount": masks.nucleus_counts,
            "Metadata_CenterX": centres[:, 1],
            "Metadata_CenterY": centres[:, 0],
        }
        rows.append(Rows(metadata, field.metadata, values[begin:end]))
    return rows


def _centres(masks: Masks) -> NDArray[np.float64]:
    """(n, 2) mean row and column of each cell, in pixels."""
    kernels = kernels_for(masks.cells)
    labels, starts, shapes = (
        kernels.from_host(array)
        for array in (masks.cells.ravel(), np.zeros(1, np.int64), np.array([masks.cells.shape]))
    )
    [places] = kernels.to_host([kernels.label_places(labels, masks.count, starts, shapes)])
    found: NDArray[np.float64] = places
    return found


def image_rows(
    batch: Batch, measured: Measurements, families: Sequence[Family], schema: pa.Schema
) -> list[Rows]:
    """Return for each field of `batch` its one row, under an `images_schema` of `families`."""
    names = set(schema.names)
    known = cell_entries(tuple(families))
    entries = [e for e in known if f"{e.column.name}_{STATISTICS[0]}" in names]
    source = [entry.source for entry in entries]
    rare = np.array([entry.feature.rare for entry in entries], np.bool_)
    facts = [e.source for e in fact_entries() if e.column.name in names]
    rows, end = [], 0
    for number, (field, masks) in enumerate(zip(batch.fields, batch.masks, strict=True)):
        begin, end = end, end + masks.count
        image = aggregate(measured.cells[begin:end][:, source], usable_cells(masks), rare)
        values = np.concatenate([image.values, measured.fields[number, facts]])
        metadata = {
            "Metadata_Id": [field.id],
            "Metadata_PixelSizeUm": [field.pixel_size_um],
            "Metadata_PixelSizeSource": [field.pixel_size_source.value],
            "Metadata_CellCount": [masks.count],
            "Metadata_CellsUsed": [image.cells_used],
            "Metadata_AllCellsUsed": [image.all_cells],
        }
        rows.append(Rows(metadata, field.metadata, values.astype(np.float32)[None]))
    return rows


def table_of(rows: Sequence[Rows], schema: pa.Schema) -> pa.Table:
    """Return the rows of one or more fields as one table under their `schema`."""
    names = schema.names
    described = [name for name in names if name.startswith(_METADATA)]
    values = np.concatenate([each.values for each in rows])
    count, width = values.shape
    if width != (wanted := len(names) - len(described)):
        raise ValueError(f"{width} columns of values for {wanted} in the schema")
    columns = [_described(name, rows, schema.field(name).type) for name in described]
    # Slices of one buffer: an array of its own for each of 2,000 columns takes three times as long.
    flat = pa.array(values.ravel(order="F"))
    columns += [flat.slice(at * count, count) for at in range(width)]
    return pa.table(columns, schema=schema)


def _described(name: str, rows: Sequence[Rows], kind: pa.DataType) -> pa.Array:
    """Return a ``Metadata_`` column: a text of the fields where `rows` do not hold it."""
    if name in rows[0].metadata:
        return pa.array(np.concatenate([each.metadata[name] for each in rows]), kind)
    texts = [str(each.texts.get(name.removeprefix(_METADATA), "")) for each in rows]
    return pa.array(np.repeat(texts, [len(each.values) for each in rows]), kind)
