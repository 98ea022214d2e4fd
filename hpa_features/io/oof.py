"""Out-of-fold table of a bundle: predictions for held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.io.limits import LARGEST

# Per label, in this order: column suffix and Arrow type.
PARTS = {
    "truth": pa.bool_(),
    "raw": pa.float64(),
    "prob": pa.float64(),
    "nested": pa.float64(),
    "decision": pa.bool_(),
}
# Far above any table that was trained on: training holds it in memory.
_MOST_ROWS = 10_000_000


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Truth and out-of-fold predictions of every training row.

    Attributes
    ----------
    ids
        Row ids.
    groups
        The group of each row, as text.
    folds
        (rows,) int16: the fold that held the row out.
    labels
        Label names, in order.
    truth
        (rows, labels) bool.
    raw
        (rows, labels) float64: log-odds of the fold model that did not see the row.
    prob
        (rows, labels) float64: `raw` after the delivered calibrator.
    nested
        (rows, labels) float64: `raw` after a calibrator that did not see the row's fold.
    decision
        (rows, labels) bool: `nested` against a threshold that did not see the row's fold.
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    folds: NDArray[np.int16]
    labels: tuple[str, ...]
    truth: NDArray[np.bool_]
    raw: NDArray[np.float64]
    prob: NDArray[np.float64]
    nested: NDArray[np.float64]
    decision: NDArray[np.bool_]

    @property
    def ranking(self) -> NDArray[np.float64]:
        """Return (rows, labels) float64: the order of rows that average precision judges.

        Log-odds before calibration: calibrators of different folds would shift the folds against
        one another. A label that is predicted by its prevalence ranks nothing.
        """
        constant = np.ptp(self.prob, axis=0) == 0 if len(self.prob) else np.zeros(0, np.bool_)
        return np.where(constant, self.prob, self.raw)


def write_oof(oof: OutOfFold, path: Path) -> None:
    """Write `oof` as Parquet: Id, Group, Fold, then five columns a label."""
    columns: dict[str, pa.Array] = {
        "Id": pa.array(oof.ids, pa.string()),
        "Group": pa.array(oof.groups, pa.string()),
        "Fold": pa.array(oof.folds, pa.int16()),
    }
    for index, label in enumerate(oof.labels):
        for part, kind in PARTS.items():
            values = np.ascontiguousarray(getattr(oof, part)[:, index])
            columns[f"{label}.{part}"] = pa.array(values, kind)
    pq.write_table(pa.table(columns), path, compression="zstd")


def read_oof(content: bytes, path: Path, labels: Sequence[str], rows: int) -> OutOfFold:
    """Read the out-of-fold table of the given labels.

    Parameters
    ----------
    content
        Of the file.
    path
        Its name, for messages.
    labels
        Their names, in order.
    rows
        How many rows it must have.

    Raises
    ------
    BundleError
        The file is not Parquet, lacks a column, has another number of rows, or a column has
        another type, missing values or numbers out of range.
    """
    wanted = {"Id": pa.string(), "Group": pa.string(), "Fold": pa.int16()}
    wanted |= {f"{label}.{part}": kind for label in labels for part, kind in PARTS.items()}
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        # Compared before anything is read: a small file can hold billions of equal rows.
        if not 0 < file.metadata.num_rows == rows <= _MOST_ROWS:
            raise BundleError(
                f"{path} has {file.metadata.num_rows:,} rows, wanted the {rows:,} of model.json, "
                f"from 1 to {_MOST_ROWS:,}."
            )
        names = file.schema_arrow.names
        for name in wanted:
            if names.count(name) != 1:
                raise BundleError(f"{path} needs exactly one column {name!r}.")
        table = file.read([*wanted])
        table.validate(full=True)  # texts may not be UTF-8
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BundleError(f"{path} is not a readable Parquet file: {error}") from error
    for name, kind in wanted.items():
        column = table.column(name)
        if column.type != kind or column.null_count:
            raise BundleError(
                f"{path}: column {name!r} must be {kind} without gaps, "
                f"got {column.type} with {column.null_count} gaps."
            )
    parts: dict[str, Any] = {
        part: np.column_stack([table.column(f"{label}.{part}").to_numpy() for label in labels])
        for part in PARTS
    }
    for part, least, most in (("raw", -LARGEST, LARGEST), ("prob", 0, 1), ("nested", 0, 1)):
        if not ((parts[part] >= least) & (parts[part] <= most)).all():
            raise BundleError(f"{path}: each {part} must be a number from {least:g} to {most:g}.")
    return OutOfFold(
        ids=tuple(table.column("Id").to_pylist()),
        groups=tuple(table.column("Group").to_pylist()),
        folds=table.column("Fold").to_numpy(),
        labels=tuple(labels),
        **parts,
    )
