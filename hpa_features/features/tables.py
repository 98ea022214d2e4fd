"""Measurements to Arrow tables, under schemas that are fixed before the first row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.types import Channel, Masks
from hpa_features.features.aggregate import STATISTICS, aggregate
from hpa_features.features.batch import Batch
from hpa_features.features.field_facts import border_cells, usable_cells
from hpa_features.features.measure import Measurements
from hpa_features.features.metadata import CELLS, FIXED, IMAGES, fixed_fields
from hpa_features.features.registry import Entry, cell_entries, fact_entries, image_entries
from hpa_features.features.spec import Family

METADATA_KEY = b"hpa_feat"


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
        *(pa.field(f"Metadata_{name}", pa.string()) for name in extra),
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
    return _schema(fixed_fields(CELLS), cell_entries(families, channels), extra, about or {})


def images_schema(
    families: Sequence[Family],
    channels: Sequence[Channel] = tuple(Channel),
    *,
    extra: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> pa.Schema:
    """Return the schema of the image table; parameters as for `cells_schema`."""
    return _schema(fixed_fields(IMAGES), image_entries(families, channels), extra, about or {})


def _centres(masks: Masks) -> NDArray[np.float64]:
    """(n, 2) mean column and row of each cell, in pixels."""
    rows, columns = np.nonzero(masks.cells)
    labels = masks.cells[rows, columns]
    count = np.maximum(np.bincount(labels, minlength=masks.count + 1)[1:], 1)
    x = np.bincount(labels, columns, masks.count + 1)[1:] / count
    y = np.bincount(labels, rows, masks.count + 1)[1:] / count
    return np.stack([x, y], 1)


def cell_table(
    batch: Batch, measured: Measurements, families: Sequence[Family], schema: pa.Schema
) -> pa.Table:
    """Return one row per cell of `batch`, under a `cells_schema` of `families`.

    `measured` holds the columns of all families; those not in the schema are omitted.
    """
    names = set(schema.names)
    source = [e.source for e in cell_entries(families) if e.column.name in names]
    counts = [masks.count for masks in batch.masks]
    columns: dict[str, Any] = {
        "Metadata_Id": np.repeat([f.id for f in batch.fields], counts),
        "Metadata_ObjectNumber": np.concatenate([m.object_numbers for m in batch.masks]),
        "Metadata_Border": np.concatenate([border_cells(m) for m in batch.masks]),
        "Metadata_HasNucleus": np.concatenate([m.nucleus_counts > 0 for m in batch.masks]),
        "Metadata_NucleusCount": np.concatenate([m.nucleus_counts for m in batch.masks]),
    }
    centres = np.concatenate([_centres(m) for m in batch.masks])
    columns["Metadata_CenterX"], columns["Metadata_CenterY"] = centres[:, 0], centres[:, 1]
    return _fill(schema, columns, _field_texts(batch, schema, counts), measured.cells[:, source])


def image_table(
    batch: Batch, measured: Measurements, families: Sequence[Family], schema: pa.Schema
) -> pa.Table:
    """Return one row per field of `batch`, under an `images_schema` of `families`."""
    names = set(schema.names)
    entries = [e for e in cell_entries(families) if f"{e.column.name}_{STATISTICS[0]}" in names]
    source = np.array([entry.source for entry in entries], np.int64)
    rare = np.array([entry.feature.rare for entry in entries], np.bool_)
    facts = [e.source for e in fact_entries() if e.column.name in names]
    rows, used, whole = [], [], []
    end = 0
    for number, masks in enumerate(batch.masks):
        begin, end = end, end + masks.count
        image = aggregate(measured.cells[begin:end][:, source], usable_cells(masks), rare)
        rows.append(np.concatenate([image.values, measured.fields[number, facts]]))
        used.append(image.cells_used)
        whole.append(image.all_cells)
    columns: dict[str, Any] = {
        "Metadata_Id": [f.id for f in batch.fields],
        "Metadata_PixelSizeUm": [f.pixel_size_um for f in batch.fields],
        "Metadata_PixelSizeSource": [f.pixel_size_source.value for f in batch.fields],
        "Metadata_CellCount": [m.count for m in batch.masks],
        "Metadata_CellsUsed": used,
        "Metadata_AllCellsUsed": whole,
    }
    texts = _field_texts(batch, schema, [1] * len(batch.fields))
    return _fill(schema, columns, texts, np.array(rows, np.float32))


def _field_texts(
    batch: Batch, schema: pa.Schema, counts: Sequence[int]
) -> dict[str, NDArray[np.str_]]:
    """Return the fields' own metadata as columns, each repeated `counts` times."""
    names = [f.name for f in schema if f.name.startswith("Metadata_")]
    fixed = {each.column for each in FIXED}
    return {
        name: np.repeat(
            [str(f.metadata.get(name.removeprefix("Metadata_"), "")) for f in batch.fields], counts
        )
        for name in names
        if name not in fixed
    }


def _fill(
    schema: pa.Schema,
    metadata: Mapping[str, Any],
    texts: Mapping[str, Any],
    values: NDArray[np.float32],
) -> pa.Table:
    numbers = [f.name for f in schema if not f.name.startswith("Metadata_")]
    arrays = {**metadata, **texts}
    columns = [pa.array(arrays[f.name], f.type) for f in schema if f.name in arrays]
    if values.shape[1] != len(numbers):
        raise ValueError(f"{values.shape[1]} columns of values for {len(numbers)} in the schema")
    columns += [pa.array(np.ascontiguousarray(values[:, at])) for at in range(len(numbers))]
    return pa.table(columns, schema=schema)
