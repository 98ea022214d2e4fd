"""The rows of a report: those that the model was trained on, with their features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.judge_settings import ReportSettings
from hpa_features.core.progress import Progress
from hpa_features.core.tables import FeatureTable
from hpa_features.io.arrow import name_some
from hpa_features.io.bundle import Bundle

if TYPE_CHECKING:
    from hpa_features.learn.model import Model


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRows:
    """Features of training rows.

    Attributes
    ----------
    source
        The table.
    oof
        (rows,) places of the rows in the model's out-of-fold table.
    values
        (rows, model columns) float32, in the model's order.
    names
        Column of the table → its place in `table_values`.
    table_values
        (rows, table columns) float32.
    metadata
        ``Metadata_`` columns by name, (rows,) each.
    meanings
        Column of the table → what it measures; only of those that state it.
    plates
        (rows,) what rows are normalized within; empty for models that normalize nothing.
    """

    source: str
    oof: NDArray[np.intp]
    values: NDArray[np.float32]
    names: Mapping[str, int]
    table_values: NDArray[np.float32]
    metadata: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, str]
    plates: tuple[str, ...]

    def column(self, name: str) -> NDArray[np.float32] | None:
        """Return (rows,) a column of the table, None where it has none of that name."""
        at = self.names.get(name)
        return None if at is None else self.table_values[:, at]


def feature_rows(
    bundle: Bundle,
    learned: Model,
    settings: ReportSettings,
    table: FeatureTable | None,
    progress: Progress,
) -> FeatureRows | None:
    """Return the training rows' features; None where nobody named them and they have moved.

    `table` has them, or None: they are read.

    Raises
    ------
    UsageError, DataError
        A table that is named cannot be read.
    BundleError
        It lacks columns of the model.
    """
    source = settings.features or str(bundle.facts["data"].get("features", ""))
    if table is None:
        table = _read(source, bundle, settings, progress)
    if table is None:
        return None
    row_of = {each: row for row, each in enumerate(table.ids)}
    kept = [at for at, each in enumerate(bundle.oof.ids) if each in row_of]
    missing = [each for each in bundle.oof.ids if each not in row_of]
    if missing:
        progress.warn(
            f"{source or 'The table'} lacks {len(missing):,} of the {len(bundle.oof.ids):,} rows "
            f"that the model was trained on: {name_some(missing)}."
        )
    if not kept:
        return None
    rows = [row_of[bundle.oof.ids[at]] for at in kept]
    of_rows = learned.plates(table)
    return FeatureRows(
        source=source,
        oof=np.array(kept, dtype=np.intp),
        values=learned.align(table)[rows],
        names={name: at for at, name in enumerate(table.names)},
        table_values=table.values[rows],
        metadata={
            name: tuple(texts[row] for row in rows) for name, texts in table.metadata.items()
        },
        meanings={column.name: column.meaning for column in table.columns if column.meaning},
        plates=tuple(of_rows[row] for row in rows if of_rows),
    )


def _read(
    source: str, bundle: Bundle, settings: ReportSettings, progress: Progress
) -> FeatureTable | None:
    from hpa_features.pipeline.feature_tables import load_features
    from hpa_features.pipeline.predict_input import plate_columns

    blocks = settings.blocks or tuple(bundle.facts["training"].get("blocks", ()))
    if not settings.features and not all(
        each and Path(each).exists() for each in (source, *blocks)
    ):
        return None
    normalized = plate_columns(bundle.facts)
    return load_features(source, blocks, not_features=normalized, progress=progress)
