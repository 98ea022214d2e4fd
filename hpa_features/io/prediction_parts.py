"""Predictions in part files of an output folder, and all of a folder or several."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from hpa_features.core.errors import DataError
from hpa_features.core.tables import IN_TRAINING
from hpa_features.io.arrow import read_part
from hpa_features.io.atomic import PART
from hpa_features.io.column_facts import KEY
from hpa_features.io.predictions import (
    DECISION,
    ID,
    NOVELTY,
    PROB,
    Predictions,
    wide_columns,
)

PREDICTIONS = "predictions"
"""Folder of the part files."""


def holds_predictions(path: str) -> bool:
    """Whether `path` is a folder that ``predict -o DIR`` wrote."""
    return any((Path(path) / PREDICTIONS).glob(f"{PART}*.parquet"))


def prediction_schema(labels: Sequence[str]) -> pa.Schema:
    """Return the columns of a part: the wide form of predictions."""
    fields = [pa.field(ID, pa.string())]
    for label in labels:
        fields += [
            pa.field(label + PROB, pa.float64()),
            pa.field(label + DECISION, pa.uint8()),
        ]
    fields += [pa.field(NOVELTY, pa.float64()), pa.field(IN_TRAINING, pa.uint8())]
    return pa.schema(fields)


def prediction_table(found: Predictions) -> pa.Table:
    """Return predictions as a part keeps them; its schema also states the thresholds."""
    thresholds = [] if found.threshold is None else found.threshold.tolist()
    facts = {"thresholds": dict(zip(found.labels, thresholds))}
    schema = prediction_schema(found.labels).with_metadata({KEY: json.dumps(facts)})
    return pa.table(wide_columns(found), schema=schema)


def read_prediction_parts(paths: Iterable[Path]) -> Predictions:
    """Return the predictions of part files of one model, by Id.

    Raises
    ------
    DataError
        A file is damaged, or there are no rows.
    """
    paths = list(paths)
    tables = [read_part(path) for path in paths]
    if not sum(table.num_rows for table in tables):
        raise DataError("There are no predictions.", hint="Run hpa-feat predict … -o DIR first.")
    try:
        return _predictions(pa.concat_tables(tables), _thresholds(tables[0]))
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise DataError(
            f"{paths[0].parent} cannot be read as predictions: {error}.",
            hint="Run the command that wrote the folder again with --overwrite.",
        ) from error


def _predictions(table: pa.Table, thresholds: dict[str, float]) -> Predictions:
    table = table.sort_by(ID)
    labels = tuple(n.removesuffix(DECISION) for n in table.column_names if n.endswith(DECISION))

    def each(ending: str) -> Any:
        return np.stack([table[label + ending].to_numpy() for label in labels], axis=1)

    return Predictions(
        ids=tuple(table[ID].to_pylist()),
        labels=labels,
        decision=each(DECISION).astype(np.bool_),
        probability=each(PROB),
        threshold=np.array([thresholds[label] for label in labels]),
        novelty=table[NOVELTY].to_numpy(),
        in_training=table[IN_TRAINING].to_numpy().astype(np.bool_),
    )


def _thresholds(table: pa.Table) -> dict[str, float]:
    facts = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
    return {str(name): float(value) for name, value in facts["thresholds"].items()}
