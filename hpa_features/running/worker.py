"""A process that runs tasks for this one and ends with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from hpa_features.running.isolation import Caught, catch
from hpa_features.running.memory import keep_freed_memory
from hpa_features.running.threads import single_threaded

_PATIENCE_S = 10.0  # a process that waits for a dead disk cannot even be killed


class Worker:
    """The process and our end of its pipe.

    It is sent the work, then what prepares for it or None, then tasks one by one, and reports
    pairs: ``begin`` and ``done`` of a `Monitor`, ``ready`` when it is prepared, and ``result`` or
    ``error`` of a task.
    """

    def __init__(self) -> None:
        # Spawned, not forked: a fork copies locks that threads of BLAS or numba may hold.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _interrupts_ignored():
            self._process.start()
        theirs.close()

    def send(self, content: Any) -> None:
        """Send what it waits for; when it has died, `receive` will raise."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(content)

    def receive(self) -> tuple[str, Any]:
        """Return its next report.

        Raises
        ------
        EOFError
            It has ended.
        """
        try:
            kind, content = self.pipe.recv()
        except ConnectionResetError as error:
            raise EOFError from error
        return kind, content

    def exit_code(self) -> int | None:
        """Return how it ended, a signal below 0; called after `receive` has raised."""
        self._process.join()
        return self._process.exitcode

    def stop(self) -> None:
        """Kill it; files that it was writing stay unfinished."""
        self._process.kill()
        self._process.join(_PATIENCE_S)
        self.pipe.close()


@dataclass(frozen=True, slots=True)
class _Reports:
    """A `Monitor` that reports to the parent."""

    pipe: Connection

    def begin(self, *items: str) -> None:
        self.pipe.send(("begin", items))

    def done(self, count: int = 1) -> None:
        self.pipe.send(("done", count))


def _serve(pipe: Connection) -> None:
    """Run tasks until the parent is gone."""
    _end_with_parent()
    keep_freed_memory()
    # Reports to a parent that is gone fail; what the work itself raises goes through `_answer`.
    with suppress(ConnectionError), single_threaded():
        outcome = catch(partial(_run_tasks, pipe))
        if isinstance(outcome, Caught):  # what cannot be unpickled here ends the run there
            _send_error(pipe, outcome.error)


def _run_tasks(pipe: Connection) -> None:
    """Prepare, then run tasks; raises what receiving raises."""
    reports = _Reports(pipe)
    work, prepare = pipe.recv(), pipe.recv()
    if prepare is not None:
        _answer(pipe, "ready", prepare)
    while True:
        _answer(pipe, "result", partial(work, pipe.recv(), reports))


def _answer(pipe: Connection, kind: str, function: Callable[[], Any]) -> None:
    """Report what `function` returns, or what it raised."""
    outcome = catch(lambda: pipe.send((kind, function())))
    if isinstance(outcome, Caught):
        _send_error(pipe, outcome.error)


def _send_error(pipe: Connection, error: Exception) -> None:
    trace = "".join(traceback.format_exception(error))
    error.add_note(f"In a worker process:\n{trace}")
    pipe.send(("error", error))


def _end_with_parent() -> None:
    """Exit at once and without a message when the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), daemon=True).start()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let a process started in here ignore Ctrl-C, which is the parent's to handle."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
