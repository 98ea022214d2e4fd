"""Memory and processor time of a command and of each process that it starts. Linux only."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 0.1
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_NEVER_LOOKED = (0.0, 0.0)


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
        (peak memory in MiB, processor seconds) of the command's own process and of each process
        that it started, as last looked at.
    """

    output: str
    wall_s: float
    processor_s: float
    main: tuple[float, float]
    workers: tuple[tuple[float, float], ...]

    @property
    def peak_mib(self) -> float:
        """Peak memory of all processes together."""
        return self.main[0] + sum(peak for peak, _ in self.workers)

    @property
    def longest_s(self) -> float:
        """Processor seconds of the command's own process and of its busiest worker.

        This is the wall time of the run on a machine without other work.
        """
        return self.main[1] + max((seconds for _, seconds in self.workers), default=0.0)


def watch(command: Sequence[str | Path]) -> Watched:
    """Run a command and return what it took; its exit code must be 0."""
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    main, workers = _NEVER_LOOKED, {}
    while process.poll() is None:
        main = _look(process.pid) or main
        for child in _children(process.pid):
            # The last look counts: before it runs its own program a child is its parent's copy.
            workers[child] = _look(child) or workers.get(child, _NEVER_LOOKED)
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
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")
    except OSError:
        return []
    return [int(each) for each in text.split()]


def _look(process: int) -> tuple[float, float] | None:
    """Return the peak memory in MiB and the processor seconds, None when it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    peaks = [float(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line]
    user, system = stat.rpartition(")")[2].split()[11:13]  # after the name: fields 14 and 15
    return (peaks[0], (int(user) + int(system)) * _TICK_S) if peaks else None
