"""OME-Zarr 0.4 and 0.5 (Zarr 2 and 3): the header and the pixels of an image's folder.

References: ngff.openmicroscopy.org, versions 0.4 and 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.formats.physical import UM_PER_UNIT, plausible_um
from hpa_features.io.formats.stacks import chosen_level, meant_indices
from hpa_features.io.guard import AGAIN
from hpa_features.io.header import Header
from hpa_features.io.zarr_nodes import attributes_of, inside, zarr_package

_AXES = frozenset("tczyx")


def header(folder: Path, place: Place) -> Header:
    """Return what the meant plane of an image states about itself.

    Raises
    ------
    FieldError
        It is not an image, lacks an array or a chunk of it, or has several planes of which none
        is meant.
    MissingExtra
        The package zarr is missing.
    """
    image = _image(folder, place)
    axes = "".join(_axis_names(image, place))
    paths, sizes = _levels(image, axes, place)
    level = chosen_level(sizes, place)
    array = _array(folder, paths[level], place)
    if array.ndim != len(axes):
        raise place.error(
            f"has {len(axes)} axes by its metadata ({axes}) and an array of {array.ndim}", AGAIN
        )
    planes = {axis.upper(): size for axis, size in zip(axes[:-2], array.shape[:-2])}
    parts = meant_indices(planes, place)
    _check_whole(array, parts, place)
    rows, columns = array.shape[-2:]
    dtype = np.dtype(array.dtype)
    bits = 1 if dtype.kind == "b" else 8 * dtype.itemsize
    size = sizes[level]
    return Header("OME-Zarr", rows, columns, 1, 1, dtype, bits, size, parts=parts, level=level)


def pixels(folder: Path, header: Header) -> NDArray[Any]:
    """Return (rows, columns) of the planes that `header` is of."""
    place = Place(str(folder))
    image = _image(folder, place)
    paths, _ = _levels(image, "".join(_axis_names(image, place)), place)
    array = _array(folder, paths[header.level], place)
    return reduce(np.maximum, (np.asarray(array[part]) for part in header.parts))


def channel_names(folder: Path, place: Place) -> tuple[str, ...]:
    """Return the names that the `omero` metadata give to the channels; none unless to all."""
    channels = attributes_of(folder, place).get("omero", {}).get("channels", [])
    names = tuple(str(each.get("label") or "") for each in channels)
    return names if all(names) else ()


def _image(folder: Path, place: Place) -> Mapping[str, Any]:
    """Return the first multiscale image of a folder's metadata."""
    images = attributes_of(folder, place).get("multiscales")
    if not images:
        raise place.error(
            "is a Zarr folder without an OME-Zarr image (multiscales)",
            "Give the folder of an image, or of a plate.",
        )
    image: Mapping[str, Any] = images[0]
    return image


def _axis_names(image: Mapping[str, Any], place: Place) -> list[str]:
    axes = image.get("axes") or []
    names = [each["name"] if isinstance(each, Mapping) else each for each in axes]
    if names[-2:] != ["y", "x"] or not _AXES.issuperset(names):
        raise place.error(
            f"has the axes {', '.join(names) or 'of OME-Zarr before 0.4'}, wanted y and x last, "
            "after any of t, c, z",
            "Convert it to OME-Zarr 0.4 or 0.5.",
        )
    return names


def _levels(
    image: Mapping[str, Any], axes: str, place: Place
) -> tuple[list[str], list[float | None]]:
    """Return the path of each resolution level and its pixel size in µm, None if not stated."""
    units = [each.get("unit") if isinstance(each, Mapping) else None for each in image["axes"]]
    um = [UM_PER_UNIT.get(str(unit).casefold(), 0.0) for unit in units[-2:]]
    own = _scale(image, len(axes))
    paths, sizes = [], []
    for each in image["datasets"]:
        down, across = (a * b * c for a, b, c in zip(_scale(each, len(axes))[-2:], own[-2:], um))
        paths.append(inside(each["path"], place))
        sizes.append(plausible_um(across, down))
    return paths, sizes


def _scale(described: Mapping[str, Any], axes: int) -> list[float]:
    for each in described.get("coordinateTransformations") or ():
        if each.get("type") == "scale" and len(each["scale"]) == axes:
            return [float(number) for number in each["scale"]]
    return [1.0] * axes


def _array(folder: Path, path: str, place: Place) -> Any:
    zarr = zarr_package()
    try:
        return zarr.open_array(folder / path, mode="r")
    except FileNotFoundError:
        raise place.error(f"has no array {path}, which its metadata name", AGAIN) from None


def _check_whole(array: Any, parts: tuple[tuple[int, ...], ...], place: Place) -> None:
    """Refuse chunks that are not there: they would read as black.

    Labels are refused only where no chunk is there: empty ones are usually not written.
    """
    chunk = array.shards or array.chunks
    root = Path(str(array.store.root)) / array.path
    grid = [range(-(-size // step)) for size, step in zip(array.shape[-2:], chunk[-2:])]
    first = {tuple(n // step for n, step in zip(part, chunk)) for part in parts}
    keys = [array.metadata.encode_chunk_key((*f, *yx)) for f in first for yx in product(*grid)]
    there = sum((root / key).is_file() for key in keys)
    if there < len(keys) and (place.stage == "read" or not there):
        raise place.error(
            f"lacks {len(keys) - there:,} of {len(keys):,} chunks of its pixels, which would read "
            "as black",
            f"{AGAIN} If they are empty, save it with empty chunks written.",
        )
