"""Time, memory and size of the report on a model of 28 labels.

    python benchmarks/bench_report.py [--rows 2000] [--write]

The features are drawn: every column of the default families, each label raising some of them, rows
in groups of four. The model reads four families in three folds, so that it is trained within
minutes; the report reads the whole table. The rows' images are those of a few simulated fields,
which are read and segmented anew for every thumbnail. Wall time depends on what else the machine
does; processor time is given too, and that of the longest chain of processes that wait for each
other, which is about the wall time on a machine without other work.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_helpers import PROGRAM, call, publish
from processes import watch

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.families import FAMILIES
from hpa_features.features.registry import image_entries

SEED = 0
ROWS_A_GROUP, RAISED = 4, 12
SHARES = (0.02, 0.15)
READ = ("Correlation", "Landmark", "LandmarkFine", "Contact")
SIMULATED, EDGE = 12, 512
COLOURS = ("blue", "red", "yellow", "green")


def write_study(folder: Path, rows: int) -> None:
    """Write features.parquet, labels.csv and groups.csv of `rows` fields."""
    rng = np.random.default_rng(SEED)
    families = tuple(family for family in FAMILIES if family.default)
    entries = image_entries(families)
    ids = [f"field{row:05d}" for row in range(rows)]
    groups = np.arange(rows) // ROWS_A_GROUP
    truth = rng.random((groups[-1] + 1, len(LOCATIONS))) < rng.uniform(*SHARES, len(LOCATIONS))
    values = rng.normal(size=(rows, len(entries))).astype(np.float32)
    read = [at for at, entry in enumerate(entries) if entry.family in READ]
    for label in range(len(LOCATIONS)):
        raised = rng.choice(read, RAISED, replace=False)
        values[np.ix_(truth[groups, label], raised)] += 1
    table = pd.DataFrame(values, columns=[entry.column.name for entry in entries])
    found = rng.integers(5, 40, rows)
    table.insert(0, "Metadata_Id", ids)
    table.insert(1, "Metadata_CellCount", found)
    table.insert(2, "Metadata_CellsUsed", found - rng.integers(0, 5, rows))
    table.to_parquet(folder / "features.parquet", index=False)
    labels = pd.DataFrame(truth[groups].astype(int), columns=list(LOCATIONS))
    labels.insert(0, "Id", ids)
    labels.to_csv(folder / "labels.csv", index=False)
    pd.DataFrame({"Id": ids, "Group": groups}).to_csv(folder / "groups.csv", index=False)


def write_images(folder: Path, rows: int) -> None:
    """Simulate some fields and write a manifest that deals them out to all rows."""
    fields = folder / "fields"
    call("simulate", "-o", fields, "--fields", str(SIMULATED), "--size", str(EDGE))
    with (fields / "manifest.csv").open(newline="", encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", *COLOURS, "pixel_size_um"])
        for row in range(rows):
            given = known[row % len(known)]
            files = [str(fields / given[colour]) for colour in COLOURS]
            writer.writerow([f"field{row:05d}", *files, given["pixel_size_um"]])


def main() -> None:
    """Train a model, write its report, and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="keep as results/report.md")
    options = parser.parse_args()
    lines = [
        "| report | wall time | processor time | longest chain | peak memory | size | thumbnails |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_study(folder, options.rows)
        write_images(folder, options.rows)
        table, model = folder / "features.parquet", folder / "model"
        others = [each.name for each in FAMILIES if each.default and each.name not in READ]
        without = [word for each in (*others, "Acquisition") for word in ("--without", each)]
        quick = ("--nested-rows", "0", "--no-stack", "--folds", "3")
        groups = ("--groups-file", folder / "groups.csv")
        call("train", table, folder / "labels.csv", "-o", model, *quick, *groups, *without)
        for title, images in (
            ("without images", ()),
            ("with images", ("--images", str(folder / "manifest.csv"))),
        ):
            page = folder / f"{len(images)}.html"
            took = watch([PROGRAM, "report", str(model), *images, "-o", str(page), "--quiet"])
            text = page.read_text(encoding="utf-8")
            lines.append(
                f"| {title} | {took.wall_s:.0f} s | {took.processor_s:.0f} s "
                f"| {took.longest_s:.0f} s "
                f"| {took.peak_mib:,.0f} MiB | {len(text.encode()) / 1e6:.1f} MB "
                f"| {text.count('<img ')} |"
            )
    lines += ["", f"{options.rows:,} fields, 28 labels; memory is the sum over all processes."]
    publish("report", "The report on a model", lines, "hpa-feat", "lightgbm", write=options.write)


if __name__ == "__main__":
    main()
