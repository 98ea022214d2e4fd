"""What ``-o`` asks for: a folder, one table in a file, or one table on stdout."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hpa_features.core.errors import UsageError


class TableFormat(StrEnum):
    """How one table is written."""

    PARQUET = "parquet"
    CSV = "csv"
    CSV_GZ = "csv.gz"
    ARROW = "arrow"


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go. `path` None is stdout; `format` None is a folder that holds both tables."""

    path: Path | None
    format: TableFormat | None


_ENDINGS = {
    ".parquet": TableFormat.PARQUET,
    ".csv.gz": TableFormat.CSV_GZ,
    ".csv": TableFormat.CSV,
    ".arrow": TableFormat.ARROW,
}
FOREIGN = {".gz", ".txt", ".tsv", ".xlsx", ".xls", ".json", ".feather", ".h5", ".h5ad", ".npz"}
"""Endings of tables that people may expect; a folder of such a name would be a surprise."""


def parse_output(text: str, stream_format: TableFormat = TableFormat.ARROW) -> Output:
    """Return what `text` after ``-o`` means; ``-`` is stdout in `stream_format`.

    Raises
    ------
    UsageError
        It ends like a table that cannot be written.
    """
    if text == "-":
        return Output(None, stream_format)
    path = Path(text)
    if path.is_dir():
        return Output(path, None)
    for ending, kind in _ENDINGS.items():
        if path.name.lower().endswith(ending):
            return Output(path, kind)
    if path.suffix.lower() in FOREIGN:
        raise UsageError(
            f"-o {text}: no table can be written as {path.suffix}.",
            hint=f"Give a folder, or a file that ends in {', '.join(_ENDINGS)}.",
        )
    if path.exists():
        raise UsageError(f"-o {text} is a file; wanted a folder or a new table's name.")
    return Output(path, None)
