"""Files become fields: four planes of one size with their full scale."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel, Field, FieldSource, PixelSizeSource, Plane
from hpa_features.io.colour import plane_of
from hpa_features.io.depth import to_integers
from hpa_features.io.files import Place, opened
from hpa_features.io.grouping import missing_channels
from hpa_features.io.headers import Header, open_jpeg, read_header

_AGAIN = "Copy or download it again."
# What the decoders raise on damaged pixels: imagecodecs' errors are RuntimeErrors, tifffile's
# ValueErrors, Pillow's OSErrors and SyntaxErrors.
_DAMAGE = (RuntimeError, ValueError, OSError, SyntaxError, struct.error, IndexError, KeyError)
# RGB of 16 bits with as much again for tags: what a gzip file may unpack to per pixel.
_BYTES_PER_PIXEL = 12


@dataclass(frozen=True, slots=True)
class Opened:
    """An image file whose header is read and whose pixels are not."""

    place: Place
    stream: BinaryIO
    header: Header


@contextmanager
def open_image(place: Place, settings: InputSettings) -> Iterator[Opened]:
    """Open an image and read its header.

    Raises
    ------
    FieldError
        The file cannot be opened, is no image, or has more than ``max_pixels`` pixels.
    """
    limit = settings.max_pixels
    with opened(place, max_bytes=_BYTES_PER_PIXEL * limit + 1_000_000) as stream:
        header = read_header(stream, place)
        if header.rows * header.columns > limit:
            raise place.error(
                f"has {header.rows:,} × {header.columns:,} = {header.rows * header.columns:,} "
                f"pixels, above the limit of {limit:,}",
                f"If that is right: --max-pixels {header.rows * header.columns}",
            )
        yield Opened(place, stream, header)


def header_of_file(text: str, settings: InputSettings, *, stage: str = "read") -> Header:
    """Return the header of the image at a path with or without ``#page=N`` or ``#channel=N``.

    Raises
    ------
    FieldError
        As `open_image`.
    """
    with open_image(Place.of(text, stage=stage), settings) as image:
        return image.header


def pixels_of(image: Opened) -> NDArray[Any]:
    """Return the stored values, (rows, columns) or (rows, columns, samples).

    Raises
    ------
    FieldError
        The pixels are truncated or damaged.
    """
    image.stream.seek(0)
    try:
        if image.header.format == "JPEG":
            pixels = np.asarray(open_jpeg(image.stream, image.place))
        elif image.header.format == "PNG":
            import imagecodecs  # slow to import; nothing but pixels needs it

            pixels = imagecodecs.png_decode(image.stream.read())
        else:
            from hpa_features.io.tiff import tiff_pixels

            pixels = tiff_pixels(image.stream, image.header)
    except _DAMAGE as error:
        raise image.place.error(
            f"is truncated or damaged: its {image.header.format} pixels cannot be decoded "
            f"({' '.join(str(error).split())})",
            _AGAIN,
        ) from error
    if pixels.shape[:2] != image.header.shape:
        raise image.place.error(
            f"says {image.header.shape} of itself and holds {pixels.shape[:2]} pixels", _AGAIN
        )
    return pixels


def read_plane(
    image: Opened, channel: Channel, settings: InputSettings
) -> tuple[Plane, int, dict[str, str]]:
    """Return the plane of `channel`, its full scale, and facts about the choice of plane."""
    plane, facts = plane_of(pixels_of(image), channel, image.header.sample, image.place)
    values, full_scale = to_integers(plane, image.header, settings, image.place)
    return values, full_scale, facts


def read_field(source: FieldSource, settings: InputSettings) -> Field:
    """Return the pixels of a field whose pixel size is settled.

    Headers come first: a size that does not fit fails before anything is decoded. The field's
    metadata gains ``Bleed_<channel>`` and ``Plane_ER`` where files are RGB.

    Raises
    ------
    FieldError
        A channel is missing or its file cannot be taken; sizes differ; no pixel size is known.
    """
    missing = missing_channels(source, settings)
    if missing is not None:
        raise FieldError(missing.error, stage=missing.stage, file=missing.file, hint=missing.hint)
    channels = [channel for channel in CHANNELS if channel in source.files]
    planes: dict[Channel, Plane] = {}
    full_scale: dict[Channel, int] = {}
    facts = dict(source.metadata)
    with ExitStack() as stack:
        images = {
            channel: stack.enter_context(open_image(Place.of(source.files[channel]), settings))
            for channel in channels
        }
        check_sizes({channel: image.header for channel, image in images.items()}, source)
        for channel, image in images.items():
            planes[channel], full_scale[channel], told = read_plane(image, channel, settings)
            facts |= told
    if source.pixel_size_um is None:
        raise FieldError(
            "its pixel size is not known.", stage="read", hint="Give it with --pixel-size-um."
        )
    return Field(
        source.id,
        planes,
        full_scale,
        source.pixel_size_um,
        source.pixel_size_source or PixelSizeSource.ASSUMED,
        metadata=facts,
    )


def check_sizes(headers: dict[Channel, Header], source: FieldSource) -> None:
    """Refuse a field whose channels differ in size.

    Raises
    ------
    FieldError
        Names every channel's size.
    """
    if len({header.shape for header in headers.values()}) <= 1:
        return
    sizes = ", ".join(
        f"{channel.colour} {header.rows} × {header.columns}" for channel, header in headers.items()
    )
    raise FieldError(
        f"the channels differ in size (rows × columns): {sizes}.",
        stage="read",
        file=source.files[Channel.DNA],
        hint="All channels of a field must be the same view at the same size.",
    )
