"""Files that hold all channels of a field: which they are, and what their channels mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

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
from hpa_features.io.formats import read_channel_names
from hpa_features.io.guard import DecoderGuard
from hpa_features.io.names import field_id, split_image_path
from hpa_features.io.zarr_fields import WholeImage, images_of_zarr

_LOOKED_AT = 20  # files whose channel names must agree
_ENDINGS = (".tif", ".tiff", ".tif.gz", ".tiff.gz")
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


def images_in(path: str) -> Iterator[WholeImage | Failure]:
    """Yield the images at a path that can hold several channels; none is opened.

    Of a Zarr folder that are those of its plate or converted file, and the failures of wells that
    cannot be read.
    """
    folder, stem = split_image_path(path)
    if zarr_root(path) or (not stem and is_zarr_folder(path)):
        yield from images_of_zarr(path)
    elif path.lower().endswith(_ENDINGS):
        yield WholeImage(path, field_id(stem, folder))


def _guess(paths: Sequence[str], settings: InputSettings) -> tuple[Mapping[Channel, int], str]:
    """Return the channels by their names in the files, with a note; none where there are none."""
    step = max(len(paths) // _LOOKED_AT, 1)
    named = {path: _channel_names(path, settings) for path in paths[::step]}
    names = {path: each for path, each in named.items() if len(each) > 1}
    if not names:
        kind = "Zarr images" if zarr_root(paths[0]) else "TIFF files"
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
        f"by the names of the channels in {Path(first).name}, {described(planes, names[first])}; "
        "if that is wrong, state it with --channels."
    )


def _channel_names(path: str, settings: InputSettings) -> tuple[str, ...]:
    """Return the names of a file's channels; none where it has none or cannot be opened.

    A file that cannot be opened is reported when its field is read.
    """
    place = Place.of(path)
    try:
        with (
            DecoderGuard(place, "cannot be opened"),
            opened(place, max_bytes=_BYTES_PER_PIXEL * settings.max_pixels) as content,
        ):
            return read_channel_names(content, place)
    except FieldError:
        return ()
