"""The journal: one line per field, written after its results are durable.

A line records the input files of a field and the files with its results. It counts only while
the results are complete and the inputs unchanged, so the journal is valid after any crash.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hpa_features.core.failures import Failure
from hpa_features.io.atomic import replacing
from hpa_features.io.files import Place


@dataclass(frozen=True, slots=True)
class Stamp:
    """An input file as it was: a change of size or time means that it has changed.

    Its path may name a plane: another plane of the same file is another input.
    """

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a field is made from."""

    files: tuple[Stamp, ...]
    pixel_size_um: float | None = None


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A result, by its path in the output folder, and its size while it is whole."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one field.

    Attributes
    ----------
    id
        The field.
    inputs
        What it was made from.
    outputs
        Where its results are; none when it failed.
    sharing
        How many fields have the same outputs; with fewer lines than that, the outputs hold rows
        that nobody vouches for.
    cells
        Number of cells found.
    used
        Number of cells that the image's statistics are made of; None where there are none, or
        where the line was written before this was counted.
    notes
        Counts to report at the end of a run.
    failure
        Why it failed; None when it did not.
    """

    id: str
    inputs: Inputs
    outputs: tuple[WrittenFile, ...] = ()
    sharing: int = 1
    cells: int = 0
    used: int | None = None
    notes: Mapping[str, int] = field(default_factory=dict)
    failure: Failure | None = None


def inputs_of(files: Iterable[str], pixel_size_um: float | None = None) -> Inputs:
    """Return the state of `files` now, which may name a plane; a missing one has size −1."""
    return Inputs(tuple(_stamp(file) for file in files), pixel_size_um)


def _stamp(text: str) -> Stamp:
    """Return the stamp of a file, or of all files of an image that is a folder (OME-Zarr)."""
    path = Path(Place.of(text).path)
    try:
        states = [path.stat()]
        if stat.S_ISDIR(states[0].st_mode):
            states = [each.stat() for each in _files_below(path)]
    except OSError:
        return Stamp(text, -1, 0)
    newest = max((state.st_mtime_ns for state in states), default=0)
    return Stamp(text, sum(state.st_size for state in states), newest)


def _files_below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if "labels" in folders:  # of the image, which other programs may add
            folders.remove("labels")
        yield from (Path(place) / name for name in files)


def journals_in(folder: Path) -> list[Path]:
    """Return the journals of a folder in order; several runs at a time have one each."""
    return sorted(folder.glob("journal-*.jsonl"))


def read_journal(path: Path, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, Entry]:
    """Return the last word on each `wanted` field; a line cut short by a crash is ignored."""
    entries = {}
    for plain in _lines(path):
        try:
            if wanted(plain["id"]):
                entry = _entry(plain)
                entries[entry.id] = entry
        except (KeyError, TypeError, AttributeError):
            continue
    return entries


def outcomes(journals: Iterable[Path]) -> dict[str, Failure | None]:
    """Return why each field of some journals failed, None where one of them has results of it.

    Unlike entries, this takes little memory for fields of all shards of a large run.
    """
    merged: dict[str, Failure | None] = {}
    for path in journals:
        last = {}
        for plain in _lines(path):
            with suppress(KeyError, TypeError):
                last[str(plain["id"])] = plain["failure"]
        for field_id, failure in last.items():
            if failure is None:
                merged[field_id] = None
            elif isinstance(failure, dict):
                merged.setdefault(field_id, Failure(**failure))
    return merged


def _lines(path: Path) -> Iterator[Any]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with suppress(json.JSONDecodeError):
                yield json.loads(line)


def merge_entries(journals: Iterable[Mapping[str, Entry]]) -> dict[str, Entry]:
    """Return the last word on each field over several journals; a result counts before a failure.

    Runs that divide a folder have disjoint fields, unless it was divided otherwise before.
    """
    merged: dict[str, Entry] = {}
    for journal in journals:
        for field_id, entry in journal.items():
            if entry.failure is None or merged.get(field_id, entry).failure is not None:
                merged[field_id] = entry
    return merged


def outputs_in(folder: Path, level: str) -> list[WrittenFile]:
    """Return the files of `level` that journals in `folder` name, by path."""
    outputs = {
        output
        for journal in journals_in(folder)
        for entry in read_journal(journal).values()
        for output in entry.outputs
        if output.path.startswith(f"{level}/")
    }
    return sorted(outputs, key=lambda output: output.path)


def size_of(path: Path) -> int:
    """Return the size of a file, −1 where there is none."""
    return path.stat().st_size if path.is_file() else -1


def rewrite_journal(path: Path, entries: Iterable[Entry]) -> None:
    """Write a journal that holds exactly `entries`."""
    with replacing(path) as temporary:
        temporary.write_text("".join(_line(entry) for entry in entries), encoding="utf-8")


def append_journal(path: Path, entries: Iterable[Entry]) -> None:
    """Add lines; they are on disk when this returns."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(_line(entry) for entry in entries)
        file.flush()
        os.fsync(file.fileno())


def _line(entry: Entry) -> str:
    # Plain dictionaries by hand: `asdict` copies for longer than all else takes for a line.
    plain = {
        "id": entry.id,
        "inputs": {
            "files": [_plain(each) for each in entry.inputs.files],
            "pixel_size_um": entry.inputs.pixel_size_um,
        },
        "outputs": [_plain(each) for each in entry.outputs],
        "sharing": entry.sharing,
        "cells": entry.cells,
        "used": entry.used,
        "notes": dict(entry.notes),
        "failure": None if entry.failure is None else _plain(entry.failure),
    }
    return json.dumps(plain, ensure_ascii=True) + "\n"


def _plain(flat: Stamp | WrittenFile | Failure) -> dict[str, object]:
    return {each.name: getattr(flat, each.name) for each in fields(flat)}


def _entry(plain: Mapping[str, object]) -> Entry:
    inputs, outputs, failure = plain["inputs"], plain["outputs"], plain["failure"]
    notes, used = plain["notes"], plain.get("used")
    if not isinstance(inputs, dict) or not isinstance(outputs, list) or not isinstance(notes, dict):
        raise TypeError
    return Entry(
        id=str(plain["id"]),
        inputs=Inputs(tuple(Stamp(**each) for each in inputs["files"]), inputs["pixel_size_um"]),
        outputs=tuple(WrittenFile(**each) for each in outputs),
        sharing=int(str(plain["sharing"])),
        cells=int(str(plain["cells"])),
        used=None if used is None else int(str(used)),
        notes={str(name): int(count) for name, count in notes.items()},
        failure=Failure(**failure) if isinstance(failure, dict) else None,
    )
