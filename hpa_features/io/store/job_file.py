"""`job-<shard>.json`: what a run set out to do, for others to see how far it is."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hpa_features.core.errors import DataError
from hpa_features.core.shard import Shard
from hpa_features.io.atomic import write_json

_NAME = "job-"


@dataclass(frozen=True, slots=True)
class Job:
    """A run into a folder.

    Attributes
    ----------
    shard
        Which of several runs it is.
    fields
        How many fields it is to do, those done before included.
    command
        What was typed; empty where the run was not started from a shell.
    folder
        Where it was typed.
    machine, started
        On which machine it began, and when (UTC).
    """

    shard: Shard
    fields: int
    command: tuple[str, ...]
    folder: str
    machine: str
    started: str


def job_now(shard: Shard, fields: int, command: Sequence[str]) -> Job:
    """Return the job of a run of this process that begins now."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return Job(shard, fields, tuple(command), str(Path.cwd()), platform.node(), started)


def write_job(folder: Path, job: Job) -> None:
    """Write the file of a job; an undivided run removes those of shards, whose fields it has."""
    if not job.shard.number:
        for path in job_files(folder):
            path.unlink()
    about = {name: getattr(job, name) for name in Job.__slots__ if name != "shard"}
    content = {"shard": job.shard.number, "shards": job.shard.of, **about}
    write_json(folder / f"{_NAME}{job.shard.number}.json", content)


def job_files(folder: Path) -> list[Path]:
    """Return the files of the jobs of a folder."""
    return sorted(folder.glob(f"{_NAME}*.json"))


def read_jobs(folder: Path) -> dict[int, Job]:
    """Return the jobs of a folder by the number of their shard.

    Raises
    ------
    DataError
        A file cannot be read.
    """
    return {job.shard.number: job for job in map(_read, job_files(folder))}


def _read(path: Path) -> Job:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Job(
            Shard(int(plain["shard"]), int(plain["shards"])),
            int(plain["fields"]),
            tuple(map(str, plain["command"])),
            *(str(plain[name]) for name in ("folder", "machine", "started")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            hint="Run the same command again; it rewrites the file.",
        ) from error
