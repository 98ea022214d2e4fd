"""The images of Zarr folders: one, those of a plate, or those of a converted file.

References: ngff.openmicroscopy.org (plates, wells), github.com/glencoesoftware/bioformats2raw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from hpa_features.core.errors import FieldError
from hpa_features.core.failures import Failure
from hpa_features.io.files import Place, zarr_root
from hpa_features.io.guard import AGAIN, DecoderGuard
from hpa_features.io.zarr_nodes import attributes_of, inside, require_zarr

_IN_PLATE = re.compile(r"([A-Za-z]+)/(\d+)(?:/([^/]+))?")  # row, column, image
_ENDING = re.compile(r"(?:\.ome)?\.zarr$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WholeImage:
    """An image that holds all channels of a field.

    Attributes
    ----------
    path
        Its file or folder; of several images in a file with ``#series=N``.
    id
        The field.
    metadata
        Plate, well and field, in a plate.
    certain
        Whether its format is one of microscopes; a TIFF file may be anything.
    """

    path: str
    id: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    certain: bool = False

    def channel(self, number: int) -> str:
        """Return the path of one of its channels."""
        return (
            f"{self.path}{'&' if Place.of(self.path).series is not None else '#'}channel={number}"
        )


def images_of_zarr(path: str) -> Iterator[WholeImage | Failure]:
    """Yield the images of a Zarr folder in their order; a failure for a well that is missing.

    No image is opened. Damaged metadata of a plate are its failure.

    Raises
    ------
    MissingExtra
        The package zarr is missing.
    """
    require_zarr()
    path = path.rstrip("/")
    root = zarr_root(path) or path
    place = Place(path, stage="find")
    try:
        with DecoderGuard(place, "has damaged OME-Zarr metadata"):
            images = _images(path, attributes_of(Path(path), place), place)
    except FieldError as error:
        images = [(path, error)]
    for each, problem in images:
        image = _described(each, root)
        yield image if problem is None else Failure.of(image.id, problem)


def _images(
    path: str, attributes: Mapping[str, Any], place: Place
) -> list[tuple[str, FieldError | None]]:
    """Return the folders of images, and of wells that cannot be read, with the reason."""
    if "plate" in attributes:
        wells = [inside(each["path"], place) for each in attributes["plate"]["wells"]]
        return [image for well in wells for image in _images_of_well(f"{path}/{well}")]
    if "well" in attributes:
        return _images_of_well(path)
    if "bioformats2raw.layout" in attributes:
        return [(f"{path}/{name}", None) for name in _series(path, place)]
    return [(path, None)]


def _images_of_well(path: str) -> list[tuple[str, FieldError | None]]:
    place = Place(path, stage="find")
    try:
        with DecoderGuard(place, "has damaged OME-Zarr metadata"):
            return [(f"{path}/{name}", None) for name in _names_in_well(path, place)]
    except FieldError as error:
        return [(path, error)]


def _names_in_well(path: str, place: Place) -> list[str]:
    well = attributes_of(Path(path), place).get("well")
    if well is None:
        raise FieldError("the well is missing from its plate.", stage="find", file=path, hint=AGAIN)
    return [inside(each["path"], place) for each in well["images"]]


def _series(path: str, place: Place) -> list[str]:
    """Return the names of the images of a file that bioformats2raw converted."""
    listed = attributes_of(Path(path, "OME"), place).get("series")
    if listed:
        return [inside(name, place) for name in listed]
    numbers = [each.name for each in Path(path).iterdir() if each.name.isdecimal()]
    return sorted(numbers, key=int)


def _described(path: str, root: str) -> WholeImage:
    """Return an image, or a well, with its id: the names of its folders from the root's on."""
    stem = _ENDING.sub("", PurePosixPath(root).name)
    below = path[len(root) :].strip("/")
    in_plate = _IN_PLATE.fullmatch(below)
    if in_plate is None:
        field_id = "_".join([stem, *below.split("/")] if below else [stem])
        return WholeImage(path, field_id, certain=True)
    well = in_plate[1] + in_plate[2]
    names = [stem, well, *([in_plate[3]] if in_plate[3] else [])]
    metadata = {"Plate": stem, "Well": well} | ({"Field": in_plate[3]} if in_plate[3] else {})
    return WholeImage(path, "_".join(names), metadata, certain=True)
