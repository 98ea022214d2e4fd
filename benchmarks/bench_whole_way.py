"""The whole way on real one-cell fields, through the installed commands, as the README shows it.

    python benchmarks/bench_whole_way.py PURE ALL [--write]

PURE and ALL are folders with manifest.csv, masks/, labels.csv, groups.csv and tiles.csv (columns
Id, kind). Extracts with the given masks and with our own segmentation, trains grouped, and reports
what `hpa-feat evaluate` says of each model: nested figures, so no row took part in a choice that
scores it. Fold seeds 0–4 for the first model; 0 for the others.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench_helpers import call, publish

SEEDS = 5


def trained(table: Path, data: Path, seed: int = 0, *by: str) -> dict[str, Any]:
    """Train on `table`, grouped, and return what evaluate says of the model."""
    model = table.with_name(f"{table.name}-model-{seed}")
    groups = ("--groups-file", data / "groups.csv")
    call("train", table, data / "labels.csv", *groups, "-o", model, "--seed", str(seed))
    said: dict[str, Any] = json.loads(call("evaluate", model, "--json", *by))
    return said


def row(name: str, said: dict[str, Any]) -> str:
    """Return a row of the result's table."""
    low, high = said["interval"]
    each = " / ".join(f"{label['f1']:.2f}" for label in said["labels"].values())
    f1 = f"{said['macro_f1']:.3f} ({low:.3f}–{high:.3f})"
    return f"| {name} | {f1} | {said['map']:.3f} | {each} |"


def listed(figures: list[float]) -> str:
    """Return figures one by one and their mean."""
    return f"{', '.join(f'{x:.3f}' for x in figures)} (mean {sum(figures) / len(figures):.3f})"


def blocks(model: Path) -> list[str]:
    """Return the ten blocks whose shuffling costs the model most, as rows of a table."""
    output = model.with_suffix(".csv")
    call("importance", model, "-o", output)
    lines = [line.split(",") for line in output.read_text(encoding="utf-8").splitlines()]
    at = {name: lines[0].index(name) for name in ("Block", "Columns", "Drop")}
    return [
        f"| {line[at['Block']]} | {line[at['Columns']]} | {float(line[at['Drop']]):.4f} |"
        for line in lines[1:11]
    ]


def main() -> None:
    """Go the whole way and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pure", type=Path)
    parser.add_argument("all", type=Path)
    parser.add_argument("--write", action="store_true", help="keep as results/whole_way.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        began = time.perf_counter()
        masks = ("--masks", options.pure / "masks")
        call("extract", options.pure / "manifest.csv", *masks, "-o", work / "given")
        seconds = time.perf_counter() - began
        call("extract", options.pure / "manifest.csv", "-o", work / "own")
        masks = ("--masks", options.all / "masks")
        call("extract", options.all / "manifest.csv", *masks, "-o", work / "every")
        runs = [trained(work / "given", options.pure, seed) for seed in range(SEEDS)]
        own = trained(work / "own", options.pure)
        every = trained(work / "every", options.all, 0, "--by", f"{options.all}/tiles.csv:kind")
        reasons = blocks(work / "given-model-0")
    f1 = [run["macro_f1"] for run in runs]
    ap = [run["map"] for run in runs]
    seeds = f"fold seeds 0–{SEEDS - 1}: macro F1 {listed(f1)}; mAP {listed(ap)}."
    groups = f"{runs[0]['groups']} groups; all: {every['rows']} in {every['groups']}"
    lines = [
        f"{runs[0]['rows']} pure tiles in {groups}. Extracting the pure ones: {seconds:.0f} s.",
        "",
        f"| trained on | macro F1 (95 %) | mAP | F1: {' / '.join(runs[0]['labels'])} |",
        "|---|---|---|---|",
        row("pure tiles, given masks", runs[0]),
        row("pure tiles, own segmentation", own),
        row("all tiles: scored on pure", every["by"]["pure"]),
        row("all tiles: scored on mixed", every["by"]["mixed"]),
        "",
        f"Pure tiles, given masks, {seeds}",
        "",
        "What the first model relies on (loss of mean AP when a block is shuffled):",
        "",
        "| block | columns | loss of AP |",
        "|---|--:|--:|",
        *reasons,
    ]
    title = "Five locations on real one-cell fields, the whole way"
    publish("whole_way", title, lines, "hpa-feat", "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
