"""Files that hold all channels of a field: which they are, and what their channels mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from hpa_features.core.errors import FieldError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel
from hpa_features.io.channel_planes import (
    EXAMPLE,
    described,
    guess_channel_planes,
    parse_channel_planes,
)
from hpa_features.io.files import Place, is_zarr_folder, opened, zarr_root
from hpa_features.io.formats import Content, count_images, read_channel_names
from hpa_features.io.guard import DecoderGuard
from hpa_features.io.names import field_id, split_image_path
from hpa_features.io.zarr_fields import WholeImage, images_of_zarr

_T = TypeVar("_T")
_LOOKED_AT = 20  # files whose channel names must agree
_ENDINGS = (".tif", ".tiff", ".tif.gz", ".tiff.gz")
_VENDORS = (".czi", ".nd2", ".lif")
_BYTES_PER_PIXEL = 64  # of a gzip file of many channels


def channels_of_files(
    paths: Sequence[str], settings: InputSettings
) -> tuple[Mapping[Channel, int], str]:
    """Return the number of each channel in files that hold all of a field, and a note.

    Parameters
    ----------
    paths
        TIFF files and folders of OME-Zarr images.
    settings
        Their `channels`; empty: by the names in the files, which must agree.

    Returns
    -------
    channels
        Numbers from 0; empty where files do not name their channels.
    note
        Which channel is which, where that was guessed; else empty, or what is missing.

    Raises
    ------
    UsageError
        Names are ambiguous or differ between files.
    """
    planes = parse_channel_planes(settings.channels)
    return (planes, "") if planes else _guess(paths, settings)


def may_be_multichannel(path: str) -> bool:
    """Return whether a file holds one image that can have several channels, by its ending."""
    return path.lower().endswith(_ENDINGS)


def images_in(path: str, settings: InputSettings) -> Iterator[WholeImage | Failure]:
    """Yield the images at a path that can hold several channels.

    Of a Zarr folder that are those of its plate or converted file, and the failures of wells that
    cannot be read. Files of microscopes are opened to count their images; others are not.
    """
    folder, stem = split_image_path(path)
    if zarr_root(path) or (not stem and is_zarr_folder(path)):
        yield from images_of_zarr(path)
    elif may_be_multichannel(path):
        yield WholeImage(path, field_id(stem, folder))
    elif path.lower().endswith(_VENDORS):
        own = field_id(stem, folder)
        count = _looked_at(path, settings, count_images, 1)
        for number in range(count) if count > 1 else ():
            yield WholeImage(f"{path}#series={number}", f"{own}_{number}", certain=True)
        if count <= 1:  # or it cannot be opened, which its field's reading reports
            yield WholeImage(path, own, certain=True)


def _guess(paths: Sequence[str], settings: InputSettings) -> tuple[Mapping[Channel, int], str]:
    """Return the channels by their names in the files, with a note; none where there are none."""
    step = max(len(paths) // _LOOKED_AT, 1)
    unnamed: tuple[str, ...] = ()
    named = {p: _looked_at(p, settings, read_channel_names, unnamed) for p in paths[::step]}
    names = {path: each for path, each in named.items() if len(each) > 1}
    if not names:
        kind = "TIFF files" if may_be_multichannel(paths[0]) else "images"
        return {}, (
            f"{len(paths):,} {kind} with unrecognised names ignored, for example {paths[0]}; "
            f"if each holds all channels of a field, state which is which: {EXAMPLE}."
        )
    first = next(iter(names))
    planes = guess_channel_planes(names[first], first)
    for path, others in names.items():
        if guess_channel_planes(others, path) != planes:
            raise UsageError(
                f"{first} and {path} name their channels differently: {', '.join(names[first])}; "
                f"{', '.join(others)}.",
                hint="Give them in separate runs, each with its --channels.",
            )
    return planes, (
        f"by the names of the channels in {_short(first)}, {described(planes, names[first])}; "
        "if that is wrong, state it with --channels."
    )


def _short(path: str) -> str:
    """Return the name of a file; of an image in a Zarr plate, the plate's with its place there."""
    root = zarr_root(path)
    return f"{Path(root).name}{path[len(root) :]}" if root else Path(path).name


def _looked_at(
    path: str, settings: InputSettings, look: Callable[[Content, Place], _T], otherwise: _T
) -> _T:
    """Return what `look` returns of a file, or `otherwise` where it cannot be opened.

    Such a file is reported when its field is read.
    """
    place = Place.of(path)
    try:
        with (
            DecoderGuard(place, "cannot be opened"),
            opened(place, max_bytes=_BYTES_PER_PIXEL * settings.max_pixels) as content,
        ):
            return look(content, place)
    except FieldError:
        return otherwise
