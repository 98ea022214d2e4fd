"""Any file that `predict` writes, and Kaggle submissions of others, → `Predictions`."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.locations import LOCATIONS
from hpa_features.core.tables import IN_TRAINING
from hpa_features.io.arrow import (
    column_named,
    id_column,
    ids_of,
    name_some,
    read_arrow,
    texts,
    words,
)
from hpa_features.io.prediction_parts import PREDICTIONS, holds_predictions, read_prediction_parts
from hpa_features.io.predictions import (
    DECISION,
    ID,
    LONG_COLUMNS,
    NOVELTY,
    PREDICTED,
    PROB,
    Predictions,
)
from hpa_features.io.store.parts import part_paths
from hpa_features.io.table_text import check_characters, start_of, unpacked


def read_predictions(path: str) -> Predictions:
    """Read predictions, recognised by their columns.

    Parameters
    ----------
    path
        ``wide`` or ``long`` (CSV, Parquet), ``kaggle`` (CSV with ``Id`` and ``Predicted``) or
        ``ndjson``; or a folder that ``predict -o DIR`` wrote.

    Raises
    ------
    UsageError
        No such file, it holds no predictions, ids come twice, or a value is none that it can be.
    DataError
        The file is damaged or empty.
    """
    if holds_predictions(path):
        return read_prediction_parts(part_paths(Path(path), PREDICTIONS))
    if Path(path).is_file():
        with Path(path).open("rb") as file:
            if start_of(file).removeprefix(codecs.BOM_UTF8).startswith(b"{"):
                return _from_json_lines(path)
    table = read_arrow(path, text=(PREDICTED, "label"))
    names = table.column_names
    if column := column_named(table, PREDICTED):
        return _from_kaggle(table, column, path)
    if all(column_named(table, each) for each in ("label", "decision")):
        return _from_long(table, path)
    if any(name.endswith(DECISION) for name in names):
        return _from_wide(table, path)
    raise UsageError(
        f"{path} has no predictions; its columns are: {name_some(names)}.",
        hint=f"Wanted a column {PREDICTED}, or label and decision, or <label>{DECISION}.",
    )


def _from_kaggle(table: pa.Table, column: str, path: str) -> Predictions:
    ids = ids_of(table, path)
    decision = np.zeros((len(ids), len(LOCATIONS)), dtype=np.bool_)
    for row, text in enumerate(words(table, column)):
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
        probability=np.stack([_odds(table, label + PROB, path) for label in labels], axis=1)
        if known
        else None,
        novelty=_numbers(table, NOVELTY, path) if NOVELTY in names else None,
        in_training=_in_training(table, path),
    )


def _from_long(table: pa.Table, path: str) -> Predictions:
    row_ids = texts(table, id_column(table, path))
    row_labels = texts(table, column_named(table, "label"))
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

    names = {each: column_named(table, each) for each in LONG_COLUMNS[1:]}
    complete = all(names.values()) and table.column(names["probability"]).null_count < len(row_ids)
    trained = _in_training(table, path)
    return Predictions(
        ids=ids,
        labels=labels,
        decision=spread(_bits(table, names["decision"], path)),
        probability=spread(_odds(table, names["probability"], path)) if complete else None,
        threshold=spread(_numbers(table, names["threshold"], path))[0] if complete else None,
        in_training=None if trained is None else np.asarray(spread(trained).any(axis=1)),
    )


def _from_json_lines(path: str) -> Predictions:
    content = unpacked(Path(path).read_bytes(), path)
    check_characters(content, path)
    records = []
    for number, line in enumerate(bytes(content).decode("utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(_record(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DataError(
                f"{path}, line {number} is not a prediction: {error}.",
                hint='Wanted {"Id": …, "labels": […], "probability": {…}} on every line.',
            ) from error
    ids = tuple(each for each, *_ in records)
    if len(set(ids)) < len(ids):
        twice = sorted(each for each, count in Counter(ids).items() if count > 1)
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
        odds = [each or {} for _, _, each, _ in records]
        probability = np.array([[row[label] for label in labels] for row in odds])
    except KeyError as error:
        raise DataError(f"{path}: not every line has the probability of {error}.") from error
    _refuse_odd(probability, f"{path}: probability")
    return Predictions(ids, labels, decision, probability, in_training=trained)


def _in_training(table: pa.Table, path: str) -> NDArray[np.bool_] | None:
    column = column_named(table, IN_TRAINING)
    return _bits(table, column, path) if column else None


def _record(plain: Any) -> tuple[str, set[str], dict[str, float] | None, Any]:
    """Return id, labels, probabilities and whether it was in the training of one parsed line."""
    labels, odds = plain["labels"], plain.get("probability")
    if not isinstance(labels, list):
        raise TypeError("labels must be a list")
    if odds is not None:
        odds = {str(name): float(value) for name, value in odds.items()}
    return str(plain[ID]), {str(label) for label in labels}, odds, plain.get("in_training")


def _bits(table: pa.Table, name: str, path: str) -> NDArray[np.bool_]:
    values = _numbers(table, name, path)
    if not np.isin(values, (0, 1)).all():
        raise UsageError(f"{path}: column {name} has values other than 0 and 1.")
    bits: NDArray[np.bool_] = values == 1
    return bits


def _odds(table: pa.Table, name: str, path: str) -> NDArray[np.float64]:
    values = _numbers(table, name, path)
    _refuse_odd(values, f"{path}: column {name}")
    return values


def _refuse_odd(values: NDArray[np.float64], what: str) -> None:
    """Refuse probabilities that are missing or not between 0 and 1."""
    odd = np.flatnonzero(~((values >= 0) & (values <= 1)))
    if len(odd):
        row = np.unravel_index(odd[0], values.shape)[0]
        found = values.ravel()[odd[0]]
        got = "nothing" if np.isnan(found) else f"{found:g}"
        raise UsageError(f"{what} holds {got} in data row {row + 1}, wanted 0 to 1.")


def _numbers(table: pa.Table, name: str, path: str) -> NDArray[np.float64]:
    try:
        column: NDArray[np.float64] = table.column(name).cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(
            f"{path}: column {name} has text or numbers that are too large."
        ) from error
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
