"""status: how far the runs into an output folder are, and how to complete them."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.shard import Shard, share_of

if TYPE_CHECKING:
    from hpa_features.io.store.job_file import Job

_OPTION = re.compile(r"--shard(=.*)?")


class JobState(StrEnum):
    """What became of a run."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How far one run is.

    Attributes
    ----------
    shard
        Which of several runs it is; ``0/1`` is a run that is not divided.
    state
        Whether it runs, and if not, whether it has done all its fields.
    fields
        How many fields it is to do; None where it has not started.
    done, failed
        How many of them have results, and how many failed.
    command
        What to type to complete it; empty where that is not known or there is nothing to do.
    """

    shard: Shard
    state: JobState
    fields: int | None
    done: int
    failed: int
    command: str


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """How far the runs into a folder are.

    Attributes
    ----------
    verb
        The command that writes it.
    fields
        Fields of all runs that have started.
    done, failed
        How many of them have results, and how many failed.
    jobs
        Each run, in the order of its number.
    """

    verb: str
    fields: int
    done: int
    failed: int
    jobs: tuple[JobStatus, ...]

    def count(self, state: JobState) -> int:
        """Return how many runs are in this state."""
        return sum(job.state is state for job in self.jobs)


def status(folder: str) -> FolderStatus:
    """Return how far the runs into an output folder of segment, extract or predict are.

    Only files are read, so that it may be asked at any time and from any machine.

    Raises
    ------
    UsageError
        No run has written to the folder.
    DataError
        A file of a run cannot be read.
    """
    from hpa_features.io.store.job_file import read_jobs
    from hpa_features.io.store.journal import journals_in, outcomes
    from hpa_features.io.store.opening import running_shards
    from hpa_features.io.store.run_file import read_run

    path = Path(folder)
    run, jobs = read_run(path), read_jobs(path)
    if run is None or not jobs:
        raise UsageError(
            f"{folder} has no record of a run.",
            hint="Give the folder that segment, extract or predict was given as -o.",
        )
    running = running_shards(path)  # before the journals: what ends meanwhile is complete there
    found = tuple(_statuses(jobs, outcomes(journals_in(path)), running))
    return FolderStatus(
        verb=str(run.get("verb")),
        fields=sum(job.fields or 0 for job in found),
        done=sum(job.done for job in found),
        failed=sum(job.failed for job in found),
        jobs=found,
    )


def _statuses(
    jobs: Mapping[int, Job], fields: Mapping[str, Failure | None], running: set[int]
) -> Iterator[JobStatus]:
    """Yield the status of every run that is needed for all fields, started or not."""
    newest = max(jobs.values(), key=lambda job: job.started)
    of = newest.shard.of
    done, failed = Counter[int](), Counter[int]()
    for field_id, failure in fields.items():
        number = share_of(field_id, of) if newest.shard.number else 0
        (done if failure is None else failed)[number] += 1
    for number in range(1, of + 1) if newest.shard.number else (0,):
        shard, job = Shard(number, of), jobs.get(number)
        if job is None or job.shard != shard:
            command = _command(newest, shard)
            yield JobStatus(shard, JobState.NOT_STARTED, None, 0, 0, command)
            continue
        known = done[number] + failed[number]
        state = _state(job, known, running=number in running)
        command = _command(job, shard) if state is JobState.STOPPED else ""
        total = max(job.fields, known)  # a watch cannot know how many will come
        yield JobStatus(shard, state, total, done[number], failed[number], command)


def _state(job: Job, known: int, *, running: bool) -> JobState:
    if running:
        return JobState.RUNNING
    return JobState.COMPLETE if known >= job.fields else JobState.STOPPED


def _command(job: Job, shard: Shard) -> str:
    """Return the command of `job` as it is typed for `shard`."""
    if not job.command:
        return ""
    words = list(_without_shard(job.command))
    if shard.number:
        words += ["--shard", str(shard)]
    here = Path.cwd() == Path(job.folder)
    return ("" if here else f"cd {shlex.quote(job.folder)} && ") + shlex.join(words)


def _without_shard(command: Iterable[str]) -> Iterator[str]:
    words = iter(command)
    for word in words:
        match = _OPTION.fullmatch(word)
        if match is None:
            yield word
        elif match[1] is None:
            next(words, None)
