"""What a long run has found so far, in a private folder next to its output until then."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import Progress
from hpa_features.io.atomic import replacing, sweep, write_json
from hpa_features.running.plain_results import pack, unpack

_ABOUT, _LOCK, _ARRAYS, _TASKS = "run.json", ".lock", "arrays", "task-*.safetensors"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeptResults:
    """The folder while its lock is held; see `keep_results`."""

    folder: Path
    progress: Progress

    @property
    def arrays(self) -> str:
        """An empty folder for files that the next run computes again."""
        return str(self.folder / _ARRAYS)

    def put(self, key: str, result: Any) -> Any:
        """Keep a result, and return it as `get` will: a resumed run gets the same."""
        content = pack(result)
        with replacing(self._path(key)) as temporary:
            temporary.write_bytes(_digest(key, content) + content)
        return unpack(content)

    def get(self, keys: list[str]) -> dict[int, Any]:
        """Return the results that are kept, by the place of their key.

        A file that is not as `put` wrote it is ignored with a warning.
        """
        results = {}
        for place, key in enumerate(keys):
            path = self._path(key)
            if not path.is_file() or path.is_symlink():
                continue
            try:
                results[place] = _read(path, key)
            except ValueError as error:
                self.progress.warn(f"{path} is not used: {error}. It is computed again.")
        return results

    def _path(self, key: str) -> Path:
        return self.folder / _TASKS.replace("*", key)


@contextmanager
def keep_results(
    folder: Path, about: Mapping[str, Any], progress: Progress
) -> Iterator[KeptResults]:
    """Hold `folder` for this run; it is removed when the block ends well.

    Parameters
    ----------
    folder
        Made, for its owner alone, when it does not exist.
    about
        All that decides results besides their keys, ready for JSON. Results of other data or
        settings are removed.
    progress
        Receives this, and what is left for the next run.

    Raises
    ------
    UsageError
        Something else is at `folder`.
    DataError
        Another run holds it.
    """
    trusted = _make(folder)
    with _locked(folder):
        _begin(folder, about, progress, trusted=trusted)
        try:
            yield KeptResults(folder, progress)
            _clear(folder)
        except KeyboardInterrupt:
            if kept := len(list(folder.glob(_TASKS))):
                progress.warn(
                    f"{kept:,} fits are kept in {folder}; the same command resumes there."
                )
            raise
        finally:
            shutil.rmtree(folder / _ARRAYS, ignore_errors=True)
            if not any(folder.glob(_TASKS)):
                _clear(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, and remove it afterwards when nothing is left in it."""
    try:
        lock = FileLock(folder / _LOCK).acquire(timeout=0)
    except Timeout as error:
        raise DataError(
            f"Another run is at work in {folder}.", hint="Wait for it to end, or change -o."
        ) from error
    try:
        with lock:
            yield
    finally:
        if not (folder / _ABOUT).exists():
            (folder / _LOCK).unlink(missing_ok=True)
            with suppress(OSError):  # it holds files that are not ours
                folder.rmdir()


def _make(folder: Path) -> bool:
    """Make the folder, and return whether only its owner could write to it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        return True
    state = folder.lstat()
    others = stat.S_ISDIR(state.st_mode) and not (folder / _ABOUT).exists()
    if not stat.S_ISDIR(state.st_mode) or (others and any(_foreign(folder))):
        raise UsageError(
            f"{folder} exists and is not an unfinished hpa-feat run.", hint="Give -o another name."
        )
    return os.name == "nt" or (state.st_uid == os.getuid() and not state.st_mode & 0o022)


def _foreign(folder: Path) -> Iterator[Path]:
    return (each for each in folder.iterdir() if not each.name.startswith("."))


def _begin(folder: Path, about: Mapping[str, Any], progress: Progress, *, trusted: bool) -> None:
    """Make sure that what is kept is ours and of this run."""
    path = folder / _ABOUT
    if not trusted:
        progress.warn(f"Others can write to {folder}: nothing there is used.")
    elif path.exists() and not _is_about(path, about):
        progress.note(f"{folder} is of other data, settings or versions: starting again.")
        trusted = False
    if not trusted:
        _clear(folder)
        folder.chmod(0o700)
    shutil.rmtree(folder / _ARRAYS, ignore_errors=True)
    sweep(folder)
    (folder / _ARRAYS).mkdir()
    write_json(path, about)


def _is_about(path: Path, about: Mapping[str, Any]) -> bool:
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(there == json.loads(json.dumps(about)))


def _clear(folder: Path) -> None:
    """Remove what is kept, and nothing else."""
    for each in (folder / _ABOUT, *folder.glob(_TASKS)):
        each.unlink(missing_ok=True)


def _read(path: Path, key: str) -> Any:
    whole = path.read_bytes()
    digest, content = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
    if digest != _digest(key, content):
        raise ValueError("it was changed or cut off")
    return unpack(content)


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + content).digest()
