"""Image formats: one file each, with ``header(content, place)`` and ``pixels(content, header)``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.guard import AGAIN, DecoderGuard
from hpa_features.io.header import Header

Content: TypeAlias = BinaryIO | Path
"""An open file, or the folder of an image that is one."""


class Codec(Protocol):
    """What the module of a format offers."""

    def header(self, content: Any, place: Place) -> Header:
        """Return what the image states about itself."""

    def pixels(self, content: Any, header: Header) -> NDArray[Any]:
        """Return the stored values, (rows, columns) or (rows, columns, samples)."""


class NamingCodec(Codec, Protocol):
    """What the module of a format offers whose files name their channels."""

    def channel_names(self, content: Any, place: Place) -> tuple[str, ...]:
        """Return the names of an image's channels in order; none unless all have one."""


class SeriesCodec(Codec, Protocol):
    """What the module of a format offers whose files hold several images."""

    def count(self, content: Any, place: Place) -> int:
        """Return the number of images in a file."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format, recognised by the first bytes of a file; by none: an image is a folder.

    Its module is imported when a file needs it: tifffile and Pillow are slow to import.

    Attributes
    ----------
    name, magic, module
        Of the format; with what its files begin; which file of this folder reads it.
    names_channels
        Whether its module has ``channel_names``.
    several
        Whether a file may hold several images, which ``count`` of its module counts.
    """

    name: str
    magic: tuple[bytes, ...]
    module: str
    names_channels: bool = False
    several: bool = False

    def codec(self) -> Codec:
        """Return the module."""
        return cast("Codec", import_module(f"{__name__}.{self.module}"))


FORMATS = (
    Format("PNG", (b"\x89PNG\r\n\x1a\n",), "png"),
    Format("JPEG", (b"\xff\xd8\xff",), "jpeg"),
    Format("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "tiff", names_channels=True),
    Format("OME-Zarr", (), "ome_zarr", names_channels=True),
    Format("CZI", (b"ZISRAWFILE",), "zeiss_czi", names_channels=True, several=True),
    Format("ND2", (b"\xda\xce\xbe\x0a",), "nikon_nd2", names_channels=True, several=True),
    Format("LIF", (b"\x70\0\0\0",), "leica_lif", names_channels=True, several=True),
)
_BY_NAME = {each.name: each for each in FORMATS}
_OTHERS = {
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"\x89HDF\r\n": "HDF5",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"PK\x03\x04": "a zip archive",
}


def _format_of(content: Content) -> Format | None:
    """Return the format of a file or folder; its content decides."""
    if isinstance(content, Path):
        return next(each for each in FORMATS if not each.magic)
    content.seek(0)
    first = content.read(16)
    content.seek(0)
    return next((each for each in FORMATS if each.magic and first.startswith(each.magic)), None)


def read_channel_names(content: Content, place: Place) -> tuple[str, ...]:
    """Return the names that a file gives to its channels, in order; none unless to all.

    Raises
    ------
    FieldError
        Its metadata are damaged.
    """
    found = _format_of(content)
    if found is None or not found.names_channels:
        return ()
    return cast("NamingCodec", found.codec()).channel_names(content, place)


def count_images(content: Content, place: Place) -> int:
    """Return the number of images in a file, 1 for a format whose files hold one.

    Raises
    ------
    FieldError
        Its metadata are damaged.
    """
    found = _format_of(content)
    if found is None or not found.several:
        return 1
    return cast("SeriesCodec", found.codec()).count(content, place)


def read_header(content: Content, place: Place) -> Header:
    """Return what an image states about itself; its content decides the format.

    Raises
    ------
    FieldError
        It is not a PNG, JPEG or TIFF; its header is damaged; its values have a meaning that is
        not supported; or it has several planes and `place` does not name one.
    """
    found = _format_of(content)
    if found is not None:
        with DecoderGuard(place, f"has a damaged {found.name} header"):
            header = found.codec().header(content, place)
            if header.sample is not None:
                refuse_channel(header.sample, header.samples, place)
            return header
    first = b"" if isinstance(content, Path) else content.read(16)
    for magic, name in _OTHERS.items():
        if first.startswith(magic):
            raise place.error(f"is {name}, wanted PNG, TIFF or JPEG", "Convert it to TIFF.")
    raise place.error("is not an image (not PNG, TIFF or JPEG)", AGAIN)


def read_pixels(content: Content, header: Header, place: Place) -> NDArray[Any]:
    """Return the stored values of an image, (rows, columns) or (rows, columns, samples).

    Raises
    ------
    FieldError
        The pixels are truncated or damaged.
    """
    if not isinstance(content, Path):
        content.seek(0)
    problem = f"is truncated or damaged: its {header.format} pixels cannot be decoded"
    with DecoderGuard(place, problem):
        pixels = _BY_NAME[header.format].codec().pixels(content, header)
    if pixels.shape[:2] != header.shape:
        raise place.error(
            f"states {header.shape} pixels in its header and holds {pixels.shape[:2]}", AGAIN
        )
    return pixels


def refuse_channel(channel: int, count: int, place: Place) -> None:
    """Refuse a channel that an image of `count` channels does not have.

    Raises
    ------
    FieldError
        `channel` is `count` or above.
    """
    if channel >= count:
        raise place.error(
            f"has {count} channel{'s' if count > 1 else ''}, wanted channel {channel}",
            f"Channels count from 0: #channel=0 to #channel={count - 1}.",
        )


def refuse_pages(place: Place, name: str) -> None:
    """Refuse ``#page=N``, ``--z N`` or ``--t N`` above 0 for a format that has one plane.

    Raises
    ------
    FieldError
        `place` means another plane than 0.
    """
    for option, wanted in (("--z", place.z), ("--t", place.t)):
        if wanted not in {"", "max", "0", None, 0}:
            raise place.error(
                f"is {name} and has one plane, wanted {option} {wanted}", f"Omit {option}."
            )
    if place.page:
        raise place.error(
            f"is {name} and has page 0 only, wanted page {place.page}",
            f"Remove #page={place.page} from its path.",
        )
