"""How much of what tells cells apart survives what happens to images.

    python benchmarks/bench_stability.py [--data DIR] [--write]

Fields of hpa_fields at 0.08 µm (native, web_jpeg) and at 512² (derived512, kaggle512) are segmented
once; then planes or masks are disturbed, all families measured again, and each column's values of
the same cells compared: ICC(A,1) of McGraw & Wong 1996 (two-way, absolute agreement, single
measure), the share of the variance between cells in all variance, where a common shift counts
as error; ICC(3,1) of Shrout & Fleiss 1979 forgives it and is given as a median over everything.
Compared are cells that have a nucleus. Disturbed are

- noise: Poisson with 2 photons a step of 255 at 0.08 µm (32 at 0.32 µm), which is the fields' own
  noise once more (Immerkær's operator: σ = 3–5 at 30, 4–8 at 80, 6–10 at 150 steps), and Gaussian
  of half a step;
- gain: planes times 0.8 and 1.2, clipped; offset: plus 5 steps of 255;
- masks: cells and nuclei less or more 0.32 µm all round;
- turn by 90° and mirror of planes and masks; JPEG of quality 90.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from real_cells import DATA, Floats, Scene, family_columns, measured, real_scenes
from scipy import ndimage as ndi
from skimage.morphology import disk
from skimage.segmentation import expand_labels

SETS = {"0.08 µm": ("native", "web_jpeg"), "512²": ("derived512", "kaggle512")}
PHOTONS = 2.0  # a step of 255, at 0.08 µm
READ_NOISE, OFFSET = 0.5, 5.0  # steps of 255
MASK_UM = 0.32
QUALITY = 90
FEWEST = 20  # cells
LEAST = 0.75
WANTED = ("gain × 0.8", "gain × 1.2", "masks less", "masks more")
Plane = NDArray[np.uint8] | NDArray[np.uint16]


def with_planes(scene: Scene, change: Callable[[Floats, float], Floats]) -> Scene:
    """Return the scene with `change(values, values a step of 255)` of each plane, rounded."""
    planes = {}
    for channel, plane in scene.field.planes.items():
        full = scene.field.full_scale[channel]
        changed = change(plane.astype(np.float64), full / 255)
        planes[channel] = np.clip(np.floor(changed + 0.5), 0, full).astype(plane.dtype)
    return replace(scene, field=replace(scene.field, planes=planes))


def noisy(scene: Scene) -> Scene:
    """Add shot and read noise."""
    random = np.random.default_rng(0)
    photons = PHOTONS * (scene.field.pixel_size_um / 0.08) ** 2

    def change(plane: Floats, step: float) -> Floats:
        shot = random.poisson(plane / step * photons) / photons * step
        return shot + random.normal(0, READ_NOISE * step, plane.shape)

    return with_planes(scene, change)


def jpeg(scene: Scene) -> Scene:
    """Write and read every plane as JPEG of 8 bits."""

    def change(plane: Floats, step: float) -> Floats:
        stored = imagecodecs.jpeg8_encode(np.floor(plane / step).astype(np.uint8), level=QUALITY)
        return np.asarray(imagecodecs.jpeg8_decode(stored)) * step

    return with_planes(scene, change)


def with_masks(
    scene: Scene, change: Callable[[NDArray[np.int32], int], NDArray[np.int32]]
) -> Scene:
    """Return the scene with `change(labels, pixels)` of cells and nuclei."""
    pixels = max(1, round(MASK_UM / scene.field.pixel_size_um))
    cells = change(scene.masks.cells, pixels)
    nuclei = change(scene.masks.nuclei, pixels)
    nuclei = np.where(nuclei == cells, nuclei, 0)
    return replace(scene, masks=replace(scene.masks, cells=cells, nuclei=nuclei))


def eroded(labels: NDArray[np.int32], pixels: int) -> NDArray[np.int32]:
    """Take `pixels` from every label all round, not from the field's border."""
    near = {"footprint": disk(pixels), "mode": "nearest"}
    same = ndi.minimum_filter(labels, **near) == ndi.maximum_filter(labels, **near)
    return np.where(same, labels, 0).astype(np.int32)


