"""Finding fields: a folder, a glob, a manifest or stdin becomes a list of fields.

No image is opened here but a few whose names lack a channel, so a million files take seconds.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.channel_tokens import channel_tokens
from hpa_features.io.files import ADDRESS_HINT, ZARR_METADATA, is_address
from hpa_features.io.grouping import group_paths
from hpa_features.io.manifest_among import manifests_among, with_rows
from hpa_features.io.manifest_table import fields_of_table
from hpa_features.io.names import Other, parse_channel_order, parse_name
from hpa_features.io.row_files import write_csv, write_rows
from hpa_features.io.rows import rows_of_sources
from hpa_features.io.simulated import mark_simulated
from hpa_features.io.sniff import StreamKind, sniff
from hpa_features.io.table_text import ENOUGH_TO_SNIFF, check_text, start_of, unpacked

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_NAMES = (
    "Files are found by name: <id>_blue.png, <id>_red.png, <id>_yellow.png, <id>_green.png "
    "(or .tif, .jpg, .tif.gz); --channel-order w1,w2,w3,w4 takes what marks these four in other "
    "names; TIFF and OME-Zarr images that hold all channels are found by the names of these "
    "channels or with --channels DNA=0,Microtubules=1,ER=2,Protein=3; a manifest with Id, blue, "
    "red, yellow, green takes any names."
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was found.

    Attributes
    ----------
    sources
        Fields that can be read, judging by file names.
    failures
        Fields that cannot, because a channel is missing.
    notes
        Lines for the user: files that were ignored, and why.
    """

    sources: tuple[FieldSource, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def find_fields(
    where: str,
    settings: InputSettings,
    *,
    stdin: BinaryIO | None = None,
) -> Manifest:
    """Return the fields that `where` means.

    Parameters
    ----------
    where
        A folder (recursive; fields by id; what a ``manifest.csv`` in it states of them is taken,
        except masks), a glob (fields by id), a manifest (CSV, TSV, Parquet; fields by row), or
        ``-``: a manifest or one path a line (by first path) on `stdin`.
    settings
        Whether yellow may be missing, and the colours of numbered files.
    stdin
        Read to its end when `where` is ``-``.

    Raises
    ------
    UsageError
        `where` does not exist, an id is there twice, or a manifest cannot be read.
    DataError
        Nothing that could be a field was found.
    """
    tokens = channel_tokens(settings.channel_order)
    order = () if tokens else parse_channel_order(settings.channel_order)
    closed: list[str] = []
    if where == "-":
        manifest = _from_stream(stdin, settings, order)
    elif Path(where).is_dir():
        manifest = _by_id(walk_files(where, closed), settings, order, closed)
    elif Path(where).is_file():
        manifest = _from_file(where, settings)
    elif is_address(where):
        raise UsageError(f"{where} is an address, not a path.", hint=ADDRESS_HINT)
    elif glob.has_magic(where):
        manifest = _by_id(_matches(where, closed), settings, order, closed)
    elif Path(where).exists():  # a named pipe would block
        raise UsageError(
            f"{where} is neither a folder nor a regular file.",
            hint=f"Give a manifest or paths on stdin: hpa-feat … - < {where}",
        )
    else:
        raise UsageError(
            f"{where} does not exist.",
            hint="Give a folder of images, a glob in quotes, a manifest, or - for stdin.",
        )
    if not manifest.sources and not manifest.failures:
        where = "stdin" if where == "-" else where
        raise DataError(" ".join([f"no fields found in {where}.", *manifest.notes]), hint=_NAMES)
    return replace(manifest, sources=mark_simulated(manifest.sources))


def write_manifest(manifest: Manifest, target: str | Path | TextIO) -> None:
    """Write the fields of a manifest as CSV, TSV or Parquet by the file's ending.

    Paths are relative to the file's folder where they lie below it; on a stream they stay as
    they are. Reading the file gives the same fields.
    """
    if not isinstance(target, str | Path):
        write_csv(target, *rows_of_sources(manifest.sources, ""))
        return
    path = Path(target)
    write_rows(path, *rows_of_sources(manifest.sources, str(path.parent)))


def _by_id(
    paths: Iterable[str], settings: InputSettings, order: tuple[Channel, ...], closed: list[str]
) -> Manifest:
    described, others = manifests_among(paths, settings)
    sources, failures, notes = with_rows(described, group_paths(others, settings, order))
    if closed:
        many = "1 folder" if len(closed) == 1 else f"{len(closed):,} folders"
        notes = (*notes, f"{many} could not be entered, for example {closed[0]}.")
    return Manifest(
        tuple(sorted(sources, key=lambda source: source.id)),
        tuple(sorted(failures, key=lambda failure: failure.id)),
        notes,
    )


def walk_files(folder: str, closed: list[str]) -> Iterator[str]:
    """Yield the files and Zarr folders below `folder`, except hidden ones.

    Links are followed but never in circles.
    Subfolders that cannot be entered are added to `closed`.
    """
    todo = [folder]
    entered = set()
    while todo:
        here = todo.pop()
        try:
            status = Path(here).stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda each: each.name)
                if any(entry.name in ZARR_METADATA for entry in entries):
                    yield here
                    continue
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if _is_folder(entry):
                        todo.append(entry.path)
                    else:
                        yield entry.path
        except OSError:
            closed.append(here)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; a link that cannot be followed is a file that fails alone."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _matches(pattern: str, closed: list[str]) -> Iterator[str]:
    for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207  (patterns may be absolute)
        if not os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises where a link is closed)
            yield path
        elif not pattern.endswith("**"):  # which lists the files below by itself
            yield from walk_files(path, closed)


def _from_file(path: str, settings: InputSettings) -> Manifest:
    if not isinstance(parse_name(path), Other):
        raise UsageError(
            f"{path} is a single image.",
            hint=f"Give its folder, or a glob in quotes: '{Path(path).parent}/*'.",
        )
    try:
        with Path(path).open("rb") as file:
            start = start_of(file)
            kind = sniff(start)
            file.seek(0)
            # What cannot be a manifest may be very large.
            data = file.read() if kind is not StreamKind.PATHS or not start else b""
        data = bytes(unpacked(data, path))
        if kind is StreamKind.PATHS:  # cut after a line, so that no character is cut
            check_text(start[: start.rfind(b"\n") + 1] or start, path)
    except DataError as error:
        raise UsageError(error.message, hint=error.hint) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if kind is StreamKind.PATHS:
        raise UsageError(
            f"{path} is neither a folder nor a manifest.",
            hint=f"Give a list of paths, one per line, on stdin: hpa-feat … - < {path}",
        )
    return Manifest(*fields_of_table(data, kind, settings, str(Path(path).parent), path))


def _from_stream(
    stdin: BinaryIO | None, settings: InputSettings, order: tuple[Channel, ...]
) -> Manifest:
    try:
        data = bytes(unpacked(b"" if stdin is None else stdin.read(), "stdin"))
    except DataError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if data.startswith(_IMAGES):
        raise UsageError(
            "stdin is an image; expected paths of images, one per line.",
            hint="For example: find images -name '*.png' | hpa-feat extract - -o features",
        )
    kind = sniff(data[:ENOUGH_TO_SNIFF])
    if kind is not StreamKind.PATHS:
        return Manifest(*fields_of_table(data, kind, settings, "", "stdin"))
    # `find -print0` ends paths with NUL, everything else with a line's end.
    lines = data.decode(errors="surrogateescape").split("\0" if b"\0" in data else "\n")
    paths = (line.strip("\r\n") for line in lines)
    return Manifest(*group_paths((path for path in paths if path), settings, order))
