"""Holding an output folder: alone, or as one of several shards that write to it at once.

Every run takes ``.lock-0`` first. A run that is not divided keeps it and takes the locks of all
shards too; a shard keeps its own only. So neither begins while the other runs, and nobody divides
a folder otherwise while a shard writes. On a cluster the disk must carry locks between machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hpa_features.core.errors import DataError
from hpa_features.core.shard import WHOLE, Shard
from hpa_features.io.atomic import writing_shard
from hpa_features.io.store.folder import FAILURES, LEVELS, Store
from hpa_features.io.store.job_file import job_files
from hpa_features.io.store.journal import journals_in
from hpa_features.io.store.run_file import (
    RUN,
    SCHEMA,
    read_run,
    refuse_other_settings,
    write_run,
)

_LOCK, _SHARDS = ".lock-", "shards"
_TURN_S = 20.0  # other shards hold the first lock for as long as it takes to read run.json
_GLANCE_S = 1.0  # `running_shards` holds each lock for an instant


@contextmanager
def open_store(
    folder: Path,
    run: Mapping[str, Any],
    read_kept: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    *,
    overwrite: bool = False,
    shard: Shard = WHOLE,
) -> Iterator[Store]:
    """Hold `folder` for this run, made or gone on with.

    Parameters
    ----------
    folder
        Made when it does not exist.
    run
        `describe_run` of this run.
    read_kept
        Gives the settings of an earlier run as this version would keep them.
    overwrite
        Remove an earlier run's results first.
    shard
        Which of several runs that write into `folder` at the same time this is.

    Raises
    ------
    UsageError
        An earlier run had other settings.
    DataError
        Another run holds the folder, or this shard of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held, writing_shard(shard.number):
        with ExitStack() as opening:
            gate, wait_s = (opening, _TURN_S) if shard.number else (held, _GLANCE_S)
            _take(gate, folder, 0, wait_s, f"Another run is writing to {folder}.")
            if shard.number:
                problem = f"Shard {shard} of {folder} is running already."
                _take(held, folder, shard.number, _GLANCE_S, problem)
            before = None if overwrite else read_run(folder)  # which may be damaged
            if not shard.number or before is None or _shards(before) != shard.of:
                _take_others(gate, folder, shard)
            if overwrite:
                _clear(folder)
            if before is not None:
                kept = read_kept(before.get("settings", {}))
                refuse_other_settings(folder, {**before, "settings": kept}, run)
            if before is None or _shards(before) != shard.of:
                write_run(folder, _divided(run if before is None else before, shard))
        yield Store(folder, shard)


def running_shards(folder: Path) -> set[int]:
    """Return the numbers of the shards whose runs hold their lock now; 0 is an undivided run."""
    numbers = set()
    for path in folder.glob(f"{_LOCK}*"):
        try:
            FileLock(path).acquire(timeout=0).lock.release()
        except Timeout:
            numbers.add(_number(path))
    return numbers


def _take(held: ExitStack, folder: Path, number: int, timeout_s: float, problem: str) -> None:
    """Hold a lock as long as `held` is open.

    Raises
    ------
    DataError
        Somebody else holds it.
    """
    try:
        held.enter_context(FileLock(folder / f"{_LOCK}{number}").acquire(timeout=timeout_s))
    except Timeout as error:
        raise DataError(problem, hint="Wait for it to end, or use another -o.") from error


def _take_others(held: ExitStack, folder: Path, shard: Shard) -> None:
    """Hold the locks of all shards that ever ran in the folder, except this one's."""
    for number in sorted(_number(path) for path in folder.glob(f"{_LOCK}*")):
        if number not in (0, shard.number):
            problem = f"Shard {number} of another run is writing to {folder}."
            _take(held, folder, number, _GLANCE_S, problem)


def _number(lock: Path) -> int:
    return int(lock.name.removeprefix(_LOCK))


def _shards(run: Mapping[str, Any]) -> int:
    """Return by how many shards a folder is divided, as `run.json` records."""
    return int(run.get("run", {}).get(_SHARDS, 1))


def _divided(run: Mapping[str, Any], shard: Shard) -> dict[str, Any]:
    """Return the content of `run.json` with the number of shards, which an undivided run lacks."""
    how = {name: value for name, value in run.get("run", {}).items() if name != _SHARDS}
    return {**run, "run": {**how, _SHARDS: shard.of} if shard.number else how}


def _clear(folder: Path) -> None:
    """Remove what a run writes, and nothing else."""
    for name in (RUN, SCHEMA, FAILURES):
        (folder / name).unlink(missing_ok=True)
    parts = (path for level in LEVELS for path in folder.glob(f"{level}/part-*.parquet"))
    for path in (*journals_in(folder), *job_files(folder), *parts):
        path.unlink()
