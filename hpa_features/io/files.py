"""Opening the file behind a path text such as ``stack.tif.gz#page=2``."""

from __future__ import annotations

import gzip
import io
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hpa_features.core.errors import FieldError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ADDRESS_HINT = "Only local files are read: download it, and give the path of the copy."
ZARR_METADATA = frozenset({"zarr.json", ".zgroup", ".zattrs", ".zarray"})
"""Files of which a folder has at least one that is a group or an array of Zarr."""
_ZARR = re.compile(r"(?:.*?/)?[^/]*\.zarr(?=/|$)", re.IGNORECASE)
_PLANE = re.compile(
    r"(?P<path>.+)#(?:page=(?P<page>\d+)|series=(?P<series>\d+)(?:&channel=(?P<of_series>\d+))?"
    r"|channel=(?P<channel>\d+))"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plane of pixels lies.

    Attributes
    ----------
    path
        The file.
    page, channel
        Which plane of it, counted from 0; None: the only one.
    stage
        What a failure here is called in failures.csv.
    z, t
        Which plane of a stack in Z (``max``: the brightest value over all) and which time point,
        counted from 0; empty, None: there must be only one.
    resolution_um
        Of several resolution levels, the coarsest with pixels up to this size is meant; None:
        the full resolution.
    series
        Which of several images in a file, counted from 0; None: the only one.
    """

    path: str
    page: int | None = None
    channel: int | None = None
    stage: str = "read"
    z: str = ""
    t: int | None = None
    resolution_um: float | None = None
    series: int | None = None

    @classmethod
    def of(cls, text: str, *, stage: str = "read") -> Place:
        """Return the place of a path without or with ``#page=N``, ``#channel=N``, ``#series=N``.

        An image of several in a file and its channel are joined: ``#series=1&channel=0``.
        """
        plane = _PLANE.fullmatch(text)
        if plane is None:
            return cls(text, stage=stage)
        named = plane.groupdict()
        path = named.pop("path") or ""
        numbers = {name: int(number) for name, number in named.items() if number}
        channel = numbers.get("channel", numbers.get("of_series"))
        return cls(path, numbers.get("page"), channel, stage, series=numbers.get("series"))

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.path).name

    def is_same(self, other: Place) -> bool:
        """Whether two places are one plane of one file, by whatever paths and links.

        A place that does not name its plane may be any of the file.
        """
        if None not in {self.series, other.series} and self.series != other.series:
            return False
        planes = {(self.page, self.channel), (other.page, other.channel)}
        if len(planes) > 1 and (None, None) not in planes:
            return False
        try:
            return Path(self.path).samefile(other.path)
        except OSError:  # one of them does not exist
            return self.path == other.path

    def error(self, message: str, hint: str = "") -> FieldError:
        """Return the failure of this file; `message` goes between "the file" and the full stop."""
        return FieldError(f"the file {message}.", stage=self.stage, file=self.path, hint=hint)


def zarr_root(path: str) -> str:
    """Return the part of a path that ends with its first folder ``….zarr``; empty: it has none."""
    found = _ZARR.match(path)
    return found[0] if found else ""


def folder_of(text: str) -> str:
    """Return the folder of an image's file; of an image in a Zarr plate, the plate."""
    path = Place.of(text).path
    root = zarr_root(path)
    return root if root and root != path else str(Path(path).parent)


def is_zarr_folder(path: str | Path) -> bool:
    """Whether a path is a folder with the metadata of Zarr."""
    return any(Path(path, name).is_file() for name in ZARR_METADATA)


def is_address(text: str) -> bool:
    """Whether a text is an address such as ``https://…`` or ``s3://…``, which is not a path."""
    return _ADDRESS.match(text) is not None


@contextmanager
def opened(place: Place, *, max_bytes: int) -> Iterator[BinaryIO | Path]:
    """Open a file for reading, unpacked when it is gzip; the folder of a Zarr image is its path.

    Parameters
    ----------
    place
        The file.
    max_bytes
        A gzip file that unpacks to more is refused before it fills the memory.

    Raises
    ------
    FieldError
        The file is missing, not a regular file, not readable, empty, or damaged gzip.
    """
    with ExitStack() as stack:
        # Only opening is caught here: an OSError of the caller's is not this file's.
        try:
            kind = Path(place.path).stat().st_mode
            if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # a named pipe would block
                raise place.error(
                    "is not a regular file (a pipe, socket or device)",
                    "Give a file on disk; save data from a pipe first.",
                )
            if stat.S_ISDIR(kind) and is_zarr_folder(place.path):
                yield Path(place.path)
                return
            file = stack.enter_context(Path(place.path).open("rb"))
        except FileNotFoundError:
            if is_address(place.path):
                raise place.error("is an address, not a path", ADDRESS_HINT) from None
            raise place.error("does not exist", "Check the path and the name's case.") from None
        except IsADirectoryError:
            raise place.error("is a folder", "Give the image file in it.") from None
        except PermissionError:
            raise place.error("permission denied", f"Try: chmod u+r '{place.path}'") from None
        except OSError as error:
            raise place.error(
                f"cannot be opened: {error.strerror or error}", "Check the path and its links."
            ) from error
        magic = file.read(2)
        if not magic:
            raise place.error("is empty (0 bytes)", "Copy or download it again.")
        file.seek(0)
        yield _unpacked(file, place, max_bytes) if magic == b"\x1f\x8b" else file


def _unpacked(file: BinaryIO, place: Place, max_bytes: int) -> BinaryIO:
    try:
        with gzip.open(file) as packed:
            data = packed.read(max_bytes + 1)
    except EOFError:
        raise place.error(
            "is truncated: its gzip data ends too early", "Copy or download it again."
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise place.error(
            f"is damaged gzip data ({error})", "Copy or download it again."
        ) from error
    if len(data) > max_bytes:
        raise place.error(
            f"unpacks to more than {max_bytes:,} bytes",
            "If that is right, raise the limit with --max-pixels.",
        )
    return io.BytesIO(data)
