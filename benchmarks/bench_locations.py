"""What finds each of the 28 locations: single columns, and all together at three pixel sizes.

    python benchmarks/bench_locations.py --work DIR [--choosing 12] [--held-out 12] [--first 4]
        [--size 1248] [--jobs 2] [--write]

Simulates fields of one location and one protein each on eight cell lines at 0.08 µm, averages
pixels to 0.32 and 0.48 µm as HPA's 512² pictures do, and measures all families with the true
masks. Columns, their directions and the learner see the choosing set only: four lines and their
proteins. All figures are of the held-out set, four other lines with other proteins. A column's
AUC is taken within each line, location against the other 27, and averaged over lines. Columns are
ranked by the AUC of their worst choosing line: with each choosing line left out in turn, the column
taken reaches 0.9 on it, on average of the four, for 27 locations; ranked by average AUC for 25.
The learner is fixed beforehand: 1,000 extremely randomised trees; a field's answer is its likeliest
location. Held-out proteins 0 to 3 of each line were looked at while columns and rules were still
made, so figures start at `--first` 4: raise it whenever they steer a choice again. DIR keeps fields
and tables, so that a stopped run goes on (empty it when the simulator changes); `--write` keeps the
result, from which `locations_page.py` makes docs/locations.md.
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
from locations_page import ENOUGH, SURE, named, reached, write_page
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import confusion_matrix, f1_score

from hpa_features.core.locations import LOCATIONS
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
    """Return (lines, 28, columns) twice: AUC within the line, and lead over the line's spread.

    The lead tells columns of equal AUC apart.
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
    return np.array(found), np.array(leads)


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


@dataclass(frozen=True, slots=True)
class Figures:
    """What the choosing set says of each column and location, and then the held-out set.

    Attributes
    ----------
    up
        (28, columns) bool: the location lies high.
    mean, worst, held_out
        (28, columns): AUC in that direction, averaged over choosing lines, of the worst of them,
        and averaged over held-out lines.
    lead
        (28, columns): over the spread, of the worst choosing line.
    """

    up: NDArray[np.bool_]
    mean: Floats
    worst: Floats
    held_out: Floats
    lead: Floats

    def order(self, location: int) -> NDArray[np.intp]:
        """Return columns, the best by choice first: by their worst line, then by lead."""
        return np.lexsort((-self.lead[location], -np.round(self.worst[location], 3)))

    def row(self, location: int, at: int, name: str) -> dict[str, str | float]:
        """Return one column's figures for one location."""
        row: dict[str, str | float] = {
            "column": name,
            "direction": "+" if self.up[location, at] else "-",
        }
        for key in ("mean", "worst", "held_out"):
            row[key] = round(float(getattr(self, key)[location, at]), 3)
        return row


def figures_of(choosing: Table, held_out: Table) -> Figures:
    """Return the figures of all columns; the choosing set alone gives directions."""
    seen, lead = aucs(choosing)
    up = seen.mean(axis=0) >= 0.5
    seen = np.where(up, seen, 1 - seen)
    unseen = aucs(held_out)[0].mean(axis=0)
    return Figures(
        up=up,
        mean=seen.mean(axis=0),
        worst=seen.min(axis=0),
        held_out=np.where(up, unseen, 1 - unseen),
        lead=np.where(up, lead, -lead).min(axis=0),
    )


def best_columns(
    figures: Figures, names: Sequence[str], wanted: NDArray[np.bool_]
) -> list[list[dict[str, str | float]]]:
    """Return the first columns of each location among `wanted`, one statistic of each feature."""
    result = []
    for location in range(len(LOCATIONS)):
        order = figures.order(location)
        rows: list[dict[str, str | float]] = []
        features: set[str] = set()
        for at in order[wanted[order]]:
            feature = names[at].rpartition("_")[0]
            if feature in features or len(rows) == SHOWN:
                continue
            features.add(feature)
            rows.append(figures.row(location, at, names[at]))
        result.append(rows)
    return result


def expected_columns(figures: Figures, names: Sequence[str]) -> list[list[dict[str, str | float]]]:
    """Return the figures of the features that biology names; only the statistic is chosen."""
    result = []
    for location, name in enumerate(LOCATIONS):
        order = figures.order(location)
        feature = np.array([names[at].rpartition("_")[0] for at in order])
        first = [order[feature == each][0] for each in EXPECTED[name].columns]
        result.append([figures.row(location, at, names[at]) for at in first])
    return result


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
    heads = ("location", "first by choice", "", "choosing, mean and worst line", "held out")
    heads += ("named by biology", "choosing, mean and worst line", "held out")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for number, (name, best, expected) in enumerate(
        zip(LOCATIONS, result["best"], result["expected"], strict=True)
    ):
        first = best[0]
        known = named(expected)
        lines.append(
            f"| {number} {name} | `{first['column']}` | {first['direction']} | "
            f"{first['mean']:.3f} {first['worst']:.3f} | {first['held_out']:.3f} | "
            f"`{known['column']}` | {known['mean']:.3f} {known['worst']:.3f} | "
            f"{known['held_out']:.3f} |"
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
    parser.add_argument("--held-out", type=int, default=12)
    parser.add_argument("--first", type=int, default=4, help="first held-out protein of a line")
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
            figures = figures_of(choosing, held_out)
            result["best"] = best_columns(figures, names, usable)
            result["expected"] = expected_columns(figures, names)
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
        f"taken (biology's where it has {SURE} on the worst choosing line, else the first) "
        f"for {taken}."
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
