"""Cells of real fields, segmented once, and the same cells in other pixels: for two benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings
from hpa_features.core.types import Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure
from hpa_features.features.registry import Entry, cell_entries
from hpa_features.io.images import read_field
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.segmentation.watershed import segment_watershed

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "hpa_fields"
ENTRIES: tuple[Entry, ...] = cell_entries(FAMILIES)
WHOLE = 12  # fields are cut to a multiple, so that 2, 4 and 6 pixels make one
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """A field, its masks, and which of its cells are compared."""

    field: Field
    masks: Masks
    compared: NDArray[np.bool_]


def real_scenes(folders: Sequence[Path]) -> list[Scene]:
    """Segment every field of `folders` at its own pixels.

    Compared are cells with a nucleus, also where the border cuts them: it cuts them alike.
    """
    settings = ExtractSettings()
    scenes = []
    for folder in folders:
        for source in find_input_fields(str(folder), settings, SILENT).sources:
            field = _cut(read_field(source, settings.input))
            masks = segment_watershed(field)
            scenes.append(Scene(field, masks, masks.nucleus_counts > 0))
    return scenes


def _cut(field: Field) -> Field:
    rows, columns = (size - size % WHOLE for size in field.shape)
    return replace(field, planes={c: p[:rows, :columns] for c, p in field.planes.items()})


def coarser(scene: Scene, factor: int) -> Scene:
    """Return the scene with `factor`² pixels made one: planes by their mean, masks by the middle.

    Planes are rounded to whole steps again, as a file would hold them.
    """
    rows, columns = (size // factor for size in scene.field.shape)
    planes = {
        channel: np.floor(
            plane.reshape(rows, factor, columns, factor).mean(axis=(1, 3)) + 0.5
        ).astype(plane.dtype)
        for channel, plane in scene.field.planes.items()
    }
    middle = slice(factor // 2, None, factor)
    size = scene.field.pixel_size_um * factor
    field = replace(scene.field, planes=planes, pixel_size_um=size)
    masks = replace(
        scene.masks,
        cells=np.ascontiguousarray(scene.masks.cells[middle, middle]),
        nuclei=np.ascontiguousarray(scene.masks.nuclei[middle, middle]),
    )
    return replace(scene, field=field, masks=masks)


def measured(scenes: Sequence[Scene], grid_um: float = 0.32) -> Floats:
    """Return (compared cells, columns of all families), scene after scene."""
    tables = [
        measure(Batch((scene.field,), (scene.masks,), grid_um), FAMILIES)[scene.compared]
        for scene in scenes
    ]
    return np.concatenate(tables).astype(np.float64)


def family_columns() -> dict[str, NDArray[np.intp]]:
    """Return the columns of each family, in order."""
    names = np.array([entry.family for entry in ENTRIES])
    return {family.name: np.flatnonzero(names == family.name) for family in FAMILIES}
