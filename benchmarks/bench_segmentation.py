"""Every segmenter side by side, on simulated and real fields, against reference masks.

    python benchmarks/bench_segmentation.py [--data DIR] [--mosaics PURE] [--write]

Reads the folder of real images named by --data (hpa_fields, hpa_kaggle512_nuclei,
nuclei_dsb2018, hpa_mosaics). PURE is a folder of one-cell fields as bench_whole_way.py takes it:
its fields are extracted with each segmenter and labels are trained on them with fold seeds 0–4
(half an hour). `--write` keeps the result in benchmarks/results/segmentation.md. A segmenter whose
packages or weights are missing gets a line that states it.

Scores are those of `hpa-feat evaluate-masks`, pooled over the fields of a row, with a boundary
tolerance of 1 µm. Seconds are processor seconds of one thread, so that other work on the machine
does not count.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from bench_helpers import call, publish
from bench_whole_way import listed, trained
from numpy.typing import NDArray
from PIL import Image
from segmentation_fields import (
    DATA,
    WORSE,
    one_cell_tiles,
    pixels,
    real_fields,
    unseen_fields,
    worse,
)
from threadpoolctl import threadpool_limits

from hpa_features.core.errors import HpaFeatError
from hpa_features.core.settings import CellposeSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import CHANNELS, Field, Masks
from hpa_features.pipeline.warm_up import compile_segmentation
from hpa_features.segmentation import Segmenter, prepared_segmenter
from hpa_features.segmentation.agreement import Agreement, agreement, pooled, without_border
from hpa_features.segmentation.cellpose.resolve import resolved
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei

TOLERANCE_UM = 1.0
NUCLEUS_UM = 15.0
# Fly embryos, not cells in culture: reported apart from the other 64.
TISSUE = ("538b7673d507014d", "cb4df20a83b2f38b")
UNSEEN = (8, 3)  # lines, fields of each
LEAST_AT_BORDER = 0.25  # of the median area of whole cells: less of a cell is not looked for
NOT_FINDERS = ("auto", "precomputed", "precomputed-or-watershed", "whole-field")
SHOWN = ("AP50", "AP75", "AP", "AJI", "BestIoU", "BoundaryF1")
COLUMNS = f"| found | reference | {' | '.join(SHOWN)} |"
SEEDS = 5


class Finder:
    """A segmenter, and the processor seconds that it took."""

    def __init__(self, name: str, segmenter: Segmenter) -> None:
        self.name = name
        self._segmenter = segmenter
        self.seconds: list[float] = []

    def __call__(self, field: Field) -> Masks:
        """Return the masks of `field`."""
        start = time.process_time()
        [masks] = self._segmenter.segment([field])
        self.seconds.append(time.process_time() - start)
        return masks


def finders() -> tuple[list[Finder], list[str]]:
    """Return the segmenters that find cells here, and a line for each that cannot run."""
    ready, lacking = [], []
    for name in SegmenterName:
        if name.value in NOT_FINDERS:
            continue
        try:
            cellpose = resolved(CellposeSettings()) if name is SegmenterName.CELLPOSE else None
            segmenter = prepared_segmenter(SegmentSettings(segmenter=name, cellpose=cellpose))
        except HpaFeatError as error:
            lacking.append(f"{name.value} was not run: {error}")
        else:
            ready.append(Finder(name.value, segmenter))
    return ready, lacking


def score(found: NDArray[np.integer], wanted: NDArray[np.integer], um: float) -> Agreement:
    """Return how `found` labels agree with `wanted` ones."""
    return agreement(found, wanted, TOLERANCE_UM / um)


def cells_of(each: Iterable[Agreement]) -> str:
    """Return counts and scores of several fields as cells of a table."""
    total = pooled(each)
    scores = total.scores()
    figures = " | ".join(f"{scores[name]:.3f}" for name in SHOWN)
    return f"{total.predicted} | {total.reference} | {figures}"


def rule(names: str) -> list[str]:
    """Return the head of a table whose first columns have these names."""
    columns = names.count("|") + 1
    return [f"| {names} {COLUMNS}", "|---" * columns + "|--:" * (2 + len(SHOWN)) + "|"]


def border_only(
    all_cells: Sequence[NDArray[np.integer]], inner: Sequence[NDArray[np.integer]]
) -> list[NDArray[np.integer]]:
    """Return both masks with the large parts of cells at the border only."""
    sizes = np.bincount(inner[1].ravel())[1:]
    least = LEAST_AT_BORDER * np.median(sizes[sizes > 0])
    kept = []
    for labels, whole in zip(all_cells, inner, strict=True):
        rest = np.where(whole > 0, 0, labels)
        large = np.bincount(rest.ravel(), minlength=int(labels.max(initial=0)) + 1) >= least
        kept.append(np.where(large[rest], rest, 0))
    return kept


def simulated(ready: Sequence[Finder]) -> list[str]:
    """Return the table of simulated fields of cell lines that no constant was chosen on."""
    rows: dict[tuple[str, str, str], list[Agreement]] = {}
    for line, field, truth in unseen_fields(*UNSEEN):
        for finder in ready:
            both = (finder(field).cells, truth.cells)
            inner = without_border(*both)
            um = field.pixel_size_um
            parts = {"whole cells": inner, "large at the border": border_only(both, inner)}
            for part, masks in parts.items():
                for name in (f"all {line.partition('-')[0]}", line):
                    key = (finder.name, part, name)
                    rows.setdefault(key, []).append(score(masks[0], masks[1], um))
    about = (
        f"{UNSEEN[0]} lines whose habits are drawn between those of the simulator's own, and "
        f"{UNSEEN[0]} whose cells cover as much as can be placed; {UNSEEN[1]} fields of 512² each. "
        "Parts of cells at the border count, apart from the others, "
        f"where they have {LEAST_AT_BORDER:.0%} of the median area of whole cells."
    )
    return [
        "## Simulated fields of unseen cell lines",
        "",
        about,
        "",
        *rule("segmenter | cells | line"),
        *(
            f"| {' | '.join(key)} | {cells_of(rows[key])} |"
            for key in sorted(rows, key=lambda key: (key[0], key[1] != "whole cells", key[2]))
            if key[1] == "whole cells" or key[2].startswith("all")
        ),
        "",
    ]


def complete_fields(data: Path, ready: Sequence[Finder]) -> list[str]:
    """Return the table of complete real fields."""
    lines = [
        "## Complete fields, against a U-Net's predicted cells (predictions, not truth)",
        "",
        *rule("segmenter | folder | field | pixels | without nucleus | s"),
    ]
    for finder in ready:
        whole: list[Agreement] = []
        for folder, field, reference in real_fields(data):
            masks = finder(field)
            empty = int((masks.nucleus_counts == 0).sum())
            start = (
                f"| {finder.name} | {folder} | {field.id[:8]} | {field.shape[0]} | {empty} | "
                f"{finder.seconds[-1]:.2f} |"
            )
            if reference is None:
                lines.append(f"{start} {masks.count} | –" + " | –" * len(SHOWN) + " |")
                continue
            one = score(masks.cells, reference, field.pixel_size_um)
            lines.append(f"{start} {cells_of([one])} |")
            if folder == "derived512":
                whole.append(one)
        lines.append(f"| {finder.name} | derived512 | all | 512 | | | {cells_of(whole)} |")
    return [*lines, ""]


def worse_fields(data: Path, ready: Sequence[Finder]) -> list[str]:
    """Return how the agreement on the fields of 512² falls where they are blurred or saturated."""
    fields = [each for each in real_fields(data) if each.folder == "derived512"]
    lines = ["## derived512, blurred, saturated and dim", "", *rule("segmenter | fields")]
    for finder in ready:
        for name, change in WORSE.items():
            found = [(finder(worse(each.field, change)), each) for each in fields]
            scores = [score(masks.cells, e.reference, e.field.pixel_size_um) for masks, e in found]
            lines.append(f"| {finder.name} | {name} | {cells_of(scores)} |")
    return [*lines, ""]


def nuclei_of(plane: NDArray[np.uint8], grid: Grid) -> NDArray[np.int32]:
    """Return the outlined nuclei of a DNA plane on the grid."""
    dna = grid.reduce(plane)
    return outline_nuclei(Nearest.of(find_nuclei(dna, grid)), dna, grid)


def blue_only(data: Path) -> list[str]:
    """Return how many nuclei the watershed finds in blue channels that have no truth."""
    counts, areas = [], []
    for path in sorted((data / "hpa_kaggle512_nuclei").glob("*_blue.png")):
        plane = pixels(path)
        grid = Grid.of(plane.shape, 0.32)
        nuclei = nuclei_of(plane, grid)
        counts.append(int(nuclei.max()))
        areas.extend((np.bincount(nuclei.ravel())[1:] * grid.um**2).tolist())
    low, middle, high = np.quantile(areas, [0.1, 0.5, 0.9])
    found = (
        f"Nuclei per field: {', '.join(map(str, counts))}. Area in µm², 10th, 50th and 90th "
        f"percentile: {low:.0f}, {middle:.0f}, {high:.0f}."
    )
    title = "## Nuclei by watershed in 24 blue channels of Kaggle images (no truth)"
    return [title, "", found, ""]


def hand_made(data: Path) -> list[str]:
    """Return the table of nuclei by watershed against labels made by hand."""
    scores: dict[str, Agreement] = {}
    for path in sorted((data / "nuclei_dsb2018" / "images").glob("*.png")):
        plane = np.asarray(Image.open(path))
        plane = plane if plane.ndim == 2 else plane[..., :3].max(axis=-1)
        truth = np.asarray(Image.open(path.parents[1] / "labels" / path.name))
        sizes = np.bincount(truth.ravel())[1:]
        um = float(NUCLEUS_UM / np.sqrt(4 / np.pi * np.median(sizes[sizes > 0])))
        grid = Grid.of(plane.shape, um)
        scores[path.stem] = score(grid.enlarge(nuclei_of(plane, grid)), truth, um)
    groups = {
        "cells in culture": [each for name, each in scores.items() if name not in TISSUE],
        "fly embryos": [each for name, each in scores.items() if name in TISSUE],
    }
    return [
        "## nuclei_dsb2018: nuclei by watershed against labels made by hand",
        "",
        "Pixel size: the median nucleus is 15 µm.",
        "",
        *rule("images"),
        *(f"| {len(each)} {name} | {cells_of(each)} |" for name, each in groups.items()),
        "",
    ]


def tiles_with_one_cell(data: Path, ready: Sequence[Finder]) -> list[str]:
    """Return how often exactly one cell is found where there is one."""
    lines = [
        "## Pure tiles of hpa_mosaics: one cell each, black outside",
        "",
        "Overlap: IoU of the largest cell with all lit pixels (any channel above 3 of 255).",
        "",
        "| segmenter | tiles | one cell | none | more | with nucleus | overlap: median | 10% | s |",
        "|---|" + "--:|" * 8,
    ]
    for finder in ready:
        counts, overlaps, nuclear = [], [], []
        for field in one_cell_tiles(data / "hpa_mosaics"):
            masks = finder(field)
            counts.append(masks.count)
            lit = np.maximum.reduce([field.planes[c] for c in CHANNELS]) > 3
            largest = np.bincount(masks.cells[lit], minlength=2)[1:].argmax() + 1
            cell = masks.cells == largest
            overlaps.append((cell & lit).sum() / max((cell | lit).sum(), 1))
            nuclear.append((masks.nuclei == largest).any())
        numbers = np.array(counts)
        low, middle = np.quantile(overlaps, [0.1, 0.5])
        seconds = np.mean(finder.seconds[-len(counts) :])
        lines.append(
            f"| {finder.name} | {len(numbers)} | {(numbers == 1).mean():.1%} | "
            f"{(numbers == 0).sum()} | {(numbers > 1).sum()} | {np.mean(nuclear):.1%} | "
            f"{middle:.3f} | {low:.3f} | {seconds:.2f} |"
        )
    return [*lines, ""]


def learned(pure: Path, ready: Sequence[Finder]) -> list[str]:
    """Return how well labels are learned from cells that each segmenter finds."""
    lines = [
        "## Five locations on real one-cell fields, from the cells that each segmenter finds",
        "",
        f"Fold seeds 0–{SEEDS - 1}.",
        "",
        "| segmenter | macro F1 | mAP |",
        "|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as work:
        for name in ("precomputed", *(finder.name for finder in ready)):
            table = Path(work) / name
            masks = ("--masks", pure / "masks") if name == "precomputed" else ()
            call("extract", pure / "manifest.csv", "--segmenter", name, *masks, "-o", table)
            runs = [trained(table, pure, seed) for seed in range(SEEDS)]
            f1, ap = ([run[score] for run in runs] for score in ("macro_f1", "map"))
            lines.append(f"| {name} | {listed(f1)} | {listed(ap)} |")
    return [*lines, ""]


def main() -> None:
    """Print the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--mosaics", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    compile_segmentation(SegmentSettings(segmenter=SegmenterName.WATERSHED))
    ready, lacking = finders()
    with threadpool_limits(1):
        lines = [
            *(f"{line}\n" for line in lacking),
            *simulated(ready),
            *complete_fields(options.data, ready),
            *worse_fields(options.data, ready),
            *blue_only(options.data),
            *hand_made(options.data),
            *tiles_with_one_cell(options.data, ready),
        ]
    if options.mosaics:
        lines += learned(options.mosaics, ready)
    packages = ("numpy", "scipy", "scikit-image")
    publish("segmentation", "Segmentation", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
