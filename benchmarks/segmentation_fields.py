"""Fields for benchmarks: real ones, with reference masks where there are some, and simulated."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from hpa_features.core.types import CHANNELS, Field, Masks
from hpa_features.simulate.culture import GROWING
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import CELL_LINES, CellLine
from hpa_features.simulate.protein import draw_protein

Real: TypeAlias = NDArray[np.float64]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = (
    ("native", ".png", 0.08),
    ("derived512", ".png", 0.32),
    ("kaggle512", ".png", 0.32),
    ("web_jpeg", ".jpg", 0.08),
)
TILE_PX = 512
TILE_UM = 0.16
SIMULATED_PX, SIMULATED_UM = 512, 0.32
CROWDED = (0.97, 1.0)


def blurred(sigma_um: float) -> Callable[[Real, float], Real]:
    """Return what a field out of focus by a Gaussian of `sigma_um` shows of a plane."""
    return lambda plane, um: gaussian_filter(plane, sigma_um / um)


def brighter(gain: float) -> Callable[[Real, float], Real]:
    """Return what a field with so many times the light shows of a plane; it saturates at 255."""
    return lambda plane, _: gain * plane


WORSE = {
    "as it is": brighter(1),
    "blurred, σ 1 µm": blurred(1),
    "blurred, σ 2 µm": blurred(2),
    "blurred, σ 4 µm": blurred(4),
    "saturated, 2 times as bright": brighter(2),
    "saturated, 4 times as bright": brighter(4),
    "saturated, 8 times as bright": brighter(8),
    "an eighth as bright": brighter(1 / 8),
    "a 32nd as bright": brighter(1 / 32),
}
"""What is done to every plane of a real field, given its pixel size in µm."""


def worse(field: Field, change: Callable[[Real, float], Real]) -> Field:
    """Return `field` with its 8-bit planes changed."""
    um = field.pixel_size_um
    planes = {
        channel: np.clip(np.rint(change(plane.astype(np.float64), um)), 0, 255).astype(np.uint8)
        for channel, plane in field.planes.items()
    }
    return replace(field, planes=planes)


class RealField(NamedTuple):
    """A real field, its folder, and a U-Net's predicted cells where there are some."""

    folder: str
    field: Field
    reference: NDArray[np.integer] | None


def pixels(path: Path) -> NDArray[np.uint8]:
    """Return one plane; of a colour file the brightest channel (blue of a blue file, …)."""
    plane = np.asarray(Image.open(path))
    if plane.ndim == 2:
        return plane
    colour = path.stem.rpartition("_")[2]
    index = {"red": [0], "green": [1], "blue": [2], "yellow": [0, 1]}[colour]
    return plane[..., index].max(axis=-1)


def fields_in(place: Path, suffix: str, um: float) -> Iterator[Field]:
    """Yield the fields of a folder; channels without a file are missing in them."""
    for blue in sorted(place.glob(f"*_blue{suffix}")):
        name = blue.name.removesuffix(f"_blue{suffix}")
        paths = {c: place / f"{name}_{c.colour}{suffix}" for c in CHANNELS}
        planes = {c: pixels(path) for c, path in paths.items() if path.exists()}
        yield Field(name, planes, dict.fromkeys(planes, 255), um)


def real_fields(data: Path) -> Iterator[RealField]:
    """Yield the complete real fields."""
    for folder, suffix, um in FOLDERS:
        place = data / "hpa_fields" / folder
        for field in fields_in(place, suffix, um):
            given = place / f"{field.id}_predictedmask.png"
            reference = np.asarray(Image.open(given)) if given.exists() else None
            yield RealField(folder, field, reference)


def one_cell_tiles(folder: Path) -> Iterator[Field]:
    """Yield the pure one-cell tiles of the mosaics, black outside the cell, 0.16 µm a pixel."""
    with (folder / "tiles.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["kind"] == "pure" and not r["same_cell_as"]]
    opened: dict[str, Field] = {}
    for row in rows:
        stem = folder / "pure" / row["mosaic_id"]
        files = {c: stem.with_name(f"{stem.name}_{c.colour}.jpg") for c in CHANNELS}
        if not all(path.exists() for path in files.values()):
            continue
        if row["mosaic_id"] not in opened:
            planes = {c: np.asarray(Image.open(path).convert("L")) for c, path in files.items()}
            whole = Field(stem.name, planes, dict.fromkeys(planes, 255), TILE_UM)
            opened = {row["mosaic_id"]: whole}
        top, left = int(row["row"]) * TILE_PX, int(row["col"]) * TILE_PX
        window = np.s_[top : top + TILE_PX, left : left + TILE_PX]
        whole = opened[row["mosaic_id"]]
        cut = {c: np.ascontiguousarray(plane[window]) for c, plane in whole.planes.items()}
        yield Field(f"{whole.id}-{row['tile']}", cut, whole.full_scale, TILE_UM)


def unseen_line(number: int) -> CellLine:
    """Return a cell line that no constant was chosen on: each habit between those of the known.

    Habits are drawn alone, so that they occur together as in no known line.
    """
    rng = np.random.default_rng([number, 24])

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    habits: dict[str, Any] = {}
    for each in fields(CellLine):
        known = [getattr(line, each.name) for line in CELL_LINES]
        if isinstance(known[0], float):
            habits[each.name] = between(min(known), max(known))
        elif isinstance(known[0], tuple):
            ends = sorted(between(min(side), max(side)) for side in zip(*known))
            whole = isinstance(known[0][0], int)
            habits[each.name] = tuple(round(end) for end in ends) if whole else tuple(ends)
    return replace(CELL_LINES[0], name=f"unseen-{number}", **habits)


def unseen_fields(lines: int, each: int) -> Iterator[tuple[str, Field, Masks]]:
    """Yield the name of the line, a simulated field and its true masks.

    Of as many lines again, called dense, the cells cover as much of the field as can be placed.
    """
    known = [unseen_line(number) for number in range(lines)]
    crowded = [
        replace(unseen_line(lines + n), name=f"dense-{n}", confluency=CROWDED) for n in range(lines)
    ]
    for line in (*known, *crowded):
        for place in range(each):
            name = f"{line.name}-{place}"
            protein = draw_protein(name, 24, ("Cytosol",))
            made = simulate_field(
                FieldPlan(
                    id=name,
                    protein=protein,
                    line=line,
                    shape=(SIMULATED_PX, SIMULATED_PX),
                    pixel_size_um=SIMULATED_UM,
                    bit_depth=8,
                    culture=GROWING,
                )
            )
            yield line.name, made.field, made.masks
