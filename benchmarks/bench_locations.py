"""What finds each of the 28 locations: single columns, and all together at three pixel sizes.

    python benchmarks/bench_locations.py --work DIR [--choosing 12] [--held-out 8] [--first 2]
        [--size 1248] [--jobs 2] [--write]

Simulates fields of one location and one protein each on eight cell lines at 0.08 µm, averages
pixels to 0.32 and 0.48 µm as HPA's 512² pictures do, and measures all families with the true
masks. Columns, their directions and the learner see the choosing set only: four lines and their
proteins. All figures are of the held-out set, four other lines with other proteins. A column's
AUC is taken within each line, location against the other 27, and averaged over lines. The learner
is fixed beforehand: 1,000 extremely randomised trees; a field's answer is its likeliest location.
Held-out proteins 0 and 1 of each line were looked at while columns and rules were still made, so
figures start at `--first` 2: raise it by what `--held-out` uses whenever they steer a choice again.
DIR keeps fields and tables, so that a stopped run goes on; `--write` keeps the result, from which
`locations_page.py` makes docs/locations.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_helpers import RESULTS, call, publish
from location_fields import (
    CHOOSING,
    FACTORS,
    NATIVE_UM,
    Planned,
    pixel_name,
    planned,
    write_fields,
)
from location_words import EXPECTED
from locations_page import ENOUGH, named, reached, write_page
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import confusion_matrix, f1_score

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.aggregate import STATISTICS, TOP
from hpa_features.features.registry import families_named
from hpa_features.io.tables import read_features
from hpa_features.learn.metrics import macro_f1, mean_average_precision

TREES = 1000
SHOWN = 3  # columns a location
PAIRS = 8
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one set at one pixel size."""

    values: Floats
    location: NDArray[np.intp]
    line: NDArray[np.str_]


def aucs(table: Table) -> tuple[Floats, Floats]:
    """Return (28, columns) twice: AUC within a line, and lead over the line's spread; line means.

    Undefined values count as their line's median. The lead tells columns of equal AUC apart.
    """
    found, leads = [], []
    for line in np.unique(table.line):
        rows = table.line == line
        values, location = table.values[rows], table.location[rows]
        is_at = location == np.arange(len(LOCATIONS))[:, None]
        ours = is_at.sum(axis=1, keepdims=True)
        means = is_at @ rankdata(values, axis=0) / ours
        found.append((means - (ours + 1) / 2) / (len(values) - ours))
        spread = values.std(axis=0)
        lead = np.array([np.median(values[one], axis=0) for one in is_at]) - np.median(values, 0)
        leads.append(np.divide(lead, spread, out=np.zeros_like(lead), where=spread > 0))
    return np.mean(found, axis=0), np.mean(leads, axis=0)


def filled(values: Floats, line: NDArray[np.str_]) -> Floats:
    """Return `values` with the median of the column in that line where undefined, 0 where none."""
    result = values.copy()
    for name in np.unique(line):
        rows = line == name
        part = result[rows]
        known = ~np.isnan(part)
        middle = np.zeros(part.shape[1])
        some = known.any(axis=0)
        middle[some] = np.nanmedian(part[:, some], axis=0)
        result[rows] = np.where(known, part, middle)
    return result


def best_columns(
    choosing: Table, held_out: Table, names: Sequence[str], wanted: NDArray[np.bool_]
) -> list[list[dict[str, str | float]]]:
    """Return the first columns of each location among `wanted`, one statistic of each feature."""
    result = []
    for seen, lead, unseen in zip(*aucs(choosing), aucs(held_out)[0], strict=True):
        order = np.lexsort((-np.abs(lead), -np.round(np.abs(seen - 0.5), 3)))
        rows, features = [], set()
        for at in order[wanted[order]]:
            feature = names[at].rpartition("_")[0]
            if feature in features or len(rows) == SHOWN:
                continue
            features.add(feature)
            rows.append(_row(names[at], seen[at], unseen[at]))
        result.append(rows)
    return result


