"""`failures.csv`: one row per field that could not be done."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from hpa_features.core.failures import Failure
from hpa_features.io.row_files import write_rows

HEADER = ("Id", "file", "stage", "error", "hint")


def write_failures(path: Path, failures: Sequence[Failure]) -> None:
    """Write the rows; without any there is no file, and an older one is removed."""
    if not failures:
        path.unlink(missing_ok=True)
        return
    write_rows(path, HEADER, ((f.id, f.file, f.stage, f.error, f.hint) for f in failures))


def read_failures(path: Path) -> tuple[Failure, ...]:
    """Read the rows; none when there is no file."""
    if not path.exists():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return tuple(Failure(*(row[name] for name in HEADER)) for row in rows)
