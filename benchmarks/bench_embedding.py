"""What a real CNN adds to the features on real one-cell fields, and what a block of noise costs.

    python benchmarks/bench_embedding.py PURE KEEP --onnx lite0.onnx [--seeds 0 1 …] [--noise 0 …]

PURE is a folder as bench_whole_way.py takes it; lite0.onnx is made by export_lite0.py. Everything
goes through the installed commands: `extract`, `extract --embedding`, `ablate --block` (nested,
grouped), `train` with 1,280 columns of pure noise. What is in KEEP is not made again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench_helpers import call, publish

WIDTH = 1280
CHOSEN_ON = 0
CHOSEN = (
    "The weight of columns of networks in kernels and lines was chosen on seed 0 with this network "
    "and this noise: means are over other seeds. How trees screen these columns was chosen on none."
)
SETS = ("everything", "classical", "embedding")


def features(pure: Path, keep: Path) -> Path:
    """Measure the fields with their masks, unless they have been."""
    out = keep / "features"
    if not out.exists():
        call("extract", pure / "manifest.csv", "--masks", pure / "masks", "-o", out)
    return out


def vectors(pure: Path, keep: Path, onnx: Path) -> Path:
    """Run the network on the same cells and return the table of its columns."""
    table = keep / f"{onnx.stem}.parquet"
    if not table.exists():
        out = keep / "vectors"
        fields = ("extract", pure / "manifest.csv", "--masks", pure / "masks", "-o", out)
        call(*fields, "--features", "AreaShape", "--embedding", onnx)
        parts = [pq.read_table(each) for each in sorted((out / "images").glob("part-*.parquet"))]
        whole = pa.concat_tables(parts, promote_options="default")
        names = [each for each in whole.column_names if "_Embedding_" in each]
        pq.write_table(whole.select(["Metadata_Id", *names]), table)
    return table


def noise(table: Path, keep: Path) -> Path:
    """Return a table of standard normal columns for the same ids."""
    path = keep / "noise.parquet"
    if not path.exists():
        ids = pq.read_table(table, columns=["Metadata_Id"]).column(0)
        values = np.random.default_rng(0).normal(size=(len(ids), WIDTH)).astype(np.float32)
        columns = {f"noise_{at}": each for at, each in enumerate(values.T)}
        pq.write_table(pa.table({"Id": ids, **columns}), path)
    return path


def ablated(table: Path, pure: Path, block: Path, out: Path, seed: int) -> dict[str, Any]:
    """Return the sets' figures."""
    groups = ("--groups-file", pure / "groups.csv", "--seed", str(seed))
    given = (table, pure / "labels.csv", "--block", block, "--no-families", "-o", out)
    said: dict[str, Any] = json.loads(call("ablate", *given, *groups, "--json"))["sets"]
    return said


def trained(table: Path, pure: Path, block: Path, out: Path, seed: int) -> dict[str, Any]:
    """Return what evaluate says of a model with another block."""
    if not out.exists():
        groups = ("--groups-file", pure / "groups.csv", "--seed", str(seed))
        call("train", table, pure / "labels.csv", "--block", block, *groups, "-o", out)
    said: dict[str, Any] = json.loads(call("evaluate", out, "--json"))
    return said


def row(name: str, seed: int, figures: dict[str, Any], classical: dict[str, Any]) -> str:
    """Return a row of the table."""
    gaps = [f"{figures[each] - classical[each]:+.3f}" for each in ("macro_f1", "map")]
    first = f"| {seed} | {name} | {figures['macro_f1']:.3f} | {figures['map']:.3f} "
    return f"{first}| {gaps[0]} | {gaps[1]} |"


def mean(name: str, gaps: dict[int, float]) -> str:
    """Return the differences by seed, and their mean over the seeds that chose nothing."""
    each = ", ".join(f"{gap:+.4f} (seed {seed})" for seed, gap in gaps.items())
    honest = [gap for seed, gap in gaps.items() if seed != CHOSEN_ON]
    seeds = f"mean of {len(honest)}: {np.mean(honest):+.4f}" if honest else "no other seeds"
    return f"{name} − classical, mAP: {each}; {seeds}."


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pure", type=Path)
    parser.add_argument("keep", type=Path)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--noise", type=int, nargs="*", default=list(range(5)))
    parser.add_argument("--write", action="store_true", help="keep as results/embedding.md")
    options = parser.parse_args()
    table = features(options.pure, options.keep)
    block = vectors(options.pure, options.keep, options.onnx)
    lines: list[str] = []
    gaps: dict[int, float] = {}
    costs: dict[int, float] = {}
    for seed in options.seeds:
        sets = ablated(table, options.pure, block, options.keep / f"seed-{seed}", seed)
        lines += [row(name, seed, sets[name], sets["classical"]) for name in SETS]
        gaps[seed] = sets["everything"]["map"] - sets["classical"]["map"]
        if seed in options.noise:
            random = noise(block, options.keep)
            out = options.keep / f"noise-{seed}"
            found = trained(table, options.pure, random, out, seed)
            lines.append(row("classical and noise", seed, found, sets["classical"]))
            costs[seed] = found["map"] - sets["classical"]["map"]
    lines = [
        f"{block.stem}: {len(pq.read_schema(block)) - 1:,} columns; noise: {WIDTH:,}.",
        "",
        "| seed | trained on | macro F1 | mAP | F1 − classical | mAP − classical |",
        "|--:|---|--:|--:|--:|--:|",
        *lines,
        "",
        mean("Everything", gaps),
        *([mean("Classical and noise", costs)] if costs else []),
        "",
        CHOSEN,
    ]
    title = "A real CNN beside the features, on real one-cell fields"
    packages = ("hpa-feat", "lightgbm", "numpy", "onnxruntime")
    publish("embedding", title, lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
