"""What `importance` writes: a table, or a picture for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_features.learn.importance import BlockImportance
    from hpa_features.report.importance import Reliance

ENDINGS = (".csv", ".parquet", ".svg")


def write_importance(
    output: str,
    blocks: Sequence[BlockImportance],
    labels: Sequence[str],
    reliance: Reliance,
) -> None:
    """Write the file; under its name it is whole."""
    from hpa_features.io.atomic import replacing
    from hpa_features.io.row_files import write_rows
    from hpa_features.report.importance import importance_svg

    path = Path(output)
    kind = path.suffix.lower()
    if kind == ".csv":
        columns = columns_of(blocks, labels)
        rows = ([_cell(value) for value in row] for row in zip(*columns.values()))
        write_rows(path, tuple(columns), rows)
        return
    with replacing(path) as temporary:
        if kind == ".svg":
            temporary.write_text(importance_svg(reliance), encoding="utf-8")
        else:
            _write_parquet(temporary, columns_of(blocks, labels))


def columns_of(
    blocks: Sequence[BlockImportance], labels: Sequence[str]
) -> dict[str, list[str] | list[int] | list[float]]:
    """Return the columns of the table: a row a block, two columns a label."""
    columns: dict[str, list[str] | list[int] | list[float]] = {
        "Block": [each.block for each in blocks],
        "Columns": [each.columns for each in blocks],
        "Drop": [each.drop for each in blocks],
        "Spread": [each.spread for each in blocks],
        "Gain": [each.gain for each in blocks],
    }
    for at, label in enumerate(labels):
        columns[f"{label}.drop"] = [float(each.label_drop[at]) for each in blocks]
        columns[f"{label}.spread"] = [float(each.label_spread[at]) for each in blocks]
    return columns


def _write_parquet(path: Path, columns: Mapping[str, list[str] | list[int] | list[float]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(dict(columns)), path)


def _cell(value: str | float) -> str | float:
    """Return the value, an empty cell for an undefined figure."""
    return "" if isinstance(value, float) and math.isnan(value) else value
