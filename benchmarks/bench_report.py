"""Time, memory and size of the report on a model of 28 labels.

    hpa-feat simulate -o fields --fields 120
    hpa-feat extract fields -o features
    python benchmarks/bench_report.py fields features [--rows 2000] [--write]

Rows are drawn from the measured fields with noise on every column, and get ids, images and groups
of their own; each of the 28 labels follows one column. The model reads the family Contact in three
folds, so that it is trained within minutes; the report reads the whole table. Its thumbnails are
read and segmented again. Wall time depends on what else the machine does: processor time is given
too.
"""

from __future__ import annotations

import argparse
import csv
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_helpers import PROGRAM, call, publish
from processes import watch

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.families import FAMILIES

SEED = 0
NOISE, ROWS_A_GROUP = 0.3, 4
SHARES = (0.02, 0.15)
KEPT = re.compile(r"_Contact_")


def write_study(fields: Path, features: Path, rows: int, folder: Path) -> None:
    """Write features.parquet, labels.csv, groups.csv and manifest.csv of `rows` fields."""
    rng = np.random.default_rng(SEED)
    measured = pd.concat(pd.read_parquet(part) for part in sorted(features.glob("images/part-*")))
    picked = rng.integers(len(measured), size=rows)
    table = measured.iloc[picked].reset_index(drop=True)
    names = [name for name in table if not name.startswith("Metadata_")]
    spread = measured[names].std().fillna(0).to_numpy(dtype=np.float32)
    table[names] += NOISE * spread * rng.normal(size=(rows, len(names))).astype(np.float32)
    source = table["Metadata_Id"].tolist()
    table["Metadata_Id"] = [f"field{row:05d}" for row in range(rows)]
    table.to_parquet(folder / "features.parquet", index=False)
    ids = table["Metadata_Id"].tolist()
    labels = pd.DataFrame({"Id": ids})
    usable = [name for name in names if KEPT.search(name) and table[name].notna().all()]
    for name, column in zip(LOCATIONS, rng.choice(usable, len(LOCATIONS), replace=False)):
        cut = table[column].quantile(1 - rng.uniform(*SHARES))
        labels[name] = (table[column] > cut).astype(int)
    labels.to_csv(folder / "labels.csv", index=False)
    groups = pd.DataFrame({"Id": ids, "Group": [f"g{row // ROWS_A_GROUP}" for row in range(rows)]})
    groups.to_csv(folder / "groups.csv", index=False)
    _write_manifest(fields, ids, source, folder / "manifest.csv")


def _write_manifest(fields: Path, ids: list[str], source: list[str], path: Path) -> None:
    """Write a manifest in which each new field has the images of the one it was drawn from."""
    with (fields / "manifest.csv").open(newline="", encoding="utf-8") as file:
        known = {row["Id"]: row for row in csv.DictReader(file)}
    colours = ("blue", "red", "yellow", "green")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", *colours, "pixel_size_um"])
        for name, origin in zip(ids, source):
            row = known[origin]
            files = [str((fields / row[colour]).resolve()) for colour in colours]
            writer.writerow([name, *files, row["pixel_size_um"]])


def main() -> None:
    """Train a model, write its report, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fields", type=Path)
    parser.add_argument("features", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="keep as results/report.md")
    options = parser.parse_args()
    lines = ["| report | wall time | processor time | peak memory | size | thumbnails |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_study(options.fields, options.features, options.rows, folder)
        table, model = folder / "features.parquet", folder / "model"
        families = [each.name for each in FAMILIES if each.default and each.name != "Contact"]
        without = [word for each in (*families, "Acquisition") for word in ("--without", each)]
        quick = (
            "--nested-rows",
            "0",
            "--no-stack",
            "--folds",
            "3",
            "--groups-file",
            folder / "groups.csv",
        )
        call("train", table, folder / "labels.csv", "-o", model, *quick, *without)
        for title, images in (
            ("without images", ()),
            ("with images", ("--images", "manifest.csv")),
        ):
            page = folder / f"{len(images)}.html"
            more = [str(folder / each) if each.endswith(".csv") else each for each in images]
            took = watch([PROGRAM, "report", str(model), *more, "-o", str(page), "--quiet"])
            text = page.read_text(encoding="utf-8")
            lines.append(
                f"| {title} | {took.wall_s:.0f} s | {took.processor_s:.0f} s "
                f"| {took.peak_mib:,.0f} MiB | {len(text.encode()) / 1e6:.1f} MB "
                f"| {text.count('<img ')} |"
            )
    lines += ["", f"{options.rows:,} fields, 28 labels; memory is the sum over all processes."]
    publish("report", "The report on a model", lines, "hpa-feat", "lightgbm", write=options.write)


if __name__ == "__main__":
    main()
