"""Fields of one location each, on every cell line, at the pixel sizes that HPA's pictures have."""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np

from hpa_features.core.locations import LOCATIONS
from hpa_features.core.types import CHANNELS, Masks
from hpa_features.io.masks import write_masks
from hpa_features.simulate.culture import GROWING
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import CELL_LINES, CellLine
from hpa_features.simulate.planes import block_mean
from hpa_features.simulate.protein import draw_protein

NATIVE_UM = 0.08
FACTORS = (1, 4, 6)  # to 0.32 and 0.48 µm: 512² of 2048² and of 3072²
# Every second line, so that both sets hold broad and small, round and long cells.
CHOOSING, HELD_OUT = CELL_LINES[::2], CELL_LINES[1::2]


@dataclass(frozen=True, slots=True)
class Planned:
    """One field: which location, on which line, and how many proteins went before it there."""

    location: int
    line: CellLine
    number: int

    @property
    def id(self) -> str:
        """The field's name."""
        return f"{self.line.name}-{self.location:02d}-{self.number}"

    def plan(self, size: int, seed: int) -> FieldPlan:
        """Return the plan; no two fields share a protein."""
        return FieldPlan(
            id=self.id,
            protein=draw_protein(f"LOC-{self.id}", seed, (LOCATIONS[self.location],)),
            line=self.line,
            shape=(size, size),
            pixel_size_um=NATIVE_UM,
            bit_depth=8,
            culture=GROWING,
        )


def planned(choosing: int, held_out: int, first: int = 0) -> list[Planned]:
    """Return so many fields of each location on the lines of the two sets, dealt out in turn.

    `first` is the number of the first held-out protein on each line.
    """
    return [
        Planned(location, lines[at % len(lines)], start + at // len(lines))
        for lines, count, start in ((CHOOSING, choosing, 0), (HELD_OUT, held_out, first))
        for at in range(count)
        for location in range(len(LOCATIONS))
    ]


def pixel_name(factor: int) -> str:
    """Return the folder of one pixel size, as 320nm."""
    return f"{round(1000 * factor * NATIVE_UM)}nm"


def write_fields(folder: Path, fields: list[Planned], size: int, seed: int, jobs: int) -> None:
    """Write all `fields` at all pixel sizes, each with its manifest; what is there stays."""
    todo = [each for each in fields if not (folder / "done" / each.id).exists()]
    (folder / "done").mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs) as pool:
        work = partial(_write_field, folder, size, seed)
        list(pool.map(work, todo))
    for factor in FACTORS:
        _write_manifest(folder / pixel_name(factor), fields, NATIVE_UM * factor)


def _write_field(folder: Path, size: int, seed: int, each: Planned) -> None:
    made = simulate_field(each.plan(size, seed))
    for factor in FACTORS:
        place = folder / pixel_name(factor)
        place.mkdir(exist_ok=True)
        for channel, plane in made.field.planes.items():
            small = np.rint(block_mean(plane.astype(np.float32), factor)).astype(plane.dtype)
            png = imagecodecs.png_encode(np.ascontiguousarray(small))
            (place / f"{each.id}_{channel.colour}.png").write_bytes(png)
        write_masks(_sampled(made.masks, factor), place / "masks", each.id)
    (folder / "done" / each.id).touch()


def _sampled(masks: Masks, factor: int) -> Masks:
    """Return the labels at the middles of larger pixels, as the simulator takes its own."""
    middle = slice(factor // 2, None, factor)
    return replace(masks, cells=masks.cells[middle, middle], nuclei=masks.nuclei[middle, middle])


def _write_manifest(folder: Path, fields: list[Planned], pixel_um: float) -> None:
    colours = [channel.colour for channel in CHANNELS]
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("Id", *colours, "cells", "nuclei", "pixel_size_um", "Metadata_CellLine"))
        for each in fields:
            rows.writerow(
                [each.id, *(f"{each.id}_{colour}.png" for colour in colours)]
                + [f"masks/{each.id}_{part}.png" for part in ("cells", "nuclei")]
                + [f"{pixel_um:g}", each.line.name]
            )
