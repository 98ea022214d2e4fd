"""Work for the pool's tests: spawned processes must be able to import it."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from hpa_features.core.errors import UsageError


def square(task: int, monitor) -> int:
    monitor.begin(str(task))
    monitor.done()
    return task * task


@dataclass(frozen=True)
class DieOnThree:
    def __call__(self, task: int, monitor) -> int:
        monitor.begin(str(task))
        if task == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return square(task, monitor)


@dataclass(frozen=True)
class HangOn:
    tasks: set[int]

    def __call__(self, task: int, monitor) -> int:
        monitor.begin(str(task))
        if task in self.tasks:
            threading.Event().wait()
        return square(task, monitor)


def hang_on_all(task: str, monitor) -> None:
    monitor.begin(*task)
    threading.Event().wait()


def refuse(task: int, _monitor) -> int:
    raise UsageError(f"task {task} is wrong.", hint="Say another.")


def unpicklable(_task: int, _monitor):
    return threading.Lock()


class NotHere:
    """Can be pickled, and not unpickled."""

    def __reduce__(self):
        return not_here, ()


def not_here():
    raise RuntimeError("it is not here")


@dataclass(frozen=True)
class Prepared:
    """Preparing leaves a mark; the process notes how many marks it found before its own.

    Where it is deadly, the first process to prepare is killed.
    """

    folder: Path
    deadly: bool = False

    def prepare(self) -> None:
        if self.deadly and not (self.folder / "killed").exists():
            (self.folder / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        found = len(list(self.folder.glob("mark-*")))
        (self.folder / f"process-{os.getpid()}").write_text(str(found))
        (self.folder / f"mark-{os.getpid()}").touch()

    def __call__(self, _task: int, _monitor) -> int:
        return len(list(self.folder.glob("mark-*")))


def note_preparation() -> None:
    raise UsageError("it lacks something.")


def announce(_task: int, monitor) -> None:
    os.write(1, b"waiting\n")
    monitor.done()
    threading.Event().wait()


def surroundings(_task: int) -> tuple[str | None, int, bool]:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.environ.get("OMP_NUM_THREADS"), os.getpid(), ignored


def touch(task: Path, _monitor) -> Path:
    task.touch()
    return task
