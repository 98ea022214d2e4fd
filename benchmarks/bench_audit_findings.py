"""What the other findings of `audit` are worth: groups, two sets told apart, doubted labels.

    python benchmarks/bench_audit_findings.py SHARED_DATA [--write]

Published near-duplicates carry ids and distances, and only a handful of their images are at hand:
they show what structure groups have, not what the hash finds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from bench_helpers import publish
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.copies import joined_groups
from hpa_features.learn.label_errors import label_errors
from hpa_features.learn.shift import two_sample


def published(data: Path) -> list[str]:
    """Return the structure of published near-duplicates as our grouping gives it."""
    tables = data / "tables"
    with gzip.open(tables / "hpa2021/duplicates_2021_samusram.csv.gz", "rt") as file:
        linked = [(row["Train"], row["Extra"]) for row in csv.DictReader(file)]
    with (tables / "kaggle2018/test_leak_matches_vpp662.csv").open() as file:
        leak = list(csv.DictReader(file))
    with (tables / "kaggle2018/train_train_duplicates.csv").open() as file:
        named: dict[str, list[str]] = {}
        for row in csv.DictReader(file):
            named.setdefault(row["group"], []).append(row["id"])
    chains = [pair for ids in named.values() for pair in pairwise(ids)]
    farthest = [max(int(row[f"Sim{colour}"]) for colour in "RGB") for row in leak]
    within = np.mean(np.array(farthest) <= 12)
    return [
        "## Published near-duplicates (ids and distances; their images are not at hand)",
        "",
        "| list | ids | pairs | groups | sizes |",
        "|---|--:|--:|--:|---|",
        _structure("Kaggle 2018, train and train", chains),
        _structure(
            "Kaggle 2018, test and train or HPAv18", [(r["Test"], r["Extra"]) for r in leak]
        ),
        _structure("Kaggle 2021, train and HPA", linked),
        "",
        (
            f"Matches of test images within 12 bits in each of the three channels compared: "
            f"{within:.1%}; the farthest: {max(farthest)}. Those of 2021 were cut at 12."
        ),
    ]


def _structure(name: str, pairs: list[tuple[str, str]]) -> str:
    ids = {each: at for at, each in enumerate(dict.fromkeys(i for pair in pairs for i in pair))}
    rows = np.array([[ids[one], ids[two]] for one, two in pairs])
    sizes = Counter(np.bincount(joined_groups(np.arange(len(ids)), rows)).tolist())
    told = ", ".join(f"{count} of {size}" for size, count in sorted(sizes.items()))
    return f"| {name} | {len(ids):,} | {len(pairs):,} | {sum(sizes.values()):,} | {told} |"


def era(data: Path) -> list[str]:
    """Return whether Kaggle's images of 2048² and 3072² are told apart by gray values."""
    table = pq.read_table(data / "tables/kaggle2018/image_stats15_train7754.parquet")
    values = np.column_stack(
        [table.column(n).to_numpy() for n in table.column_names if n not in ("Id", "size")]
    ).astype(np.float32)
    later = table.column("size").to_numpy() != 2048
    lot = np.random.default_rng(0).random(len(later)) < later.mean()
    lines = ["## Two sets: 7,754 Kaggle images by the size of their originals (15 statistics)", ""]
    for name, second in (("2048² against larger", later), ("by lot", lot)):
        found = two_sample(values, second, np.arange(len(values)))
        if found is not None:
            low, high = found.chance
            lines.append(
                f"- {name}: AUC {found.auc:.3f} (chance {low:.3f}–{high:.3f}, p {found.p:.3f})"
            )
    return lines


def doubted(data: Path) -> list[str]:
    """Return what doubts of CNNs are worth against labels that HPA gave later."""
    scores = np.load(data / "tables/cnn_scores/val5000_11nets.npz")
    whole = [at for at, name in enumerate(scores["names"]) if not _one_colour(str(name))]
    truth = scores["y"].astype(np.bool_)
    mean = scores["scores"][whole].astype(np.float64).mean(axis=0).clip(1e-4, 1 - 1e-4)
    odds = np.log(mean / (1 - mean))
    fold = np.random.default_rng(0).integers(0, 5, len(truth))
    learned = [label for label in range(truth.shape[1]) if truth[:, label].sum() >= 30]
    likely = np.zeros_like(mean)
    for label in learned:
        for held in range(5):
            rest, mine = fold != held, odds[:, [label]]
            model = LogisticRegression(C=1e3).fit(mine[rest], truth[rest, label])
            likely[~rest, label] = model.predict_proba(mine[~rest])[:, 1]
    row_of = {each: row for row, each in enumerate(scores["ids"].tolist())}
    path = data / "tables/kaggle2018/train_hpav18_matches_labelled.parquet"
    later = {
        row_of[row["id"]]: {int(word) for word in row["hpa_target"].split()}
        for row in pq.read_table(path).to_pylist()
        if row["id"] in row_of
    }
    errors = [each for each in label_errors(truth, likely, learned) if each.row in later]
    lines = [
        f"## Labels that {len(whole)} CNNs doubt, against later ones of HPA ({len(later)} images)",
        "",
        "Scores: the mean of the networks, calibrated by Platt's method over 5 folds.",
        "",
        "| label | doubted | HPA agrees with the doubt | HPA differs where nothing is doubted |",
        "|---|--:|--:|--:|",
    ]
    for given, name in ((True, "given"), (False, "missing")):
        mine = {(each.row, each.label) for each in errors if each.given == given}
        rest = [
            (row, label)
            for row in later
            for label in learned
            if truth[row, label] == given and (row, label) not in mine
        ]
        right, base = (
            np.mean([(label in later[row]) != given for row, label in places])
            for places in (mine, rest)
        )
        lines.append(f"| {name} | {len(mine)} | {right:.1%} | {base:.1%} |")
    return lines


def _one_colour(name: str) -> bool:
    return name.endswith(("_blue", "_green", "_red", "_yel"))


def main() -> None:
    """Print, and with --write keep, all of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    lines = [*published(options.data), "", *era(options.data), "", *doubted(options.data)]
    packages = ("numpy", "scipy", "lightgbm", "scikit-learn")
    publish("audit_findings", "Findings of audit", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
