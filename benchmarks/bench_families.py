"""What each family of features and an ImageNet network add, on real one-cell fields.

    python benchmarks/bench_families.py PURE KEEP --onnx lite0.onnx [--seed 0] [--write]

As bench_embedding.py, which makes the same tables in KEEP; `ablate` also trains without each family
in turn. All models are of trees alone, cross-fitted: nested ones take five times as long. With
--write the chart replaces docs/pictures/ablation.svg.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from bench_embedding import features, vectors
from bench_helpers import call, publish

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "ablation.svg"


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pure", type=Path)
    parser.add_argument("keep", type=Path)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep as results/families.md")
    options = parser.parse_args()
    table = features(options.pure, options.keep)
    block = vectors(options.pure, options.keep, options.onnx)
    out = options.keep / f"families-{options.seed}"
    how = ("--nested-rows", "0", "--seed", str(options.seed))
    groups = ("--groups-file", options.pure / "groups.csv")
    given = (table, options.pure / "labels.csv", "--block", block, *groups)
    sets = json.loads(call("ablate", *given, *how, "-o", out, "--json"))["sets"]
    lines = [
        f"{block.stem} and the default families; fold seed {options.seed}; trees, cross-fitted.",
        "",
        "| trained on | columns | macro F1 | mAP | loss of AP | 95 % |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for name, each in sets.items():
        low, high = each["loss_interval"]
        loss = "" if name == "everything" else f"{each['loss']:+.3f}"
        span = "" if name == "everything" else f"({low:+.3f} to {high:+.3f})"
        figures = f"{each['columns']:,} | {each['macro_f1']:.3f} | {each['map']:.3f}"
        lines.append(f"| {name} | {figures} | {loss} | {span} |")
    title = "What each family of features adds, on real one-cell fields"
    packages = ("hpa-feat", "lightgbm", "numpy", "onnxruntime")
    publish("families", title, lines, *packages, write=options.write)
    if options.write:
        shutil.copyfile(out / "ablation.svg", PICTURE)


if __name__ == "__main__":
    main()
