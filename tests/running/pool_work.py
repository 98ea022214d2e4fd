"""Work for the pool's tests: spawned processes must be able to import it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from hpa_features.core.errors import UsageError


def square(task: int, step) -> int:
    step()
    return task * task


def die_on_three(task: int, step) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(task, step)


def refuse(task: int, _step) -> int:
    raise UsageError(f"task {task} is wrong.", hint="Say another.")


def surroundings(_task: int) -> tuple[str | None, int, bool]:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.environ.get("OMP_NUM_THREADS"), os.getpid(), ignored


def touch(task: Path, _step) -> Path:
    task.touch()
    return task
