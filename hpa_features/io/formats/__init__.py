"""Image formats: one file each, with ``header(stream, place)`` and ``pixels(stream, header)``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO, Protocol, cast

from numpy.typing import NDArray

from hpa_features.io.files import Place
from hpa_features.io.guard import AGAIN, DecoderGuard
from hpa_features.io.header import Header


class Codec(Protocol):
    """What the module of a format offers."""

    def header(self, stream: BinaryIO, place: Place) -> Header:
        """Return what the image states about itself."""

    def pixels(self, stream: BinaryIO, header: Header) -> NDArray[Any]:
        """Return the stored values, (rows, columns) or (rows, columns, samples)."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format, recognised by the first bytes of a file.

    Its module is imported when a file needs it: tifffile and Pillow are slow to import.
    """

    name: str
    magic: tuple[bytes, ...]
    module: str

    def codec(self) -> Codec:
        """Return the module."""
        return cast("Codec", import_module(f"{__name__}.{self.module}"))


FORMATS = (
    Format("PNG", (b"\x89PNG\r\n\x1a\n",), "png"),
    Format("JPEG", (b"\xff\xd8\xff",), "jpeg"),
    Format("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "tiff"),
)
_BY_NAME = {each.name: each for each in FORMATS}
_OTHERS = {
    b"\0\0\0\x0cjP": "JPEG 2000",
    b"ZISRAWFI": "Zeiss CZI",
    b"\x89HDF\r\n": "HDF5",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"PK\x03\x04": "a zip archive",
}


def read_header(stream: BinaryIO, place: Place) -> Header:
    """Return what the image in `stream` states about itself; its content decides the format.

    Raises
    ------
    FieldError
        It is not a PNG, JPEG or TIFF; its header is damaged; its values have a meaning that is
        not supported; or it has several planes and `place` does not name one.
    """
    stream.seek(0)
    first = stream.read(16)
    stream.seek(0)
    for each in FORMATS:
        if first.startswith(each.magic):
            with DecoderGuard(place, f"has a damaged {each.name} header"):
                header = each.codec().header(stream, place)
                if header.sample is not None:
                    refuse_channel(header.sample, header.samples, place)
                return header
    for magic, name in _OTHERS.items():
        if first.startswith(magic):
            raise place.error(f"is {name}, wanted PNG, TIFF or JPEG", "Convert it to TIFF.")
    raise place.error("is not an image (not PNG, TIFF or JPEG)", AGAIN)


def read_pixels(stream: BinaryIO, header: Header, place: Place) -> NDArray[Any]:
    """Return the stored values of an image, (rows, columns) or (rows, columns, samples).

    Raises
    ------
    FieldError
        The pixels are truncated or damaged.
    """
    stream.seek(0)
    problem = f"is truncated or damaged: its {header.format} pixels cannot be decoded"
    with DecoderGuard(place, problem):
        pixels = _BY_NAME[header.format].codec().pixels(stream, header)
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
