"""Files and folders appear under their final name when they are complete.

Several shards of a run may write into one folder at the same time. A shard may remove only its own
leftovers, so the names of part files and temporary files carry its number.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from hpa_features.core.errors import UsageError

PART = "part-"
_TEMPORARY = ".unfinished-"
_OWNED = re.compile(rf"({re.escape(_TEMPORARY)}|{PART})(?:s(\d+)-)?")
_shard: ContextVar[int] = ContextVar("shard", default=0)


@contextmanager
def writing_shard(number: int) -> Iterator[None]:
    """Files written in here are of this shard; 0 is a run that is not divided."""
    token = _shard.set(number)
    try:
        yield
    finally:
        _shard.reset(token)


def shard_mark() -> str:
    """Return what the names of this shard's files carry: nothing for shard 0, else ``s<N>-``."""
    return f"s{_shard.get()}-" if _shard.get() else ""


def shard_of(name: str) -> int:
    """Return the shard that a part file or temporary file belongs to, by its name."""
    owned = _OWNED.match(name)
    return int(owned[2]) if owned and owned[2] else 0


def sweep(folder: Path, shard: int | None = None) -> None:
    """Remove what killed writers of a shard, or of all, left unfinished in `folder` and below it.

    The caller holds the lock of the shard, or of all, so that none of them is still writing.
    """
    for path in list(folder.rglob(f"{_TEMPORARY}*")):
        if shard not in (None, shard_of(path.name)):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool, inputs: Iterable[str] = ()) -> None:
    """Refuse to write over a file, before any work.

    Raises
    ------
    UsageError
        It exists, and `overwrite` is off or it is one of the `inputs` of the command.
    """
    if not path.exists():
        return
    if not overwrite:
        raise UsageError(f"{path} exists.", hint="Use --overwrite to replace it, or another -o.")
    if any(each and Path(each).exists() and path.samefile(each) for each in inputs):
        raise UsageError(
            f"{path} is an input of the same command and would be replaced.",
            hint="Give -o another name.",
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it becomes `path`, on disk before in name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{_unfinished()}-{path.name}")
    try:
        yield temporary
        _to_disk(temporary)
        temporary.replace(path)
        _to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on success it takes the place of `folder`, files on disk."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(
        tempfile.mkdtemp(prefix=f"{_unfinished()}-", suffix=f"-{folder.name}", dir=folder.parent)
    )
    new, old = work / "new", work / "old"
    try:
        new.mkdir()  # with the user's permissions, which `work` has not
        yield new
        for path in sorted(new.rglob("*")):
            _to_disk(path)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        _to_disk(folder.parent)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(work, ignore_errors=True)


def _unfinished() -> str:
    # A number of the process is not enough: shards may run on several machines.
    return f"{_TEMPORARY}{shard_mark()}{secrets.token_hex(4)}"


def write_json(path: Path, content: object) -> None:
    """Write `content` as indented JSON."""
    with replacing(path) as temporary:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