def expected_columns(
    choosing: Table, held_out: Table, names: Sequence[str]
) -> list[list[dict[str, str | float]]]:
    """Return the figures of the features that biology names; only the statistic is chosen."""
    place = {name: at for at, name in enumerate(names)}
    result = []
    figures = zip(LOCATIONS, aucs(choosing)[0], aucs(held_out)[0], strict=True)
    for name, seen, unseen in figures:
        rows = []
        for feature in EXPECTED[name].columns:
            each = [f"{feature}_{statistic}" for statistic in (*STATISTICS, TOP)]
            at = [place[column] for column in each if column in place]
            best = max(at, key=lambda here: abs(seen[here] - 0.5))
            rows.append(_row(names[best], seen[best], unseen[best]))
        result.append(rows)
    return result


def _row(name: str, seen: float, unseen: float) -> dict[str, str | float]:
    up = bool(seen >= 0.5)
    return {
        "column": name,
        "direction": "+" if up else "-",
        "choosing": round(float(seen if up else 1 - seen), 3),
        "held_out": round(float(unseen if up else 1 - unseen), 3),
    }


def forest(seed: int) -> ExtraTreesClassifier:
    """Return the learner that is fixed beforehand."""
    return ExtraTreesClassifier(TREES, class_weight="balanced", random_state=seed, n_jobs=1)


def together(choosing: Table, held_out: Table, seed: int) -> dict[str, object]:
    """Return what all columns together say of the held-out set, and which pairs are confused."""
    model = forest(seed).fit(choosing.values, choosing.location)
    answer = model.predict(held_out.values)
    labels = np.arange(len(LOCATIONS))
    each = f1_score(held_out.location, answer, labels=labels, average=None, zero_division=0)
    wrong = confusion_matrix(held_out.location, answer, labels=labels)
    both = np.triu(wrong + wrong.T, 1)
    order = np.argsort(-both, axis=None, kind="stable")[:PAIRS]
    pairs = [
        [int(a), int(b), int(both[a, b])] for a, b in zip(*np.unravel_index(order, both.shape))
    ]
    return {
        "macro_f1": round(float(each.mean()), 3),
        "f1": [round(float(one), 3) for one in each],
        "pairs": [pair for pair in pairs if pair[2] > 0],
    }


def by_family_sets(
    choosing: Table, held_out: Table, names: Sequence[str], seed: int
) -> list[dict[str, str | float]]:
    """Return macro F1 and mean AP of 28 locations for growing sets of families."""
    words = [name.split("_") for name in names]
    family = np.array(["Image" if word[0] == "Image" else word[1] for word in words])
    late = ("Contact", "LandmarkFine")
    default = [one.name for one in families_named(["default"])]
    first = [name for name in default if name not in late]
    sets = {
        f"default without {' and '.join(late)}": first,
        f"default without {late[1]}": [*first, late[0]],
        "default": default,
        "default and Filament": [*default, "Filament"],
        "all": [one.name for one in families_named(["all"])],
    }
    is_at = held_out.location[:, None] == np.arange(len(LOCATIONS))
    rows: list[dict[str, str | float]] = []
    for name, families in sets.items():
        used = np.isin(family, [*families, "Image"])
        model = forest(seed).fit(choosing.values[:, used], choosing.location)
        scores = model.predict_proba(held_out.values[:, used])
        said = scores.argmax(axis=1)[:, None] == np.arange(len(LOCATIONS))
        rows.append(
            {
                "set": name,
                "columns": int(used.sum()),
                "macro_f1": round(macro_f1(is_at, said), 3),
                "map": round(mean_average_precision(is_at, scores), 3),
            }
        )
    return rows


