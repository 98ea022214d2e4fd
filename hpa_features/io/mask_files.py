"""Which files of a folder are the masks of a field, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, FieldSource
from hpa_features.io.files import Place

STAGE = "masks"
_ENDINGS = {
    "cells": ("cells", "cellmask", "cell_mask"),
    "nuclei": ("nuclei", "nucleimask", "nuclei_mask"),
}
_CELLPOSE = "cp_masks"
MASK_ENDINGS = tuple(f"_{each}." for each in (*_ENDINGS["cells"], *_ENDINGS["nuclei"], _CELLPOSE))
"""What follows the id in the names of files that may be masks."""
_SUFFIXES = (".png", ".tif", ".tiff", ".ome.tif", ".tif.gz", ".ome.zarr", ".zarr")
_WRITTEN = tuple(f"_{what}{end}" for what in _ENDINGS for end in (".png", ".tif", ".ome.zarr"))
_COLOURS = tuple(channel.colour for channel in CHANNELS)


def mask_ids(folder: str, what: str, cp_masks: str = "") -> tuple[str, ...]:
    """Return the ids, in order, of which `folder` has a mask of `what` (``cells``, ``nuclei``).

    Cellpose's files are among them unless `cp_masks` states that they are the other kind.
    """
    endings = [*_ENDINGS[what], *((_CELLPOSE,) if cp_masks in {"", what} else ())]
    suffixes = "|".join(map(re.escape, _SUFFIXES))
    colour = f"(?:_(?:{'|'.join(_COLOURS)})(?=_{_CELLPOSE}))?"  # of the image that Cellpose read
    name = re.compile(f"(.+?){colour}_(?:{'|'.join(endings)})(?:{suffixes})")
    found = (name.fullmatch(path.name) for path in Path(folder).iterdir() if _may_be(path))
    return tuple(sorted({each[1] for each in found if each}))


def mask_names(field_id: str) -> tuple[str, ...]:
    """Return the names of all files that `io.masks.write_masks` writes or removes."""
    return tuple(f"{field_id}{ending}" for ending in _WRITTEN)


def mask_stems(source: FieldSource) -> tuple[str, ...]:
    """Return what the names of a field's masks begin with: its id first, then its images' names.

    Cellpose names its masks after the image that it was given, such as ``<id>_blue_cp_masks.png``.
    """
    names = (Path(Place.of(text).path).stem for text in source.files.values())
    return tuple(dict.fromkeys((source.id, *names)))


def stems_of(field_id: str) -> tuple[str, ...]:
    """Return the same of a field whose images are not known."""
    return (field_id, *(f"{field_id}_{colour}" for colour in _COLOURS))


def refuse_unknown_cellpose(stems: Sequence[str], settings: InputSettings) -> None:
    """Refuse a file of Cellpose of which nobody has stated what its labels are.

    Raises
    ------
    FieldError
        There is one, and ``settings.cp_masks`` is empty.
    """
    found = [] if settings.cp_masks else _cellpose_files(stems, settings.masks)
    if found:
        raise FieldError(
            f"{found[0].name} does not show whether its labels are cells or nuclei.",
            stage=STAGE,
            file=str(found[0]),
            hint="Add --cp-masks cells or --cp-masks nuclei.",
        )


def find_mask(stems: Sequence[str], settings: InputSettings, what: str) -> str:
    """Return the file of the mask of `what` in the folder ``settings.masks``, empty without one.

    Raises
    ------
    FieldError
        There are several.
    """
    folder, field_id = settings.masks, stems[0]
    found = [path for each in _ENDINGS[what] for path in _files_with(folder, field_id, each)]
    if settings.cp_masks == what:
        found += _cellpose_files(stems, folder)
    if len(found) > 1:
        raise FieldError(
            f"{found[0].name} and {found[1].name} are both there: which is the mask is unknown.",
            stage=STAGE,
            file=str(found[0]),
            hint=f"Remove one, or name the mask {field_id}_{what}{found[0].suffix} and remove the "
            "others.",
        )
    return str(found[0]) if found else ""


def _cellpose_files(stems: Sequence[str], folder: str) -> list[Path]:
    return [path for stem in stems for path in _files_with(folder, stem, _CELLPOSE)]


def _files_with(folder: str, stem: str, ending: str) -> list[Path]:
    paths = [Path(folder) / f"{stem}_{ending}{suffix}" for suffix in _SUFFIXES]
    return [path for path in paths if _may_be(path)]


def _may_be(path: Path) -> bool:
    """Whether there is a file, or the folder of a Zarr image."""
    return path.is_file() or (path.suffix == ".zarr" and path.is_dir())
