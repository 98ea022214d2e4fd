"""Paths of single-channel files become fields: grouped by id, checked, counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.io.channel_tokens import channel_tokens, parse_token_name
from hpa_features.io.multichannel import channels_of_files, images_in
from hpa_features.io.names import (
    ChannelFile,
    Other,
    hpa_facts,
    parse_name,
)
from hpa_features.io.zarr_fields import WholeImage

_MISSING = " missing: "
# As in 12_A3_1_z04 and 12_A3_1-t2.
_PLANE_ID = re.compile(r"(.*?)[_-]([zt])-?\d{1,4}", re.IGNORECASE)


@dataclass(slots=True)
class _Seen:
    """What the walk over the paths has met so far."""

    fields: dict[str, dict[Channel, str]] = field(default_factory=dict)
    numbered: list[tuple[ChannelFile, str]] = field(default_factory=list)
    twice: list[tuple[str, str, str]] = field(default_factory=list)
    multichannel: list[WholeImage] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    facts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    unknown: int = 0
    an_unknown: str = ""

    def add(self, field_id: str, channel: Channel, path: str) -> None:
        files = self.fields.setdefault(field_id, {})
        first = files.setdefault(channel, path)
        if first != path:
            self.twice.append((field_id, first, path))

    def take_unknown(self, path: str, settings: InputSettings) -> None:
        """Keep a file whose name lacks a channel where it may hold all of them."""
        images = list(images_in(path, settings))
        self.multichannel += [each for each in images if isinstance(each, WholeImage)]
        self.failures += [each for each in images if isinstance(each, Failure)]
        if not images:
            self.leave_out(path)

    def leave_out(self, path: str) -> None:
        self.unknown += 1
        self.an_unknown = self.an_unknown or path


def group_paths(
    paths: Iterable[str], settings: InputSettings, order: tuple[Channel, ...] = ()
) -> tuple[tuple[FieldSource, ...], tuple[Failure, ...], tuple[str, ...]]:
    """Return the fields of `paths` in order of their first path, failures, and notes.

    Parameters
    ----------
    paths
        Files and Zarr folders; none is opened, except some whose names lack a channel, to learn
        of theirs. A path that comes twice counts once.
    settings
        Whether yellow may be missing, and what marks channels.
    order
        Channels of numbered files; empty: numbered files are ignored.

    Raises
    ------
    UsageError
        Two files claim one channel of one id; the channels of files that hold all are not clear.
    """
    tokens = channel_tokens(settings.channel_order)
    seen = _Seen()
    for path in paths:
        name = parse_token_name(path, tokens) if tokens else parse_name(path)
        if isinstance(name, Other):
            if name is Other.UNKNOWN:
                seen.take_unknown(path, settings)
        elif name.channel is not None:
            seen.add(name.id, name.channel, path)
        else:
            seen.numbered.append((name, path))
    notes = _place_numbered(seen, order)
    notes += _place_multichannel(seen, settings)
    if seen.twice:
        raise _twice(seen.twice)
    if seen.unknown:
        notes.append(
            f"{_files(seen.unknown)} with unrecognised names ignored, for example "
            f"{seen.an_unknown}."
        )
    if stacks := _planes_of_stacks(seen.fields):
        notes.append(stacks)
    sources, failures = [], seen.failures
    for each, files in seen.fields.items():
        source = FieldSource(
            each,
            {channel: files[channel] for channel in CHANNELS if channel in files},
            metadata={**hpa_facts(each), **seen.facts.get(each, {})},
        )
        failure = _not_text(source) or missing_channels(source, settings)
        if failure is None:
            sources.append(source)
        else:
            failures.append(failure)
    return tuple(sources), tuple(failures), tuple(notes)


def _not_text(source: FieldSource) -> Failure | None:
    """Return why a field cannot be written into any table: names on disk may be any bytes."""
    for path in source.files.values():
        if not _is_text(path) or not _is_text(source.id):
            file, field_id = (
                text.encode("utf-8", "backslashreplace").decode() for text in (path, source.id)
            )
            hint = "Rename it, folders too (convmv -r -f latin1 -t utf8 --notest FOLDER)."
            return Failure(field_id, file, "find", "its name is not UTF-8 text.", hint)
    return None


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _place_numbered(seen: _Seen, order: tuple[Channel, ...]) -> list[str]:
    """Give numbered files their channels, and return the notes that this asks for."""
    if not seen.numbered:
        return []
    if not order:
        example = seen.numbered[0][1]
        note = (
            f"{_files(len(seen.numbered))} with numbered channels ignored, for example {example}; "
            "give their colours with --channel-order blue,red,yellow,green."
        )
        return [note]
    # Microscopes count from 0 or from 1; a single 0 anywhere tells.
    first = 0 if any(name.number == 0 for name, _ in seen.numbered) else 1
    for name, path in seen.numbered:
        place = (name.number or 0) - first
        if place < len(order):
            seen.add(name.id, order[place], path)
        else:
            seen.leave_out(path)
    return []


def _place_multichannel(seen: _Seen, settings: InputSettings) -> list[str]:
    """Give the channels of files that hold all of a field their places, and return notes.

    TIFF files are looked at where `settings` state their channels, or where file names give no
    field; Zarr images and files of microscopes always.
    """
    every = settings.channels or not (seen.fields or seen.numbered)
    taken = []
    for each in seen.multichannel:
        if every or each.certain:
            taken.append(each)
        else:
            seen.leave_out(each.path)
    planes, note = channels_of_files([each.path for each in taken], settings) if taken else ({}, "")
    for each in taken:
        seen.facts[each.id] = each.metadata
        for channel, number in planes.items():
            seen.add(each.id, channel, each.channel(number))
    return [note] if note else []


def _planes_of_stacks(ids: Iterable[str]) -> str:
    """Return a note on ids that look like planes in Z or time of one field, empty without any."""
    stacks: dict[str, list[str]] = {}
    for each in ids:
        if plane := _PLANE_ID.fullmatch(each):
            stacks.setdefault(f"{plane[1]}{plane[2]}".casefold(), []).append(each)
    several = [planes for planes in stacks.values() if len(planes) > 1]
    if not several:
        return ""
    return (
        f"{sum(map(len, several)):,} fields look like Z planes or time points of {len(several):,} "
        f"fields, for example {several[0][0]} and {several[0][1]}; each is treated as a separate "
        "field."
    )


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _twice(twice: list[tuple[str, str, str]]) -> UsageError:
    field_id, first, second = min(twice)
    ids = len({each[0] for each in twice})
    many = "" if ids == 1 else f"{ids:,} ids have two files for one channel, for example "
    folders = sorted({str(Path(first).parent), str(Path(second).parent)})
    one_of = f"Give one folder ({' or '.join(folders)})" if len(folders) > 1 else "Remove one"
    return UsageError(
        f"{many}{field_id} has {first} and {second}.",
        hint=f"{one_of}, or a manifest with a different Id for each.",
    )


def missing_channels(source: FieldSource, settings: InputSettings) -> Failure | None:
    """Return why a field cannot be taken for want of a channel, None when it can."""
    absent = [
        c.colour
        for c in CHANNELS
        if c not in source.files and not (c is Channel.ER and settings.allow_missing_yellow)
    ]
    if not absent:
        return None
    found = next(iter(source.files.values()), "")
    if absent == [Channel.ER.colour]:
        hint = f"Add {source.id}_yellow, or accept fields without it: --allow-missing yellow."
    else:
        hint = f"A field needs blue, red, yellow and green: {source.id}_{absent[0]} and so on."
    if settings.channel_order:
        hint = "Check that --channel-order names the channels of these files."
        if absent == [Channel.ER.colour]:
            hint += " Fields without ER need --allow-missing yellow."
    channels = "channel" if len(absent) == 1 else "channels"
    error = f"{channels}{_MISSING}{', '.join(absent)}."
    return Failure(source.id, found, "find", error, hint)


def is_incomplete(failure: Failure) -> bool:
    """Return whether a failure is for want of a channel, which may still come."""
    return failure.stage == "find" and _MISSING in failure.error
