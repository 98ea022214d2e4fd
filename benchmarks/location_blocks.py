"""Which blocks biology names for each location: the blocks of the columns in `location_words`.

    python benchmarks/location_blocks.py

Prints the table and writes it to location_blocks.csv, which `bench_reasons.py` reads: what is
expected stands in the history before what was found.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from location_words import EXPECTED

from hpa_features.features.registry import FAMILIES, cell_entries

TABLE = Path(__file__).with_name("location_blocks.csv")


def blocks_by_column() -> dict[str, str]:
    """Return the block of every column of the cell table."""
    return {entry.column.name: entry.column.block for entry in cell_entries(FAMILIES)}


def expected_blocks() -> dict[str, tuple[str, ...]]:
    """Return the blocks of the columns that biology names for each location, each once."""
    block_of = blocks_by_column()
    return {
        location: tuple(dict.fromkeys(block_of[column] for column in each.columns))
        for location, each in EXPECTED.items()
    }


def read_table() -> Mapping[str, tuple[str, ...]]:
    """Return the blocks of each location as the committed table has them."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["location"]: tuple(row["blocks"].split("; ")) for row in csv.DictReader(file)}


def main() -> None:
    """Write and print the table."""
    found = expected_blocks()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("location", "blocks"))
        rows.writerows((location, "; ".join(blocks)) for location, blocks in found.items())
    print(TABLE.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