def moved(scene: Scene, change: Callable[[Plane], Plane]) -> Scene:
    """Return planes and masks under an array operation."""
    planes = {c: np.ascontiguousarray(change(p)) for c, p in scene.field.planes.items()}
    masks = replace(
        scene.masks,
        cells=np.ascontiguousarray(change(scene.masks.cells)),
        nuclei=np.ascontiguousarray(change(scene.masks.nuclei)),
    )
    return replace(scene, field=replace(scene.field, planes=planes), masks=masks)


DISTURBED: Mapping[str, Callable[[Scene], Scene]] = {
    "noise": noisy,
    "gain × 0.8": partial(with_planes, change=lambda plane, _: 0.8 * plane),
    "gain × 1.2": partial(with_planes, change=lambda plane, _: 1.2 * plane),
    "offset": partial(with_planes, change=lambda plane, step: plane + OFFSET * step),
    "masks less": partial(with_masks, change=eroded),
    "masks more": partial(with_masks, change=expand_labels),
    "turn": partial(moved, change=np.rot90),
    "mirror": partial(moved, change=np.fliplr),
    "JPEG": jpeg,
}


def agreement(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Return ICC(A,1) and ICC(3,1) of each column; NaN where few cells are defined or all equal."""
    pairs = zip(before.T, after.T, strict=True)
    found = np.array([_of_column(np.stack(pair, axis=1)) for pair in pairs])
    return found[:, 0], found[:, 1]


def _of_column(values: Floats) -> tuple[float, float]:
    values = values[np.isfinite(values).all(axis=1)]
    n, k = values.shape
    if n < FEWEST or np.ptp(values) == 0:
        return np.nan, np.nan
    mean, rows, columns = values.mean(), values.mean(axis=1), values.mean(axis=0)
    of_rows = k * ((rows - mean) ** 2).sum() / (n - 1)
    of_columns = n * ((columns - mean) ** 2).sum() / (k - 1)
    rest = (values - rows[:, None] - columns + mean) ** 2
    error = rest.sum() / ((n - 1) * (k - 1))
    consistent = of_rows + (k - 1) * error
    absolute = consistent + k / n * (of_columns - error)
    return (of_rows - error) / absolute, (of_rows - error) / consistent


def table(before: Floats, after: Mapping[str, Floats]) -> list[str]:
    """Return a row a family: median ICC(A,1) under each disturbance, and how many are below."""
    found = {name: agreement(before, values) for name, values in after.items()}
    both = np.concatenate([np.stack(pair) for pair in found.values()], axis=1)
    absolute, consistent = np.nanmedian(both, axis=1)
    lines = [
        f"| family | {' | '.join(found)} | columns below {LEAST} under gain or masks | |",
        f"|---|{'--:|' * (len(found) + 1)}---|",
    ]
    for family, at in family_columns().items():
        medians = {name: np.nanmedian(icc[at]) for name, (icc, _) in found.items()}
        worst = np.min([found[name][0][at] for name in WANTED], axis=0)
        kept = "kept" if min(medians[name] for name in WANTED) >= LEAST else "MISSED"
        cells = " | ".join(f"{median:.2f}" for median in medians.values())
        lines.append(f"| {family} | {cells} | {(worst < LEAST).sum()} of {len(at)} | {kept} |")
    return [*lines, "", f"Median of all: ICC(A,1) {absolute:.3f}, ICC(3,1) {consistent:.3f}.", ""]


def main() -> None:
    """Disturb the fields of both pixel sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help="keep the result")
    options = parser.parse_args()
    lines = [
        f"Median ICC(A,1) of each family's columns; ≥ {LEAST} wanted under gain and masks.",
        "",
    ]
    for title, folders in SETS.items():
        scenes = real_scenes([options.data / folder for folder in folders])
        before = measured(scenes)
        after = {
            name: measured([change(scene) for scene in scenes])
            for name, change in DISTURBED.items()
        }
        lines += [f"## {title}: {len(before)} cells of {len(scenes)} fields", ""]
        lines += table(before, after)
    title = "What survives noise, light, masks, turns and JPEG"
    publish("stability", title, lines, "hpa-feat", "imagecodecs", "scipy", write=options.write)


if __name__ == "__main__":
    main()
