"""Cell features of two small fields, kept so that a change of any column is seen.

    python tests/golden/make_golden.py

writes cells.csv anew from the pictures beside it; do so when a column is meant to change, and look
at the difference: a line is a column, a cell's value each. The pictures are windows cut from
simulated fields with their true masks: they are kept, not drawn again, because random numbers and
filters differ between versions of numpy and scipy, and the simulation itself improves.

- `eight`: 8 bits, 0.32 µm, three cells, the nucleus of the last left out;
- `sixteen`: 16 bits of which a camera filled 12, 0.16 µm, two cells, flat further than four pixels
  from them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import imagecodecs
import numpy as np
from scipy import ndimage

from hpa_features.core.types import CHANNELS, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.measure import measure
from hpa_features.features.registry import cell_entries, families_named

HERE = Path(__file__).parent
TABLE = HERE / "cells.csv"
FIELDS = {"eight": (255, 0.32), "sixteen": (65535, 0.16)}  # full scale, µm


def _picture(name: str) -> np.ndarray:
    return imagecodecs.png_decode((HERE / f"{name}.png").read_bytes())


def read_field(name: str) -> tuple[Field, Masks]:
    """Return one of the fields and its masks."""
    full_scale, pixel_um = FIELDS[name]
    planes = {channel: _picture(f"{name}_{channel.colour}") for channel in CHANNELS}
    cells = _picture(f"{name}_cells").astype(np.int32)
    nuclei = np.where(_picture(f"{name}_nuclei") > 0, cells, 0).astype(np.int32)
    numbers = np.arange(1, int(cells.max()) + 1)
    pieces = [ndimage.label(nuclei == number)[1] for number in numbers]
    masks = Masks(cells, nuclei, numbers.astype(np.int64), np.array(pieces, np.int32))
    return Field(name, planes, dict.fromkeys(planes, full_scale), pixel_um), masks


def measured() -> dict[str, dict[str, np.float32]]:
    """Return column → cell → value of the default families, as measured now."""
    families = families_named(())
    names = [entry.column.name for entry in cell_entries(families)]
    table: dict[str, dict[str, np.float32]] = {name: {} for name in names}
    for field_name in FIELDS:
        field, masks = read_field(field_name)
        values = measure(Batch((field,), (masks,)), families)
        for number, row in zip(masks.object_numbers, values, strict=True):
            for name, value in zip(names, row, strict=True):
                table[name][f"{field_name}:{number}"] = value
    return table


def kept() -> dict[str, dict[str, np.float32]]:
    """Return the table as it was kept; an empty place is an undefined value."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row.pop("column"): {cell: np.float32(text or "nan") for cell, text in row.items()}
            for row in csv.DictReader(file)
        }


def write(table: Mapping[str, Mapping[str, np.float32]]) -> None:
    """Keep a table; nine digits hold a float32 exactly."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["column", *next(iter(table.values()))])
        for column, cells in table.items():
            texts = ["" if np.isnan(value) else f"{value:.9g}" for value in cells.values()]
            writer.writerow([column, *texts])


if __name__ == "__main__":
    write(measured())
