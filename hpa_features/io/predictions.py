"""Predictions on disk and in pipes: wide, long, Kaggle's submission, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import LOCATIONS, location_index
from hpa_features.core.settings import PredictionForm
from hpa_features.core.tables import IN_TRAINING
from hpa_features.io.row_files import write_csv

ID, PREDICTED, NOVELTY = "Id", "Predicted", "Novelty"
PROB, DECISION = ".prob", ".decision"
LONG_COLUMNS = ("Id", "label", "probability", "threshold", "decision")


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of a model for each row.

    Attributes
    ----------
    ids
        Row ids, unique.
    labels
        Label names, in order.
    decision
        (rows, labels) bool: the labels that a row gets.
    probability
        (rows, labels) float64; None where a file does not carry them (Kaggle's form).
    threshold
        (labels,) float64: from here on a probability means yes; None where it is not known.
    novelty
        (rows,) float64, 0–1: how far a row lies outside what the model was trained on; None
        where it is not known.
    in_training
        (rows,) bool: whether the model was trained on the row; None where it is not known.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    decision: NDArray[np.bool_]
    probability: NDArray[np.float64] | None = None
    threshold: NDArray[np.float64] | None = None
    novelty: NDArray[np.float64] | None = None
    in_training: NDArray[np.bool_] | None = None

    @property
    def trained_rows(self) -> int:
        """Number of rows that the model is known to have been trained on."""
        return 0 if self.in_training is None else int(self.in_training.sum())

    def rows(self, wanted: Sequence[str]) -> Predictions:
        """Return the rows of those ids in that order; ids without a row are skipped."""
        at = {each: row for row, each in enumerate(self.ids)}
        keep = [at[each] for each in wanted if each in at]
        return replace(
            self,
            ids=tuple(self.ids[row] for row in keep),
            decision=self.decision[keep],
            probability=None if self.probability is None else self.probability[keep],
            novelty=None if self.novelty is None else self.novelty[keep],
            in_training=None if self.in_training is None else self.in_training[keep],
        )

    def with_one_label_at_least(self) -> Predictions:
        """Return the same with the most probable label assigned to rows that have none."""
        if self.probability is None:
            return self
        decision = self.decision.copy()
        empty = np.flatnonzero(~decision.any(axis=1))
        decision[empty, self.probability[empty].argmax(axis=1)] = True
        return replace(self, decision=decision)


def check_form(form: PredictionForm, labels: Sequence[str]) -> None:
    """Refuse a form that cannot carry these labels.

    Raises
    ------
    UsageError
        Kaggle's form for labels that are not among the 28 locations.
    """
    others = [label for label in labels if label not in LOCATIONS]
    if form is PredictionForm.KAGGLE and others:
        raise UsageError(
            f"--format kaggle writes the integers of the 28 locations; {others[0]!r} is not one of "
            "them.",
            hint="Use --format wide, long or ndjson.",
        )


def write_text(
    predictions: Predictions, file: TextIO, form: PredictionForm, asked: Sequence[str] = ()
) -> None:
    """Write predictions to an open text file; ``ndjson`` is flushed line by line.

    Parameters
    ----------
    predictions
        In the order of rows.
    file
        Open for text.
    form
        How to lay them out.
    asked
        For Kaggle's form: the ids that get a row, in that order, an empty one where there is no
        prediction. Empty: those of `predictions`.
    """
    if form is PredictionForm.NDJSON:
        for line in _json_lines(predictions):
            file.write(line + "\n")
            file.flush()
        return
    header, rows = _layout(predictions, form, asked)
    write_csv(file, header, rows)


def write_parquet(predictions: Predictions, path: Path, form: PredictionForm) -> None:
    """Write predictions as a Parquet file, wide or long.

    Raises
    ------
    UsageError
        `form` is text by its nature.
    """
    if form is PredictionForm.LONG:
        columns = _long_columns(predictions)
    elif form is PredictionForm.WIDE:
        columns = wide_columns(predictions)
    else:
        raise UsageError(
            f"--format {form} is text.", hint=f"Name the output {path.stem}.csv, or use wide."
        )
    pq.write_table(pa.table(columns), path, compression="zstd")


def _layout(
    predictions: Predictions, form: PredictionForm, asked: Sequence[str]
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    if form is PredictionForm.KAGGLE:
        return (ID, PREDICTED), _kaggle_rows(predictions, asked or predictions.ids)
    columns = (
        _long_columns(predictions) if form is PredictionForm.LONG else wide_columns(predictions)
    )
    return tuple(columns), zip(*(map(_text, values) for values in columns.values()))


def _kaggle_rows(predictions: Predictions, asked: Sequence[str]) -> Iterator[Sequence[str]]:
    numbers = np.array([location_index(label) for label in predictions.labels])
    at = {each: row for row, each in enumerate(predictions.ids)}
    for each in asked:
        row = at.get(each)
        found = [] if row is None else sorted(numbers[predictions.decision[row]])
        yield each, " ".join(str(number) for number in found)


def wide_columns(predictions: Predictions) -> dict[str, Sequence[Any] | NDArray[Any]]:
    """Return the columns of the wide form: a row a field, two columns a label."""
    columns: dict[str, Sequence[Any] | NDArray[Any]] = {ID: predictions.ids}
    for at, label in enumerate(predictions.labels):
        if predictions.probability is not None:
            columns[label + PROB] = predictions.probability[:, at]
        columns[label + DECISION] = predictions.decision[:, at].astype(np.uint8)
    if predictions.novelty is not None:
        columns[NOVELTY] = predictions.novelty
    if predictions.in_training is not None:
        columns[IN_TRAINING] = predictions.in_training.astype(np.uint8)
    return columns


def _long_columns(predictions: Predictions) -> Mapping[str, Sequence[Any] | NDArray[Any]]:
    rows, labels = predictions.decision.shape
    unknown = np.full((rows, labels), np.nan)
    probability = unknown if predictions.probability is None else predictions.probability
    threshold = np.full(labels, np.nan) if predictions.threshold is None else predictions.threshold
    values = (
        np.repeat(np.array(predictions.ids, dtype=object), labels),  # one text a field, not a label
        list(predictions.labels) * rows,
        probability.ravel(),
        np.tile(threshold, rows),
        predictions.decision.ravel().astype(np.uint8),
    )
    columns = dict(zip(LONG_COLUMNS, values, strict=True))
    if predictions.in_training is not None:
        columns[IN_TRAINING] = np.repeat(predictions.in_training.astype(np.uint8), labels)
    return columns


def _json_lines(predictions: Predictions) -> Iterator[str]:
    for row, each in enumerate(predictions.ids):
        record: dict[str, Any] = {
            ID: each,
            "labels": [
                label for label, hit in zip(predictions.labels, predictions.decision[row]) if hit
            ],
        }
        if predictions.probability is not None:
            record["probability"] = {
                label: float(_text(value))
                for label, value in zip(predictions.labels, predictions.probability[row])
            }
        if predictions.novelty is not None:
            record["novelty"] = float(_text(predictions.novelty[row]))
        if predictions.in_training is not None:
            record["in_training"] = bool(predictions.in_training[row])
        yield json.dumps(record, ensure_ascii=False)


def _text(value: Any) -> str:
    # Seven digits: decisions stand beside probabilities, so rounding changes none.
    return f"{value:.7g}" if isinstance(value, (float, np.floating)) else str(value)
