"""Fields of one location each, for `bench_reasons`.

    python benchmarks/reason_fields.py FOLDER [--lines new|known] [--each N] [--size PIXELS]

new: on the cell lines that nothing was chosen on. known: on four of those that features were chosen
on, to choose between ways to rank blocks.

Writes FOLDER/images with its manifest, and FOLDER/labels.csv. No two fields share a protein; the
lines take turns. Measure them with: hpa-feat extract FOLDER/images/manifest.csv -o FOLDER/store
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import imagecodecs
import numpy as np
from location_fields import CHOOSING

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.types import CHANNELS
from hpa_features.io.masks import write_masks
from hpa_features.simulate.culture import GROWING
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import NEW_LINES, CellLine
from hpa_features.simulate.protein import draw_protein

PIXEL_UM = 0.32
SEED = 20_261_201
LINES = {"new": NEW_LINES, "known": CHOOSING}
HEAD = ("cells", "nuclei", "pixel_size_um", "Metadata_CellLine", "Metadata_Simulated")


def plan_of(lines: tuple[CellLine, ...], location: int, number: int, size: int) -> FieldPlan:
    """Return the plan of one field: its number decides its line."""
    line = lines[number % len(lines)]
    name = f"{line.name}-{location:02d}-{number}"
    return FieldPlan(
        id=name,
        protein=draw_protein(f"NEW-{name}", SEED, (LOCATIONS[location],)),
        line=line,
        shape=(size, size),
        pixel_size_um=PIXEL_UM,
        bit_depth=8,
        culture=GROWING,
    )


def write_field(place: Path, plan: FieldPlan) -> None:
    """Write the planes and true masks of a field, unless they are there."""
    if (place / "masks" / f"{plan.id}_nuclei.png").exists():
        return
    made = simulate_field(plan)
    for channel, plane in made.field.planes.items():
        png = imagecodecs.png_encode(np.ascontiguousarray(plane))
        (place / f"{plan.id}_{channel.colour}.png").write_bytes(png)
    write_masks(made.masks, place / "masks", plan.id)


def main() -> None:
    """Write all fields."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", choices=LINES, default="new")
    parser.add_argument("--each", type=int, default=12)
    parser.add_argument("--size", type=int, default=352)
    asked = parser.parse_args()
    place = asked.folder / "images"
    place.mkdir(parents=True, exist_ok=True)
    colours = [channel.colour for channel in CHANNELS]
    manifest, labels = [("Id", *colours, *HEAD)], [("Id", "Labels")]
    for number in range(asked.each):
        for location, name in enumerate(LOCATIONS):
            plan = plan_of(LINES[asked.lines], location, number, asked.size)
            write_field(place, plan)
            planes = [f"{plan.id}_{colour}.png" for colour in colours]
            masks = [f"masks/{plan.id}_{part}.png" for part in ("cells", "nuclei")]
            size = f"{PIXEL_UM:g}"
            manifest.append((plan.id, *planes, *masks, size, plan.line.name, "true"))
            labels.append((plan.id, name))
    for path, rows in ((place / "manifest.csv", manifest), (asked.folder / "labels.csv", labels)):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)


if __name__ == "__main__":
    main()
