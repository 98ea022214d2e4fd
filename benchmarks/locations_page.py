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
        "don't edit. For each of the 28 locations: what it looks like, the features that biology",
        "says should find it, and those that did best, each with the figure that it does on",
        "simulated cells.",
        "",
        f"The fields are simulated: {fields['size']}² pixels of 0.08 µm, one protein and one",
        "location each. *AUC* is how often a field of the location ranks on the right side of a",
        "field of any other location from the same cell line: 1 always, 0.5 a coin. Features,",
        f"directions and statistics were chosen on {fields['choosing']} fields of each location",
        f"from four cell lines; the figures are of {fields['held_out']} fields of each from four",
        "other lines, with proteins that no choice has seen. With so few, a figure is good to",
        f"about ±0.05. Bold is {ENOUGH} or more. The best feature by choice reaches it for",
        f"{by_choice} of the 28 locations, the best of those that biology names for",
        f"{by_biology}. Columns are ranked by their AUC on the worst of the choosing lines;",
        f"biology's is taken where it has {SURE} there, else the first: so {found}.",
        "",
        "*expected* is what biology names, *best* what the choosing fields ranked first; *high* or",
        "*low* says on which side the location lies. The words in each row end with the statistic",
        "of an image's cells that is meant. A simulated figure says that the feature measures what",
        "it is meant to; how well it does on your images, `hpa-feat importance` tells.",
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
        "A forest of 1,000 randomised trees, trained on the choosing fields, names the likeliest",
        "of the 28 locations of each held-out field. Larger pixels are averages of the same",
        "fields, as HPA's 512² pictures are.",
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
