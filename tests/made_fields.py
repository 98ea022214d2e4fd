"""Small fields drawn for tests: cells as ellipses, landmarks and protein with texture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from image_files import png, write
from scipy import ndimage as ndi

from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.io.masks import write_masks

SHAPE = (128, 144)


def masks_of(cells: np.ndarray, nuclei: np.ndarray) -> Masks:
    """Return Masks of label images that already agree."""
    count = int(cells.max(initial=0))
    nuclear = [int(ndi.label(nuclei == n)[1]) for n in range(1, count + 1)]
    return Masks(
        cells.astype(np.int32),
        nuclei.astype(np.int32),
        np.arange(1, count + 1, dtype=np.int64),
        np.array(nuclear, np.int32).reshape(count),
    )


def ellipse(shape: Sequence[int], centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Return a bool image with a filled ellipse."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((rows - centre[0]) / radii[0]) ** 2 + ((columns - centre[1]) / radii[1]) ** 2 <= 1


def drawn_masks(shape: Sequence[int] = SHAPE) -> Masks:
    """Return three cells apart from each other, the last without a nucleus."""
    cells, nuclei = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for label, (centre, radii) in enumerate(
        (((34, 38), (28, 32)), ((94, 42), (26, 34)), ((62, 112), (40, 26))), start=1
    ):
        cells[ellipse(shape, centre, radii) & (cells == 0)] = label
        if label < 3:
            inner = ellipse(shape, (centre[0] + 2, centre[1] - 3), (14, 13))
            nuclei[inner & (cells == label)] = label
    return masks_of(cells, nuclei)


def touching_masks(shape: Sequence[int] = SHAPE) -> Masks:
    """Return three cells that touch, the first two with like nuclei, the last without one."""
    cells, nuclei = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for label, (centre, radii) in enumerate(
        (((40, 44), (34, 36)), ((92, 54), (30, 40)), ((58, 108), (40, 30))), start=1
    ):
        cells[ellipse(shape, centre, radii) & (cells == 0)] = label
        if label < 3:
            nuclei[ellipse(shape, (centre[0] + 2, centre[1] - 3), (14, 13 + label))] = label
    return masks_of(cells, np.where(nuclei == cells, nuclei, 0))


def drawn_field(
    seed: int = 0,
    *,
    masks: Masks | None = None,
    dtype: type = np.uint8,
    pixel_size_um: float = 0.32,
    background: int = 4,
) -> tuple[Field, Masks]:
    """Return a field with smooth texture in its cells, noise everywhere, and its masks."""
    masks = drawn_masks() if masks is None else masks
    random = np.random.default_rng(seed)
    full = int(np.iinfo(dtype).max)
    inside, nuclear = masks.cells > 0, masks.nuclei > 0
    planes = {}
    for channel in CHANNELS:
        texture = ndi.gaussian_filter(random.normal(size=masks.cells.shape), 1.5)
        texture = 0.35 + 0.25 * texture / max(float(texture.std()), 1e-9)
        where = nuclear if channel is Channel.DNA else inside & ~(0.7 * nuclear > 0.9)
        light = np.clip(texture, 0.05, 0.95) * where * (full - 60)
        noise = random.normal(0, 1.5, masks.cells.shape)
        planes[channel] = np.clip(np.round(light + background + noise), 0, full).astype(dtype)
    levels = dict.fromkeys(CHANNELS, background)
    scale = dict.fromkeys(CHANNELS, full)
    return Field(f"made{seed}", planes, scale, pixel_size_um, background=levels), masks


def changed(field: Field, **more: object) -> Field:
    """Return `field` with some attributes replaced."""
    facts = {name: getattr(field, name) for name in Field.__slots__}
    return Field(**(facts | more))


def transformed(field: Field, masks: Masks, change: object) -> tuple[Field, Masks]:
    """Return both under an array operation such as `numpy.rot90`."""
    planes = {c: np.ascontiguousarray(change(p)) for c, p in field.planes.items()}
    moved = Masks(
        np.ascontiguousarray(change(masks.cells)),
        np.ascontiguousarray(change(masks.nuclei)),
        masks.object_numbers,
        masks.nucleus_counts,
    )
    return changed(field, planes=planes), moved


def write_fields(folder: Path, count: int) -> None:
    """Write the fields ``f0``, ``f1``, … into ``images`` and their masks into ``masks``."""
    for seed in range(count):
        field, masks = drawn_field(seed)
        for channel, plane in field.planes.items():
            write(folder / "images" / f"f{seed}_{channel.colour}.png", png(plane))
        write_masks(masks, folder / "masks", f"f{seed}")
