"""Any file that `predict` writes, and Kaggle submissions of others, → `Predictions`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.core.tables import IN_TRAINING
from hpa_features.io.arrow import ids_of, name_some, read_arrow, texts
from hpa_features.io.predictions import (
    DECISION,
    ID,
    LONG_COLUMNS,
    NOVELTY,
    PREDICTED,
    PROB,
    Predictions,
)


def read_predictions(path: str) -> Predictions:
    """Read predictions, told apart by their columns.

    Parameters
    ----------
    path
        ``wide`` or ``long`` (CSV, Parquet), ``kaggle`` (CSV with ``Id`` and ``Predicted``) or
        ``ndjson``.

    Raises
    ------
    UsageError
        No such file, it holds no predictions, ids come twice, or a value is none that it can be.
    DataError
        The file is damaged or empty.
    """
    if Path(path).is_file():
        with Path(path).open("rb") as file:
            if file.read(1) == b"{":
                return _from_json_lines(path)
    table = read_arrow(path, text=(PREDICTED, "label"))
    names = table.column_names
    if PREDICTED in names:
        return _from_kaggle(table, path)
    if {"label", "decision"} <= set(names):
        return _from_long(table, path)
    if any(name.endswith(DECISION) for name in names):
        return _from_wide(table, path)
    raise UsageError(
        f"{path} holds no predictions; its columns are: {name_some(names)}.",
        hint=f"Wanted a column {PREDICTED}, or label and decision, or <label>{DECISION}.",
    )


def _from_kaggle(table: pa.Table, path: str) -> Predictions:
    ids = ids_of(table, path)
    decision = np.zeros((len(ids), len(LOCATIONS)), dtype=np.bool_)
    for row, text in enumerate(texts(table, PREDICTED)):
        for word in text.split():
            if not word.isdecimal() or int(word) >= len(LOCATIONS):
                raise UsageError(
                    f"{path}, data row {row + 1} (Id {ids[row]}): {PREDICTED} holds {word!r}, "
                    "wanted integers 0–27 between spaces."
                )
            decision[row, int(word)] = True
    # `predict` cannot add a column to a submission; others may have.
    return Predictions(ids, LOCATIONS, decision, in_training=_in_training(table, path))


def _from_wide(table: pa.Table, path: str) -> Predictions:
    names = table.column_names
    labels = tuple(name.removesuffix(DECISION) for name in names if name.endswith(DECISION))
    known = all(label + PROB in names for label in labels)
    return Predictions(
        ids=ids_of(table, path),
        labels=labels,
        decision=np.stack([_bits(table, label + DECISION, path) for label in labels], axis=1),
        probability=np.stack([_numbers(table, label + PROB, path) for label in labels], axis=1)
        if known
        else None,
        novelty=_numbers(table, NOVELTY, path) if NOVELTY in names else None,
        in_training=_in_training(table, path),
    )


def _from_long(table: pa.Table, path: str) -> Predictions:
    row_ids, row_labels = texts(table, ID), texts(table, "label")
    ids, labels = tuple(dict.fromkeys(row_ids)), tuple(dict.fromkeys(row_labels))
    if len(set(zip(row_ids, row_labels))) != len(row_ids) or len(row_ids) != len(ids) * len(labels):
        raise UsageError(f"{path}: every Id needs each of the {len(labels)} labels exactly once.")
    row_of = {each: at for at, each in enumerate(ids)}
    column_of = {each: at for at, each in enumerate(labels)}
    place = ([row_of[each] for each in row_ids], [column_of[each] for each in row_labels])

    def spread(values: NDArray[Any]) -> NDArray[Any]:
        square = np.empty((len(ids), len(labels)), dtype=values.dtype)
        square[place] = values
        return square

    complete = set(LONG_COLUMNS) <= set(table.column_names)
    trained = _in_training(table, path)
    return Predictions(
        ids=ids,
        labels=labels,
        decision=spread(_bits(table, "decision", path)),
        probability=spread(_numbers(table, "probability", path)) if complete else None,
        threshold=spread(_numbers(table, "threshold", path))[0] if complete else None,
        in_training=None if trained is None else np.asarray(spread(trained).any(axis=1)),
    )


def _from_json_lines(path: str) -> Predictions:
    records = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            odds, trained = record.get("probability"), record.get("in_training")
            records.append((str(record[ID]), set(record["labels"]), odds, trained))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}, line {number} is no prediction: {error}.",
                hint='Wanted {"Id": …, "labels": […], "probability": {…}} on every line.',
            ) from error
    ids = tuple(each for each, *_ in records)
    if len(set(ids)) < len(ids):
        twice = sorted({each for each in ids if ids.count(each) > 1})
        raise UsageError(f"{path} has duplicate ids: {name_some(twice, 3)}.")
    first = records[0][2]
    labels = tuple(first or sorted({label for _, given, *_ in records for label in given}))
    decision = np.array([[label in given for label in labels] for _, given, *_ in records])
    marks = [trained for *_, trained in records]
    if not (all(isinstance(mark, bool) for mark in marks) or all(mark is None for mark in marks)):
        raise DataError(f"{path}: in_training must be true or false on every line, or on none.")
    trained = None if marks[0] is None else np.array(marks, dtype=np.bool_)
    if first is None:
        return Predictions(ids, labels, decision, in_training=trained)
    try:
        probability = np.array(
            [[float(odds[each]) for each in labels] for _, _, odds, _ in records]
        )
    except (KeyError, TypeError) as error:
        raise DataError(f"{path}: not every line has the probability of {error}.") from error
    return Predictions(ids, labels, decision, probability, in_training=trained)


def _in_training(table: pa.Table, path: str) -> NDArray[np.bool_] | None:
    return _bits(table, IN_TRAINING, path) if IN_TRAINING in table.column_names else None


def _bits(table: pa.Table, name: str, path: str) -> NDArray[np.bool_]:
    values = _numbers(table, name, path)
    if not np.isin(values, (0, 1)).all():
        raise UsageError(f"{path}: column {name} holds something else than 0 and 1.")
    bits: NDArray[np.bool_] = values == 1
    return bits


def _numbers(table: pa.Table, name: str, path: str) -> NDArray[np.float64]:
    try:
        column: NDArray[np.float64] = table.column(name).cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(f"{path}: column {name} holds text, wanted numbers.") from error
    return column


def ids_from(path: str) -> Sequence[str]:
    """Return the ids of a table in their order (``--ids-from``).

    Raises
    ------
    UsageError
        No such file, no column Id, an id comes twice.
    DataError
        The file is damaged.
    """
    return ids_of(read_arrow(path, text=None), path)
