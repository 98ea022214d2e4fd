"""Cells and nuclei found on real fields, beside predicted, hand-made and reference masks.

    python benchmarks/bench_segmentation.py [--data DIR] [--write]

Reads the folder of real images named by --data (hpa_fields, hpa_kaggle512_nuclei,
nuclei_dsb2018, hpa_mosaics). `--write` keeps the result in benchmarks/results/segmentation.md.
Scores: F1 of objects matched at intersection over union above 0.5, and the mean, over the
reference's objects, of the best intersection over union with a found one. Seconds are processor
seconds of one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from hpa_features.core.types import CHANNELS, Field, Masks
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei
from hpa_features.segmentation.watershed import segment_watershed

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = (
    ("native", ".png", 0.08),
    ("derived512", ".png", 0.32),
    ("kaggle512", ".png", 0.32),
    ("web_jpeg", ".jpg", 0.08),
)
TILE_PX = 512
NUCLEUS_UM = 15.0
# Fly embryos, not cells in culture: reported apart from the other 64.
TISSUE = ("538b7673d507014d", "cb4df20a83b2f38b")


@dataclass(frozen=True)
class Score:
    """How found objects agree with a reference."""

    matched: int
    found: int
    wanted: int
    overlaps: tuple[float, ...]

    @property
    def f1(self) -> float:
        """Return F1 of matched objects."""
        return 2 * self.matched / max(self.found + self.wanted, 1)


def score(found: NDArray[np.integer], wanted: NDArray[np.integer]) -> Score:
    """Return how `found` labels agree with `wanted` ones."""
    _, a = np.unique(np.append(0, found.ravel()), return_inverse=True)
    _, b = np.unique(np.append(0, wanted.ravel()), return_inverse=True)
    shape = (int(a.max()) + 1, int(b.max()) + 1)
    joint = np.bincount(a * shape[1] + b, minlength=shape[0] * shape[1]).reshape(shape)
    union = joint.sum(axis=1, keepdims=True) + joint.sum(axis=0, keepdims=True) - joint
    ratio = (joint / np.maximum(union, 1))[1:, 1:]
    best = ratio.max(axis=0) if len(ratio) else np.zeros(shape[1] - 1)
    return Score(int((ratio > 0.5).sum()), shape[0] - 1, shape[1] - 1, tuple(map(float, best)))


def pooled(scores: list[Score]) -> str:
    """Return F1 and mean overlap over several fields as two table cells."""
    matched, found, wanted = (
        sum(getattr(s, name) for s in scores) for name in ("matched", "found", "wanted")
    )
    overlaps = [o for s in scores for o in s.overlaps]
    return f"{2 * matched / (found + wanted):.3f} | {np.mean(overlaps):.3f}"


def timed(field: Field) -> tuple[Masks, float]:
    """Return the masks of `field` and the processor seconds that they took."""
    start = time.process_time()
    masks = segment_watershed(field)
    return masks, time.process_time() - start


def pixels(path: Path) -> NDArray[np.uint8]:
    """Return one plane; of a colour file the brightest channel (blue of a blue file, …)."""
    plane = np.asarray(Image.open(path))
    if plane.ndim == 2:
        return plane
    colour = path.stem.rpartition("_")[2]
    index = {"red": [0], "green": [1], "blue": [2], "yellow": [0, 1]}[colour]
    return plane[..., index].max(axis=-1)


def nuclei_of(plane: NDArray[np.uint8], grid: Grid) -> NDArray[np.int32]:
    """Return the outlined nuclei of a DNA plane on the grid."""
    dna = grid.reduce(plane)
    return outline_nuclei(Nearest.of(find_nuclei(dna, grid)), dna, grid)


def field_at(stem: Path, suffix: str, um: float) -> Field:
    """Return the field whose files start with `stem`; a channel without file is left out."""
    paths = {c: stem.with_name(f"{stem.name}_{c.colour}{suffix}") for c in CHANNELS}
    planes = {c: pixels(path) for c, path in paths.items() if path.exists()}
    return Field(stem.name, planes, dict.fromkeys(planes, 255), um)


def whole_fields(data: Path) -> list[str]:
    """Return the table of complete real fields."""
    lines = [
        "## Complete fields, beside a U-Net's predicted cell masks (predictions, not truth)",
        "",
        (
            "| folder | field | pixels | cells | at the edge | without nucleus | U-Net's cells "
            "| F1 | mean IoU | s |"
        ),
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    reduced = []
    for folder, suffix, um in FOLDERS:
        for path in sorted((data / "hpa_fields" / folder).glob(f"*_blue{suffix}")):
            stem = path.with_name(path.name.removesuffix(f"_blue{suffix}"))
            field = field_at(stem, suffix, um)
            masks, seconds = timed(field)
            rim = np.concatenate([masks.cells[k] for k in (0, -1)])
            rim = np.concatenate([rim, *(masks.cells[:, k] for k in (0, -1))])
            edge = len(np.unique(rim[rim > 0]))
            reference = stem.with_name(f"{stem.name}_predictedmask.png")
            judged = "– | – | –"
            if reference.exists():
                one = score(masks.cells, np.asarray(Image.open(reference)))
                judged = f"{one.wanted} | {one.f1:.3f} | {np.mean(one.overlaps):.3f}"
                if folder == "derived512":
                    reduced.append(one)
            lines.append(
                f"| {folder} | {field.id[:8]} | {field.shape[0]} | {masks.count} | {edge} | "
                f"{int((masks.nucleus_counts == 0).sum())} | {judged} | {seconds:.2f} |"
            )
    found, wanted = sum(s.found for s in reduced), sum(s.wanted for s in reduced)
    lines.append(f"| derived512 | all | 512 | {found} | | | {wanted} | {pooled(reduced)} | |")
    return [*lines, ""]


def blue_only(data: Path) -> list[str]:
    """Return how many nuclei are found in blue channels that have no truth."""
    counts, areas = [], []
    for path in sorted((data / "hpa_kaggle512_nuclei").glob("*_blue.png")):
        plane = pixels(path)
        grid = Grid.of(plane.shape, 0.32)
        nuclei = nuclei_of(plane, grid)
        counts.append(int(nuclei.max()))
        areas.extend((np.bincount(nuclei.ravel())[1:] * grid.um**2).tolist())
    low, middle, high = np.quantile(areas, [0.1, 0.5, 0.9])
    return [
        "## 24 blue channels of Kaggle images (no truth)",
        "",
        (
            f"Nuclei per field: {', '.join(map(str, counts))}. Area in µm², 10th, 50th and 90th "
            f"percentile: {low:.0f}, {middle:.0f}, {high:.0f}."
        ),
        "",
    ]


def hand_made(data: Path) -> list[str]:
    """Return the table of nuclei against labels made by hand."""
    scores: dict[str, Score] = {}
    for path in sorted((data / "nuclei_dsb2018" / "images").glob("*.png")):
        plane = np.asarray(Image.open(path))
        plane = plane if plane.ndim == 2 else plane[..., :3].max(axis=-1)
        truth = np.asarray(Image.open(path.parents[1] / "labels" / path.name))
        sizes = np.bincount(truth.ravel())[1:]
        um = NUCLEUS_UM / np.sqrt(4 / np.pi * np.median(sizes[sizes > 0]))
        grid = Grid.of(plane.shape, float(um))
        scores[path.stem] = score(grid.enlarge(nuclei_of(plane, grid)), truth)
    culture = [s for name, s in scores.items() if name not in TISSUE]
    tissue = [s for name, s in scores.items() if name in TISSUE]
    lines = [
        "## nuclei_dsb2018: nuclei against labels made by hand (pixel size: median nucleus 15 µm)",
        "",
        "| images | found | by hand | F1 of all nuclei | mean IoU | mean F1 of an image |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, group in (("cells in culture", culture), ("two fly embryos", tissue)):
        found, wanted = sum(s.found for s in group), sum(s.wanted for s in group)
        lines.append(
            f"| {len(group)} {name} | {found} | {wanted} | {pooled(group)} | "
            f"{np.mean([s.f1 for s in group]):.3f} |"
        )
    return [*lines, ""]


def tiles(folder: Path) -> Iterator[Field]:
    """Yield the pure one-cell tiles of the mosaics, black outside the cell, 0.16 µm a pixel."""
    with (folder / "tiles.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["kind"] == "pure" and not r["same_cell_as"]]
    opened: dict[str, Field] = {}
    for row in rows:
        stem = folder / "pure" / row["mosaic_id"]
        if not stem.with_name(f"{stem.name}_blue.jpg").exists():
            continue
        if row["mosaic_id"] not in opened:
            planes = {
                c: np.asarray(
                    Image.open(stem.with_name(f"{stem.name}_{c.colour}.jpg")).convert("L")
                )
                for c in CHANNELS
            }
            opened = {row["mosaic_id"]: Field(stem.name, planes, dict.fromkeys(planes, 255), 0.16)}
        top, left = int(row["row"]) * TILE_PX, int(row["col"]) * TILE_PX
        window = np.s_[top : top + TILE_PX, left : left + TILE_PX]
        whole = opened[row["mosaic_id"]]
        cut = {c: np.ascontiguousarray(plane[window]) for c, plane in whole.planes.items()}
        yield Field(f"{whole.id}-{row['tile']}", cut, whole.full_scale, 0.16)


def one_cell_tiles(data: Path) -> list[str]:
    """Return how often exactly one cell is found where there is one."""
    counts, overlaps, nuclear, seconds = [], [], [], []
    for field in tiles(data / "hpa_mosaics"):
        masks, taken = timed(field)
        seconds.append(taken)
        counts.append(masks.count)
        brightest = np.maximum.reduce([field.planes[c] for c in CHANNELS])
        lit = brightest > 3
        largest = np.bincount(masks.cells[lit], minlength=2)[1:].argmax() + 1
        cell = masks.cells == largest
        overlaps.append((cell & lit).sum() / max((cell | lit).sum(), 1))
        nuclear.append((masks.nuclei == largest).any())
    numbers = np.array(counts)
    return [
        "## Pure tiles of hpa_mosaics: one cell each, black outside",
        "",
        (
            f"{len(numbers)} tiles: exactly one cell in {(numbers == 1).mean():.1%}, none in "
            f"{(numbers == 0).sum()}, more in {(numbers > 1).sum()}. The cell has a nucleus in "
            f"{np.mean(nuclear):.1%}. IoU with all lit pixels (any channel above 3 of 255, so with "
            f"each cell's faintest margin): median {np.median(overlaps):.3f}, 10th percentile "
            f"{np.quantile(overlaps, 0.1):.3f}. {np.mean(seconds):.2f} s a tile."
        ),
        "",
    ]


def main() -> None:
    """Print the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with threadpool_limits(1):
        lines = [
            *whole_fields(options.data),
            *blue_only(options.data),
            *hand_made(options.data),
            *one_cell_tiles(options.data),
        ]
    publish(
        "segmentation",
        "Segmentation by watershed",
        lines,
        "numpy",
        "scipy",
        "scikit-image",
        write=options.write,
    )


if __name__ == "__main__":
    main()
