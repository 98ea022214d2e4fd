"""A folder that a microscope writes to: which fields in it are complete and written to no more.

It is listed again and again: network drives report no changes of files. A file is settled when its
size and time have not changed for some seconds by this machine's clock, whatever the clock of the
machine that writes it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import FieldSource
from hpa_features.io.channel_tokens import channel_tokens, parse_token_name
from hpa_features.io.grouping import group_paths, is_incomplete
from hpa_features.io.manifest import walk_files
from hpa_features.io.multichannel import may_be_multichannel
from hpa_features.io.names import ChannelFile, Other, parse_channel_order, parse_name
from hpa_features.io.simulated import mark_simulated


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was seen last, and since when it has been so (seconds)."""

    size: int
    mtime_ns: int
    since: float


class WatchedFolder:
    """The fields of a folder as they appear.

    Attributes
    ----------
    waiting
        Ids of fields that lack a channel or are being written, as of the last look.
    repeated
        Ids that files carry though fields of these ids are done; the caller empties it.
    unreadable
        Folders that could not be listed at the last look.
    """

    def __init__(self, folder: str, settings: InputSettings, settle_s: float) -> None:
        self.waiting: list[str] = []
        self.repeated: list[str] = []
        self.unreadable: list[str] = []
        self._folder = folder
        self._settings = settings
        self._settle_s = settle_s
        self._tokens = channel_tokens(settings.channel_order)
        self._order = () if self._tokens else parse_channel_order(settings.channel_order)
        self._seen: dict[str, _Seen] = {}
        self._done: set[str] = set()

    def look(
        self, now: float, finished: Container[str]
    ) -> Iterator[tuple[FieldSource | Failure, list[str]]]:
        """Yield the fields that are complete and settled, or can never be read, with their files.

        Parameters
        ----------
        now
            Seconds of a clock that only advances.
        finished
            Ids of fields that are not asked for again.
        """
        self.unreadable, self.waiting = [], []
        paths = walk_files(self._folder, self.unreadable)
        self._seen = {path: self._state(path, now) for path in paths if path not in self._done}
        fields: dict[str, list[str]] = {}
        for path in self._seen:
            if key := self._field_of(path):
                fields.setdefault(key, []).append(path)
        for key, files in fields.items():
            if key in finished:
                self.repeated.append(key)
                self._done.update(files)
            elif (found := self._complete(key, files, now)) is None:
                self.waiting.append(key)
            elif found.id in finished:
                self.repeated.append(found.id)
                self._done.update(files)
            else:
                yield found, files

    def close(self, files: Iterable[str]) -> None:
        """Look at these files no more: their field is done."""
        self._done.update(files)

    def _state(self, path: str, now: float) -> _Seen:
        try:
            found = Path(path).stat()
        except OSError:  # removed, or a link to nothing yet
            return _Seen(0, 0, now)
        before = self._seen.get(path)
        if before and (before.size, before.mtime_ns) == (found.st_size, found.st_mtime_ns):
            return before
        return _Seen(found.st_size, found.st_mtime_ns, now)

    def _complete(self, key: str, files: list[str], now: float) -> FieldSource | Failure | None:
        """Return the field of these files; None: they may change, or more are to come."""
        if any(self._changing(path, now) for path in files):
            return None
        return self._found(key, files)

    def _changing(self, path: str, now: float) -> bool:
        # Looked at once more: since the folder was listed, other fields were measured.
        seen = self._state(path, now)
        return seen != self._seen[path] or not seen.size or now - seen.since < self._settle_s

    def _field_of(self, path: str) -> str:
        """Return what the files of one field share; empty for files of no field."""
        named = parse_token_name(path, self._tokens) if self._tokens else parse_name(path)
        if isinstance(named, ChannelFile):
            return named.id if named.channel or self._order else ""
        # Of other names a file may hold all channels; which, only the option states for files that
        # come one by one.
        several = named is Other.UNKNOWN and self._settings.channels
        return path if several and may_be_multichannel(path) else ""

    def _found(self, key: str, files: list[str]) -> FieldSource | Failure | None:
        """Return the field of these files; None: more are to come."""
        try:
            sources, failures, _ = group_paths(files, self._settings, self._order)
        except UsageError as error:  # two files for one channel
            return Failure(key, files[0], "find", error.message, error.hint)
        if failures and not is_incomplete(failures[0]):
            return failures[0]
        return mark_simulated(sources)[0] if sources else None
