"""Files become fields: four planes of one size with their full scale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel, Field, FieldSource, PixelSizeSource, Plane
from hpa_features.io.channels import ImageFacts, check_channels
from hpa_features.io.colour import check_samples, plane_of
from hpa_features.io.depth import check_levels, to_integers
from hpa_features.io.files import Place, opened
from hpa_features.io.formats import Content, read_header, read_pixels
from hpa_features.io.grouping import missing_channels
from hpa_features.io.guard import DecoderGuard
from hpa_features.io.header import Header

# RGB of 16 bits with as much again for tags: what a gzip file may unpack to per pixel.
_BYTES_PER_PIXEL = 12
_SAMPLES_PER_PIXEL = 16  # above, a header is taken as damaged rather than as so much to allocate


@dataclass(frozen=True, slots=True)
class Opened(ImageFacts):
    """An image file whose header is read and whose pixels are not."""

    content: Content


@contextmanager
def open_image(place: Place, settings: InputSettings) -> Iterator[Opened]:
    """Open an image and read its header.

    Raises
    ------
    FieldError
        The file cannot be opened, is not an image, or has more than ``max_pixels`` pixels.
    """
    limit = settings.max_pixels
    with ExitStack() as stack:
        with DecoderGuard(place, "cannot be opened"):
            content = stack.enter_context(
                opened(place, max_bytes=_BYTES_PER_PIXEL * limit + 1_000_000)
            )
            status = Path(place.path).stat()
            header = read_header(content, place)
        pixels = header.rows * header.columns
        if pixels > limit:
            raise place.error(
                f"has {header.rows:,} × {header.columns:,} = {pixels:,} pixels, "
                f"above the limit of {limit:,}",
                f"If that is correct, raise the limit: --max-pixels {pixels}",
            )
        if header.samples > _SAMPLES_PER_PIXEL:
            raise place.error(
                f"has {header.samples:,} channels in a pixel, above the limit of "
                f"{_SAMPLES_PER_PIXEL}",
                "Save one page per channel.",
            )
        yield Opened(place, (status.st_dev, status.st_ino), header, content)


def channel_place(text: str, settings: InputSettings) -> Place:
    """Return the place of a channel's plane, in stacks and pyramids as `settings` choose it."""
    return replace(Place.of(text), z=settings.z, t=settings.t, resolution_um=settings.resolution_um)


def channel_image(text: str, settings: InputSettings) -> ImageFacts:
    """Return the facts of a channel's image at a path with or without ``#page=N``, ``#channel=N``.

    Raises
    ------
    FieldError
        As `open_image`; or its values cannot be a channel's.
    """
    with open_image(channel_place(text, settings), settings) as image:
        _check_channel(image)
        return ImageFacts(image.place, image.file, image.header)


def header_of_file(text: str, settings: InputSettings) -> Header:
    """Return the header of `channel_image`."""
    return channel_image(text, settings).header


def _check_channel(image: ImageFacts) -> None:
    check_levels(image.header, image.place)
    check_samples(image.header, image.place)


def pixels_of(image: Opened) -> NDArray[Any]:
    """Return the stored values, (rows, columns) or (rows, columns, samples); see `read_pixels`."""
    return read_pixels(image.content, image.header, image.place)


def read_plane(
    image: Opened, channel: Channel, settings: InputSettings
) -> tuple[Plane, int, dict[str, str]]:
    """Return the plane of `channel`, its full scale, and facts about the choice of plane.

    Raises
    ------
    FieldError
        The pixels are damaged, or their values cannot be a channel's.
    """
    _check_channel(image)
    with DecoderGuard(image.place, "cannot be read"):
        plane, facts = plane_of(pixels_of(image), channel, image.header, image.place)
        values, full_scale = to_integers(plane, image.header, settings, image.place)
    return values, full_scale, facts


def read_field(source: FieldSource, settings: InputSettings) -> Field:
    """Return the pixels of a field whose pixel size is settled.

    Headers come first: a size that does not fit fails before anything is decoded. The field's
    metadata gains ``Bleed_<channel>`` and ``Plane_ER`` where files are RGB.

    Raises
    ------
    FieldError
        A channel is missing or its file cannot be taken; two channels are one plane; sizes
        differ; no pixel size is known.
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
            channel: stack.enter_context(
                open_image(channel_place(source.files[channel], settings), settings)
            )
            for channel in channels
        }
        check_channels(images, source)
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
