"""A ``manifest.csv`` among the images of a folder states what their names do not.

Its files, pixel sizes and metadata are taken; its masks are not, since whoever gives a folder
of images has not given masks.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import GUESSED_PIXEL_SIZES, FieldSource
from hpa_features.io.files import Place
from hpa_features.io.manifest_table import Found, fields_of_table
from hpa_features.io.sniff import StreamKind, header_of, sniff
from hpa_features.io.table_text import ENOUGH_TO_SNIFF

_NAME = "manifest.csv"
_NEEDED = frozenset({"id", "blue", "red", "green"})


def manifests_among(paths: Iterable[str], settings: InputSettings) -> tuple[Found, Iterable[str]]:
    """Return what manifests among `paths` list of the others, and the paths that none names.

    Raises
    ------
    UsageError
        A manifest has a row that cannot be, or two manifests have a row for one Id.
    """
    listed = list(paths)
    manifests = [path for path in listed if path.endswith(_NAME) and _is_ours(path)]
    if not manifests:
        return ((), (), ()), listed
    here = {os.path.normpath(path): path for path in listed}
    rows: Found = ((), (), ())
    for path in manifests:
        rows = _joined(rows, _rows_of(path, here.keys(), settings), path)
    named = {each for source in rows[0] for each in _files(source)}
    named |= {os.path.normpath(path) for path in manifests}
    without_masks = tuple(replace(source, cells="", nuclei="") for source in rows[0])
    return (without_masks, *rows[1:]), [path for n, path in here.items() if n not in named]


def with_rows(rows: Found, by_name: Found) -> Found:
    """Return fields of manifests and fields found by names together.

    Of an Id that a manifest has, files that it does not name are ignored, with a note.
    """
    ids = _ids(rows)
    ignored = sorted(_ids(by_name) & ids)
    note = (
        f"{len(ignored):,} fields have files that their manifest does not name, for example "
        f"{ignored[0]}; these files are ignored."
        if ignored
        else ""
    )
    return (
        (*rows[0], *(each for each in by_name[0] if each.id not in ids)),
        (*rows[1], *(each for each in by_name[1] if each.id not in ids)),
        (*rows[2], *([note] if note else []), *by_name[2]),
    )


def _is_ours(path: str) -> bool:
    """Whether a file has the name of a manifest, and the columns of one with a row a field."""
    if Path(path).name != _NAME:
        return False
    try:
        with Path(path).open("rb") as file:
            first = file.read(ENOUGH_TO_SNIFF)
    except OSError:
        return False
    line = first.partition(b"\n")[0].decode("utf-8-sig", "replace")
    columns = {name.casefold() for name in header_of(line)}
    return sniff(first) is StreamKind.MANIFEST and columns >= _NEEDED


def _rows_of(path: str, here: Iterable[str], settings: InputSettings) -> Found:
    """Return the rows of a manifest that name a file that is `here`."""
    folder, data = str(Path(path).parent), Path(path).read_bytes()
    sources, failures, notes = fields_of_table(data, StreamKind.MANIFEST, settings, folder, path)
    present = frozenset(here)
    taken = tuple(
        _stated(source) for source in sources if any(f in present for f in _files(source))
    )
    absent = len(sources) - len(taken)
    gone = f" Rows that name no file of this folder are ignored ({absent:,})." if absent else ""
    return taken, failures, (f"{_note(taken, path)}{gone}", *notes)


def _joined(rows: Found, more: Found, path: str) -> Found:
    if twice := sorted(_ids(rows) & _ids(more)):
        raise UsageError(
            f"{path} has a row for {twice[0]}, and so has another manifest in this folder.",
            hint="Give the folder of one of them.",
        )
    return rows[0] + more[0], rows[1] + more[1], rows[2] + more[2]


def _ids(found: Found) -> set[str]:
    return {each.id for each in found[0]} | {each.id for each in found[1]}


def _files(source: FieldSource) -> Iterator[str]:
    """Yield the files that a row names, their paths normalised."""
    for text in (*source.files.values(), source.cells, source.nuclei):
        if text:
            yield os.path.normpath(Place.of(text).path)


def _stated(source: FieldSource) -> FieldSource:
    """Return a row without a pixel size that was a guess: it is made again from what is there."""
    if source.pixel_size_source not in GUESSED_PIXEL_SIZES:
        return source
    return replace(source, pixel_size_um=None, pixel_size_source=None)


def _note(sources: Sequence[FieldSource], path: str) -> str:
    sizes = ["pixel sizes"] if any(each.pixel_size_um is not None for each in sources) else []
    names = dict.fromkeys(name for each in sources for name in each.metadata)
    taken = ", ".join([*sizes, *(f"Metadata_{name}" for name in names)])
    masks = any(each.cells or each.nuclei for each in sources)
    unused = " Its masks are not used: give them with --masks, or the manifest itself as the input."
    return (
        f"{path} is read for {len(sources):,} fields{f': {taken}' if taken else ''}."
        f"{unused if masks else ''}"
    )
