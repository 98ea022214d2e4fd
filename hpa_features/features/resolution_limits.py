"""Up to which pixel size a column compares: measured on real fields, kept as data.

`resolution_limits.csv` is written by ``benchmarks/bench_resolution.py --mark``. It lists a column
if it distinguishes cells of the same fields in coarser pixels (AUC > 0.7) or ranks them
differently (Spearman < 0.8), on the default working grid.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def limits_nm() -> Mapping[str, int]:
    """Return cell-table column → edge in nm of the coarsest pixels that compare with finer ones.

    Columns that are absent compared at every pixel size measured, up to 480 nm.
    """
    text = files(__package__).joinpath("resolution_limits.csv").read_text(encoding="utf-8")
    return {row["column"]: int(row["nm"]) for row in csv.DictReader(text.splitlines())}


def limit_words(nm: int | None) -> str:
    """Return the note on a column whose values are comparable up to `nm` only."""
    return "" if nm is None else f"Comparable only between pixel sizes up to {nm / 1000:g} µm."
