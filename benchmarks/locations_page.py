"""docs/locations.md from the committed result of bench_locations.py.

    python benchmarks/locations_page.py [--readme]

Writes the page; `--readme` prints the compact table instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench_helpers import RESULTS
from location_words import EXPECTED

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.registry import Entry, families_named, image_entries

PAGE = Path(__file__).parents[1] / "docs" / "locations.md"
GROUPS = (
    ("In the nucleus", range(6)),
    ("Membranes and vesicles of the cytoplasm", (6, 7, 8, 9, 10, 20, 23, 26)),
    ("Filaments", (11, 12, 13, 14, 15)),
    ("In dividing cells", (16, 17)),
    ("At the organising centre", (18, 19, 24)),
    ("At the edge of the cell", (21, 22)),
    ("Elsewhere in the cytoplasm", (25, 27)),
)
ENOUGH = 0.9
SURE = 0.95  # what biology's column must have on the worst choosing line
_SENSE = {"+": "high", "-": "low"}
Result = Mapping[str, Any]
Row = Mapping[str, Any]


def committed() -> Result:
    """Return the result that bench_locations.py keeps."""
    result: Result = json.loads((RESULTS / "locations.json").read_text(encoding="utf-8"))
    return result


def named(expected: Sequence[Row]) -> Row:
    """Return the feature that the choosing fields prefer among those that biology names."""
    return max(expected, key=lambda row: row["worst"])


def taken(best: Sequence[Row], expected: Sequence[Row]) -> Row:
    """Return the feature that stands for a location, by what the choosing fields alone say."""
    known = named(expected)
    return known if known["worst"] >= SURE else best[0]


def reached(result: Result) -> tuple[int, int, int]:
    """Return for how many locations the first choice, the named feature, the taken is enough."""
    first = [best[0]["held_out"] >= ENOUGH for best in result["best"]]
    known = [named(rows)["held_out"] >= ENOUGH for rows in result["expected"]]
    both = zip(result["best"], result["expected"], strict=True)
    return sum(first), sum(known), sum(taken(*each)["held_out"] >= ENOUGH for each in both)


def compact(result: Result) -> list[str]:
    """Return one row a location: the feature taken, in words, its direction, its AUC."""
    entries = _entries()
    lines = ["| location | found by | | AUC |", "|---|---|---|---|"]
    for name, *both in zip(LOCATIONS, result["best"], result["expected"], strict=True):
        row = taken(*both)
        words = entries[row["column"]].feature.meaning
        lines.append(f"| {name} | {words} | {_SENSE[row['direction']]} | {_auc(row)} |")
    return lines


def page(result: Result) -> str:
    """Return the text of docs/locations.md."""
    return "\n".join([*_head(result), *_sections(result), *_together(result)]) + "\n"


def write_page() -> None:
    """Write docs/locations.md anew."""
    PAGE.write_text(page(committed()), encoding="utf-8")


def _entries() -> Mapping[str, Entry]:
    return {entry.column.name: entry for entry in image_entries(families_named(["all"]))}


def _auc(row: Row) -> str:
    figure = f"{row['held_out']:.2f}"
    return f"**{figure}**" if row["held_out"] >= ENOUGH else figure


def _head(result: Result) -> list[str]:
    fields = result["fields"]
    by_choice, by_biology, found = reached(result)
    return [
        "# What finds each location",
        "",
        "Made by `benchmarks/bench_locations.py --write` from `benchmarks/results/locations.json`;",
        "don't edit. For each of the 28 locations: what it looks like, the features that should",
        "find it according to biology, and the features that performed best on simulated cells.",
        "",
        f"The fields are simulated: {fields['size']}² pixels of 0.08 µm, with one protein and one",
        "location each. *AUC* is the probability that a field of the location is ranked above a",
        "field of another location from the same cell line (1: perfect, 0.5: chance). Features,",
        f"directions and statistics were chosen on {fields['choosing']} fields of each location",
        f"from four cell lines. AUCs are from {fields['held_out']} fields of each location from",
        "four other lines, with other proteins, and are accurate to about ±0.05. Values of",
        f"{ENOUGH} or more are bold. The best feature by choice reaches that for {by_choice} of",
        f"the 28 locations, the best feature named by biology for {by_biology}. Columns are ranked",
        "by their AUC on the worst of the lines used for choosing. The feature named by biology is",
        f"preferred if it reaches {SURE} there, which gives {found} locations.",
        "",
        "*expected* features are named by biology, *best* ones were ranked first on the fields",
        "used for choosing; *high* or *low* is the direction of the location. Each description",
        "ends with the statistic over the cells of an image. An AUC on simulated fields shows that",
        "a feature measures what it is meant to; `hpa-feat importance` shows what matters for your",
        "images.",
        "",
    ]


def _sections(result: Result) -> list[str]:
    entries = _entries()
    lines = []
    for title, numbers in GROUPS:
        lines += [f"## {title}", ""]
        for number in numbers:
            lines += _location(number, result["best"][number], result["expected"][number], entries)
    return lines


def _location(
    number: int, best: Sequence[Row], expected: Sequence[Row], entries: Mapping[str, Entry]
) -> list[str]:
    name = LOCATIONS[number]
    lines = [
        f"### {number} {name}",
        "",
        EXPECTED[name].looks,
        "",
        "| | feature | | AUC | landmark × family | column |",
        "|---|---|---|---|---|---|",
    ]
    known = {row["column"] for row in expected}
    first = {row["column"] for row in best}
    rows = [*expected, *(row for row in best if row["column"] not in known)]
    for row in rows:
        entry = entries[row["column"]]
        kinds = [
            word for word, names in (("expected", known), ("best", first)) if row["column"] in names
        ]
        lines.append(
            f"| {', '.join(kinds)} | {entry.column.meaning} | {_SENSE[row['direction']]} | "
            f"{_auc(row)} | {entry.column.block} | `{row['column']}` |"
        )
    return [*lines, ""]


def _together(result: Result) -> list[str]:
    lines = [
        "## All features together",
        "",
        "A forest of 1,000 randomised trees, trained on the fields used for choosing, predicts one",
        "of the 28 locations for each held-out field. Larger pixels are averages of the same",
        "fields, like HPA's 512² images.",
        "",
        "| pixel | macro F1 | most confused (fields, both ways) |",
        "|---|---|---|",
    ]
    for size, figure in result["together"].items():
        pairs = "; ".join(f"{LOCATIONS[a]} – {LOCATIONS[b]} ({n})" for a, b, n in figure["pairs"])
        lines.append(f"| {size} | {figure['macro_f1']:.3f} | {pairs} |")
    heads = " | ".join(result["together"])
    lines += ["", f"| F1 of | {heads} |", "|---" * (1 + len(result["together"])) + "|"]
    for number, name in enumerate(LOCATIONS):
        each = " | ".join(f"{figure['f1'][number]:.2f}" for figure in result["together"].values())
        lines.append(f"| {name} | {each} |")
    return lines


def main() -> None:
    """Write the page, or print the compact table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readme", action="store_true")
    if parser.parse_args().readme:
        print("\n".join(compact(committed())))
    else:
        write_page()


if __name__ == "__main__":
    main()
