"""Whether the files of a field belong together: one size, one orientation, a plane for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from hpa_features.core.errors import FieldError
from hpa_features.core.types import Channel, FieldSource, PixelSizeSource
from hpa_features.io.files import Place
from hpa_features.io.header import Header

_DISAGREE = 1.05


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image whose header is read.

    Attributes
    ----------
    place
        Its path and plane as given.
    file
        Device and inode: the same for all paths and links of one file.
    header
        What it states about itself.
    """

    place: Place
    file: tuple[int, int]
    header: Header


def check_channels(images: Mapping[Channel, ImageFacts], source: FieldSource) -> None:
    """Refuse a field whose files cannot be its channels.

    Raises
    ------
    FieldError
        Two channels are one plane, or the channels differ in size, orientation or pixel size.
    """
    for (one, first), (other, second) in combinations(images.items(), 2):
        if _are_one_plane(first, second):
            raise _one_plane(one, other, second)
    headers = {channel: image.header for channel, image in images.items()}
    sizes = {c: f"{header.rows} × {header.columns}" for c, header in headers.items()}
    if len(set(sizes.values())) > 1:
        raise _differ(
            "size (rows × columns)",
            sizes,
            source,
            "All channels of a field must have the same size.",
        )
    _check_level(headers, source)
    orientations = {c: str(header.orientation) for c, header in headers.items()}
    if len(set(orientations.values())) > 1:
        raise _differ(
            "EXIF orientation", orientations, source, "Save all channels with the same orientation."
        )
    known = {c: header.pixel_size_um for c, header in headers.items() if header.pixel_size_um}
    if source.pixel_size_source is PixelSizeSource.TAGS and max(
        known.values(), default=1.0
    ) > _DISAGREE * min(known.values(), default=1.0):
        texts = {c: f"{size:.3g} µm" for c, size in known.items()}
        raise _differ("pixel size in their tags", texts, source, "Try --pixel-size-um UM.")


def _check_level(headers: Mapping[Channel, Header], source: FieldSource) -> None:
    """Refuse a pixel size that may be of another resolution level than the one that is read."""
    channel, header = next(iter(headers.items()))
    size, told = source.pixel_size_um, header.pixel_size_um
    if header.level and source.pixel_size_source is not PixelSizeSource.TAGS:
        problem = (
            f"its pixel size is given as {size or 0:.3g} µm, and of the file {header.rows} × "
            f"{header.columns} pixels of {told or 0:.3g} µm are read, a smaller level"
        )
    elif (
        source.pixel_size_source is PixelSizeSource.TAGS
        and size is not None
        and told is not None
        and not 1 / _DISAGREE < told / size < _DISAGREE
    ):
        problem = (
            f"its pixel size was {size:.3g} µm by the tags of its file, which state {told:.3g} µm"
        )
    else:
        return
    raise FieldError(
        f"{problem}.",
        stage="read",
        file=source.files[channel],
        hint="Omit --resolution-um, or the pixel size where it is given.",
    )


def _differ(what: str, found: Mapping[Channel, str], source: FieldSource, hint: str) -> FieldError:
    each = ", ".join(f"{channel.colour} {text}" for channel, text in found.items())
    return FieldError(
        f"the channels differ in {what}: {each}.",
        stage="read",
        file=source.files[Channel.DNA],
        hint=hint,
    )


def _are_one_plane(first: ImageFacts, second: ImageFacts) -> bool:
    """Whether two images are one plane; a sample that is not named may be any of the file."""
    one, other = first.header, second.header
    return (
        first.file == second.file
        and not set(one.parts).isdisjoint(other.parts)
        and (one.sample == other.sample or None in {one.sample, other.sample})
    )


def _one_plane(one: Channel, other: Channel, image: ImageFacts) -> FieldError:
    several = image.header.samples > 1
    hint = (
        "Name one plane for each channel, for example "
        f"{image.place.name}#channel=0, #channel=1 and #channel=2 of an RGB file."
        if several
        else "Give a separate file for each channel."
    )
    return image.place.error(f"is used for two channels, {one.colour} and {other.colour}", hint)
