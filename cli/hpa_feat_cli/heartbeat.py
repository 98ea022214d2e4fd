"""Progress where stderr is not a terminal (a notebook, Slurm, tee): a line every 30 seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EVERY_S = 30.0


class Heartbeat:
    """Prints how far the work is, from a thread of its own: one step may take minutes.

    Parameters
    ----------
    print_line
        Prints a line.
    every_s
        Seconds between lines, also across stretches of work that are shorter.
    clock
        Seconds, as `time.monotonic`.
    """

    def __init__(
        self,
        print_line: Callable[[str], None],
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._print = print_line
        self._every_s = every_s
        self._clock = clock
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._what = ""

    def start(self, what: str, total: int | None, done: int = 0) -> None:
        """A stretch of work begins."""
        self._total, self._done, self._before = total, done, done
        self._began = self._clock()
        self._what = what
        if self._thread is None:
            self._thread = threading.Thread(target=self._beat, daemon=True)
            self._thread.start()

    def advance(self, steps: int) -> None:
        """`steps` more are done."""
        self._done += steps

    def pause(self) -> None:
        """The stretch of work has ended."""
        self._what = ""

    def close(self) -> None:
        """Print no more lines."""
        self._stopped.set()

    def line(self) -> str:
        """Return what is done, of how many, and the time left; empty between stretches."""
        if not self._what:
            return ""
        spent = self._clock() - self._began
        if self._total is None:
            return f"{self._what}: {_duration(spent)} so far"
        text = f"{self._what}: {self._done:,} of {self._total:,} done, {_duration(spent)} so far"
        new = self._done - self._before
        if new:
            left = (self._total - self._done) * spent / new
            text += f", about {_duration(left)} left in this step"
        return text

    def _beat(self) -> None:
        while not self._stopped.wait(self._every_s):
            line = self.line()
            if line:
                self._print(line)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
