"""`hpa-feat train` on tables that are not ours, by the same command.

    python benchmarks/bench_tables.py DIR … [--write]

Each DIR holds features.parquet and labels.csv, perhaps groups.csv, and perhaps
test_features.parquet with test_labels.csv. Reports what `evaluate` says of each model (figures on
rows that took part in no choice), and of its predictions of the test rows.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench_helpers import call, publish


def row(folder: Path, work: Path) -> str:
    """Train on one table and return its row of the result."""
    model = work / folder.name
    groups = folder / "groups.csv"
    grouping = ("--groups-file", groups) if groups.exists() else ("--group", "none")
    began = time.perf_counter()
    call("train", folder / "features.parquet", folder / "labels.csv", *grouping, "-o", model)
    seconds = time.perf_counter() - began
    said: dict[str, Any] = json.loads(call("evaluate", model, "--json"))
    facts = json.loads((model / "model.json").read_text(encoding="utf-8"))
    low, high = said["interval"]
    tested = "–"
    if (folder / "test_features.parquet").exists():
        output = work / f"{folder.name}.csv"
        call("predict", model, folder / "test_features.parquet", "-o", output)
        held = json.loads(call("evaluate", output, folder / "test_labels.csv", "--json"))
        tested = f"{held['macro_f1']:.3f}"
    columns = len(facts["features"])
    return (
        f"| {folder.name} | {said['rows']:,} × {columns} | {len(said['labels'])} | "
        f"{said['macro_f1']:.3f} ({low:.3f}–{high:.3f}) | {said['map']:.3f} | {tested} | "
        f"{seconds:.0f} |"
    )


def main() -> None:
    """Train on every table and print one row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--write", action="store_true", help="keep as results/tables.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rows = [row(folder, Path(work)) for folder in options.folders]
    lines = [
        "| table | rows × columns | labels | macro F1 (95 %) | mAP | test rows: macro F1 | s |",
        "|---|--:|--:|---|---|---|--:|",
        *rows,
    ]
    title = "Tables that are not ours"
    publish("tables", title, lines, "hpa-feat", "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
