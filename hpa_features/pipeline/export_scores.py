"""What is predicted of each cell: scores of its own, or those of its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.io.predictions import Predictions

_NUMBER = "Metadata_ObjectNumber"
_SCORES = (".score", ".alone")


@dataclass(frozen=True, slots=True)
class Scores:
    """Predictions of fields or of cells.

    Attributes
    ----------
    names
        Of the scores.
    values
        (field's id, number of the cell) → scores; the number is 0 for whole fields.
    classes
        The same → labels. Of a cell the one with the highest score.
    of_cells
        Whether each cell has its own.
    """

    names: tuple[str, ...] = ()
    values: Mapping[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)
    classes: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    of_cells: bool = False

    def of(self, field_id: str, number: int) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Return scores and classes of a cell; NaN and none where it has none."""
        key = (field_id, number if self.of_cells else 0)
        return self.values.get(key, np.full(len(self.names), np.nan)), self.classes.get(key, ())

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of these fields that have no predictions."""
        known = {each for each, _ in self.values}
        return [each for each in ids if each not in known] if self.names else []


def read_scores(path: str) -> Scores:
    """Read a table of predictions; none: empty.

    Raises
    ------
    UsageError
        It holds no predictions.
    DataError
        It is damaged.
    """
    if not path:
        return Scores()
    from hpa_features.io.arrow import column_named, read_arrow
    from hpa_features.io.prediction_files import read_predictions

    if not path.lower().endswith((".ndjson", ".jsonl")):
        table = read_arrow(path, text=("Predicted", "label"))
        if column_named(table, _NUMBER):
            return _of_cells(table, path)
    return _of_fields(read_predictions(path))


def _of_fields(found: Predictions) -> Scores:
    known = found.probability if found.probability is not None else found.decision
    ending = ".prob" if found.probability is not None else ".decision"
    return Scores(
        tuple(f"{label}{ending}" for label in found.labels),
        {(each, 0): row.astype(np.float64) for each, row in zip(found.ids, known)},
        {
            (each, 0): tuple(label for label, has in zip(found.labels, row) if has)
            for each, row in zip(found.ids, found.decision)
        },
    )


def _of_cells(table: pa.Table, path: str) -> Scores:
    from hpa_features.io.arrow import id_column, texts

    names = tuple(name for name in table.column_names if name.endswith(_SCORES))
    if not names:
        raise UsageError(
            f"{path} has cells, but no scores of labels.",
            hint="Write it with: hpa-feat predict MODEL INPUT --level cells -o cells.parquet",
        )
    labels = [name.rpartition(".")[0] for name in names]
    numbers = table.column(_NUMBER).to_pylist()
    keys = [(each, int(n)) for each, n in zip(texts(table, id_column(table, path)), numbers)]
    columns = [table.column(name).to_numpy(zero_copy_only=False) for name in names]
    values = np.stack([np.asarray(each, np.float64) for each in columns], axis=1)
    known = [not np.isnan(row).all() for row in values]
    best = np.where(np.isnan(values), -np.inf, values).argmax(axis=1)
    return Scores(
        names,
        dict(zip(keys, values)),
        {key: (labels[at],) for key, at, has in zip(keys, best.tolist(), known) if has},
        of_cells=True,
    )
