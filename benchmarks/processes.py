"""Memory and processor time of a command and of each process that it starts. Linux only."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

LOOK_EVERY_S = 0.1
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process as last looked at.

    Attributes
    ----------
    peak_mib
        Peak memory.
    processor_s
        Processor time.
    waited_s
        Processor time of the busiest of its siblings when it was first seen.
    """

    peak_mib: float = 0.0
    processor_s: float = 0.0
    waited_s: float = 0.0

    @property
    def end_s(self) -> float:
        """When it ended, in processor time since the first of its siblings started."""
        return self.waited_s + self.processor_s


@dataclass(frozen=True)
class Watched:
    """What a command took.

    Attributes
    ----------
    output
        What it printed on standard output.
    wall_s, processor_s
        Wall time, and processor time of all its processes.
    main, workers
        The command's own process, and each process that it started.
    """

    output: str
    wall_s: float
    processor_s: float
    main: Process
    workers: tuple[Process, ...]

    @property
    def peak_mib(self) -> float:
        """Peak memory of all processes together."""
        return self.main.peak_mib + sum(each.peak_mib for each in self.workers)

    @property
    def longest_s(self) -> float:
        """Processor seconds of the longest chain of processes that wait for each other.

        That is the command's own process and the worker with the longest sum of its own seconds
        and those that the workers before it had used when it started. It is about the wall time
        on a machine without other work.
        """
        return self.main.processor_s + max((each.end_s for each in self.workers), default=0.0)


def watch(command: Sequence[str | Path]) -> Watched:
    """Run a command and return what it took; its exit code must be 0."""
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    main, workers = Process(), dict[int, Process]()
    while process.poll() is None:
        main = _look(process.pid, main)
        for child in _children(process.pid):
            if child not in workers:
                busiest = max((each.processor_s for each in workers.values()), default=0.0)
                workers[child] = Process(waited_s=busiest)
            # The last look counts: before it runs its own program a child is its parent's copy.
            workers[child] = _look(child, workers[child])
        time.sleep(LOOK_EVERY_S)
    wall = time.perf_counter() - begin
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with code {process.returncode}.")
    after = os.times()
    processor = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return Watched(output, wall, processor, main, tuple(workers.values()))


def _children(process: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(each) for each in thread.read_text(encoding="utf-8").split()]
    return found


def _look(process: int, known: Process) -> Process:
    """Return a process as it is now, or as it is `known` when it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return known
    peaks = [float(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line]
    if not peaks:  # it has ended, and nobody has asked for its exit code yet
        return known
    user, system = stat.rpartition(")")[2].split()[11:13]  # after the name: fields 14 and 15
    seconds = (int(user) + int(system)) * _TICK_S
    return replace(known, peak_mib=peaks[0], processor_s=seconds)