def split_table(path: Path, fields: Sequence[Planned]) -> tuple[list[str], Table, Table]:
    """Return column names, choosing and held-out rows of a table, in the order of `fields`."""
    table = read_features(str(path))
    place = {name: at for at, name in enumerate(table.ids)}
    rows = table.values[[place[each.id] for each in fields]].astype(np.float64)
    location = np.array([each.location for each in fields])
    line = np.array([each.line.name for each in fields])
    chosen = np.isin(line, [each.name for each in CHOOSING])
    values = filled(rows, line)
    parts = [Table(values[s], location[s], line[s]) for s in (chosen, ~chosen)]
    return list(table.names), parts[0], parts[1]


def lines_of(result: dict) -> list[str]:
    """Return the tables that the program prints."""
    lines = [
        "| location | first by choice | | AUC choosing | AUC held out | named by biology | AUC |"
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for number, (name, best, expected) in enumerate(
        zip(LOCATIONS, result["best"], result["expected"], strict=True)
    ):
        first = best[0]
        known = named(expected)
        lines.append(
            f"| {number} {name} | `{first['column']}` | {first['direction']} | "
            f"{first['choosing']:.3f} | {first['held_out']:.3f} | "
            f"`{known['column']}` | {known['held_out']:.3f} |"
        )
    lines += ["", "| pixel | macro F1 | most confused (fields) |", "|---|---|---|"]
    for size, figure in result["together"].items():
        pairs = ", ".join(f"{a}/{b} ({n})" for a, b, n in figure["pairs"])
        lines.append(f"| {size} | {figure['macro_f1']:.3f} | {pairs} |")
    lines += ["", "| families, 0.08 µm | columns | macro F1 | mAP |", "|---|--:|--:|--:|"]
    lines += [
        f"| {row['set']} | {row['columns']} | {row['macro_f1']:.3f} | {row['map']:.3f} |"
        for row in result["sets"]
    ]
    return lines


def main() -> None:
    """Simulate, measure, choose, and print one row a location."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--choosing", type=int, default=12)
    parser.add_argument("--held-out", type=int, default=8)
    parser.add_argument("--first", type=int, default=2, help="first held-out protein of a line")
    parser.add_argument("--size", type=int, default=1248)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    fields = planned(options.choosing, options.held_out, options.first)
    write_fields(options.work, fields, options.size, options.seed, options.jobs)
    result: dict = {"together": {}}
    for factor in FACTORS:
        place = options.work / pixel_name(factor)
        call(
            "extract", place / "manifest.csv", "-o", place / "tables", "--features", "all",
            "--jobs", str(options.jobs),
        )  # fmt: skip
        names, choosing, held_out = split_table(place / "tables", fields)
        size = f"{NATIVE_UM * factor:.2f} µm"
        result["together"][size] = together(choosing, held_out, options.seed)
        if factor == 1:
            usable = np.array(["Protein" in name for name in names])
            result["best"] = best_columns(choosing, held_out, names, usable)
            result["expected"] = expected_columns(choosing, held_out, names)
            result["sets"] = by_family_sets(choosing, held_out, names, options.seed)
    result["fields"] = {
        "size": options.size,
        "choosing": options.choosing,
        "held_out": options.held_out,
    }
    by_choice, by_biology, taken = reached(result)
    what = (
        f"{len(fields)} fields of {options.size}² at {NATIVE_UM} µm: {options.choosing} of each "
        f"location to choose on, {options.held_out} held out, each set on four cell lines. AUC "
        f"{ENOUGH} on the held-out fields is reached by the first column by choice for {by_choice} "
        f"of 28 locations, by the one of those that biology names for {by_biology}, by the one "
        f"taken (biology's where the choosing fields give it {ENOUGH}, else the first) for {taken}."
    )
    title = "What finds each location"
    publish(
        "locations", title, [what, "", *lines_of(result)], "hpa-feat", "numpy", "scikit-learn",
        write=options.write,
    )  # fmt: skip
    if options.write:
        text = json.dumps(result, indent=1, ensure_ascii=False)
        (RESULTS / "locations.json").write_text(text + "\n", encoding="utf-8")
        write_page()


if __name__ == "__main__":
    main()
