"""Whether a model says so when fields are unlike those it was trained on.

    python benchmarks/bench_novelty.py REAL … [--fields 120] [--size 512] [--work DIR] [--write]

A model is trained on simulated fields as `hpa-feat demo` trains one. Then it predicts fields that
it has not seen: of the same simulated microscope, of others, and the REAL folders'. Printed: the
share of fields above the limit, the median Novelty (1 is the limit), whether predict warns of all
fields as a whole, and the block that lies most outside. With --work, fields, tables and the model
that are there already are used again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from bench_helpers import PROGRAM, call, publish

from hpa_features.io.arrow import read_arrow

SEEN, FRESH = "seen", "the same microscope, other fields"
OTHERS = {
    "16 bits": ("--bit-depth", "16"),
    "up to 0.3 of landmark light in Protein": ("--bleed", "0.3"),
    "pixels of 0.48 µm": ("--pixel-size-um", "0.48"),
    "pixels of 0.16 µm": ("--pixel-size-um", "0.16"),
    "all 28 locations": ("--locations", "all"),
}


def simulated(work: Path, name: str, fields: int, size: int, *more: str) -> Path:
    """Simulate fields and return their manifest."""
    folder = work / name
    shape = ("--fields", str(fields), "--size", str(size))
    if not folder.exists():
        call("simulate", "-o", folder, *shape, "--jobs", "1", *more)
    return folder / "manifest.csv"


def measured(work: Path, name: str, source: Path) -> Path:
    """Measure fields and return their table."""
    table = work / f"{name}.parquet"
    if not table.exists():
        call("extract", source, "-o", table, "--segmenter", "watershed", "--jobs", "1")
    return table


def row(model: Path, source: Path | str, name: str, output: Path) -> str:
    """Predict and return a row of the result's table."""
    command = [PROGRAM, "predict", model, source, "-o", output, "--jobs", "1", "--overwrite"]
    said = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if not output.exists():
        return f"| {name} | – | – | – | – | {said.stderr.strip().splitlines()[-1]} |"
    novelty = np.asarray(read_arrow(str(output), text=None).column("Novelty"), dtype=float)
    told = re.search(r"([\d,]+) of [\d,]+ rows are unlike .* most in (.+) \(", said.stderr)
    novel = int(told[1].replace(",", "")) if told else 0
    whole = re.search(r"as a whole are unlike .* most in (.+?);", said.stderr)
    block = whole[1] if whole else told[2] if told else "–"
    figures = f"{novel / len(novelty):.0%} | {np.median(novelty):.2f} | {'yes' if whole else 'no'}"
    return f"| {name} | {len(novelty)} | {figures} | {block} |"


def main() -> None:
    """Train on simulated fields, predict others, print one row a set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("real", nargs="*", type=Path)
    parser.add_argument("--fields", type=int, default=120)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--work", type=Path, help="keep fields, tables and model here")
    parser.add_argument("--write", action="store_true", help="keep as results/novelty.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        manifest = simulated(work, SEEN, options.fields, options.size)
        features, model = measured(work, SEEN, manifest), work / "model"
        if not model.exists():
            call("train", features, manifest.with_name("labels.csv"), "-o", model, "--jobs", "1")
        fresh = max(24, options.fields // 4)
        sources: dict[str, Path] = {}
        for at, (name, more) in enumerate({FRESH: (), **OTHERS}.items()):
            set_name, seed = f"set{at + 1}", ("--seed", f"{at + 1}")
            source = simulated(work, set_name, fresh, options.size, *seed, *more)
            sources[name] = measured(work, set_name, source)
        sources |= {f"real: {each.name}": measured(work, each.name, each) for each in options.real}
        rows = [
            row(model, source, name, work / f"said-{at}.csv")
            for at, (name, source) in enumerate(sources.items())
        ]
    lines = [
        f"Trained on {options.fields} simulated fields of {options.size}² at 0.32 µm.\n",
        "| predicted | fields | said to be unlike | median Novelty | as a whole | most outside |",
        "|---|--:|--:|--:|:-:|---|",
        *rows,
    ]
    packages = ("hpa-feat", "lightgbm", "numpy")
    publish("novelty", "Fields unlike the training data", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
