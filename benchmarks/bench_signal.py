"""How good the columns are: five locations on one-cell fields, by one fixed learner.

    python benchmarks/bench_signal.py OURS LABELS GROUPS [--peers TABLE …] [--seeds 20]
        [--families SEEDS] [--mixed IDS] [--fields MANIFEST MASKS] [--keep DIR] [--write NAME]

OURS is an image table of `hpa-feat extract --features all` (a file or a store). The peers' tables
are of the same masks: that of `benchmarks/peers.py` (cp_measure), and that of `hpa-feat extract
--features mahotas --grid-um 0.16` (mahotas, on the fields' own pixels). LABELS is a CSV with
Id,Target, GROUPS one with Id,Group.
The learner is fixed beforehand, so that figures compare columns and nothing else: LightGBM with
200 trees, rate 0.05, 15 leaves, 31 bins, feature fraction 0.2, bagging 0.8 every tree, 10 rows a
leaf. Five grouped, stratified folds; thresholds from three inner folds; macro F1 of pooled
decisions (zero_division 0) and mean AP of pooled scores, mean over fold seeds; 95 % intervals by
2,000 draws of groups within their label set, seeds averaged inside a draw; differences are paired:
same folds, same draws.

`--families` judges each family alone, the default set without it, and the default set with each
other family, on fewer seeds; then the set that the inner folds of each outer training part rank
first is taken for that part: a figure that no choice has seen. `--mixed` names a file of ids that
are trained on but scored apart. `--fields` also times each family, and mahotas, on the first 40
fields; cp_measure's seconds are those that its table holds. `--keep` keeps scores, so that a
stopped run goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from bench_helpers import publish
from family_seconds import lines_of as seconds_of
from fixed_learner import Floats, Kept, Result, Task, Truth
from numpy.typing import NDArray

from hpa_features.features.registry import families_named
from hpa_features.io.groups import read_groups
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features

Sets = dict[str, NDArray[np.bool_]]


def aligned(path: Path, ids: Sequence[str]) -> tuple[Floats, NDArray[np.str_]]:
    """Return the rows of `ids` and the family of each column."""
    table = read_features(str(path))
    place = {name: at for at, name in enumerate(table.ids)}
    words = [name.split("_") for name in table.names]
    family = np.array(["Image" if w[0] == "Image" else w[1 % len(w)] for w in words])
    return table.values[[place[name] for name in ids]].astype(float), family


def joined(paths: Sequence[Path], ids: Sequence[str]) -> Floats:
    """Return the rows of `ids` in all tables next to one another, without facts of whole fields."""
    tables = [aligned(path, ids) for path in paths]
    return np.hstack([values[:, family != "Image"] for values, family in tables])


def sets_of(family: NDArray[np.str_]) -> Sets:
    """Return the sets of columns that a family is judged by: alone, left out, added."""
    chosen = [one.name for one in families_named(["default"])]
    default = np.isin(family, [*chosen, "Image"])
    sets = {"default": default, "all": np.ones(len(family), bool)}
    for one in families_named(["all"]):
        this = family == one.name
        sets[f"{one.name} alone"] = this
        if one.default:
            sets[f"default without {one.name}"] = default & ~this
        else:
            sets[f"default and {one.name}"] = default | this
    return sets


def row(name: str, result: Result) -> str:
    """Return a row of the printed table."""
    return f"| {name} | {result.columns} | {result.interval(0)} | {result.interval(1)} |"


def main_rows(task: Task, ours: Floats, peers: Floats | None) -> Iterator[str]:
    """Yield ours, the peers', and the paired difference."""
    mine = task.judge(ours)
    yield row("ours, default", mine)
    if peers is not None:
        theirs = task.judge(peers)
        yield row("cp_measure + mahotas", theirs)
        yield row("difference, paired", mine.minus(theirs))


def family_rows(task: Task, values: Floats, sets: Sets) -> Iterator[str]:
    """Yield a row a set of columns, and what choosing among them inside the folds gives."""
    results = {name: task.judge(values[:, columns]) for name, columns in sets.items()}
    default = results["default"]
    for name, result in results.items():
        yield row(name, result)
        if name.startswith("default "):
            yield row(f"{name}: difference", result.minus(default))
    candidates = [r for name, r in results.items() if not name.endswith(" alone")]
    chosen = task.chosen_inside(candidates)
    yield row("chosen inside each training part", chosen)
    yield row("chosen inside: difference", chosen.minus(default))


def table(rows: Iterator[str]) -> list[str]:
    """Return the lines of a table of results."""
    head = ["| columns | number | macro F1 (95 %) | mAP (95 %) |", "|---|--:|---|---|"]
    return ["", *head, *rows]


def main() -> None:
    """Judge ours, the peers', the difference, and each family if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("--peers", type=Path, nargs="+", metavar="TABLE", default=[])
    parser.add_argument("--families", type=int, default=0, metavar="SEEDS")
    parser.add_argument("--mixed", type=Path, help="ids, one a line, that are scored apart")
    parser.add_argument("--fields", type=Path, nargs=2, metavar=("MANIFEST", "MASKS"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--write", default="", metavar="NAME", help="keep as results/NAME.md")
    options = parser.parse_args()
    known = read_labels(str(options.labels))
    group_of = read_groups(str(options.groups))
    groups = np.unique([group_of[name] for name in known.ids], return_inverse=True)[1]
    truth: Truth = known.truth[:, known.truth.any(0)]
    values, family = aligned(options.ours, known.ids)
    peers = joined(options.peers, known.ids) if options.peers else None
    sets = sets_of(family)
    apart = set(options.mixed.read_text().split()) if options.mixed else set()
    mixed = np.array([name in apart for name in known.ids])
    lines = [f"{len(values)} rows, {groups.max() + 1} groups, fold seeds 0–{options.seeds - 1}."]
    with ProcessPoolExecutor(options.jobs) as pool:
        judged = partial(Task, truth, groups, keep=Kept(options.keep), mapper=pool.map)
        default = values[:, sets["default"]]
        scored = {"scored on pure rows": ~mixed, "scored on mixed rows": mixed}
        for name, rows in scored.items() if apart else {"": ~mixed}.items():
            lines += [name, *table(main_rows(judged(options.seeds, rows), default, peers)), ""]
        if options.families:
            lines.append(f"Families, fold seeds 0–{options.families - 1}:")
            lines += table(family_rows(judged(options.families, ~mixed), values, sets))
    if options.fields:
        lines += ["", *seconds_of(*options.fields, options.peers)]
    title = "Five locations on one-cell fields, fixed learner"
    versions = ("hpa-feat", "lightgbm", "numpy", "cp_measure", "mahotas")
    publish(options.write, title, lines, *versions, write=bool(options.write))


if __name__ == "__main__":
    main()
