"""How the library reports progress: a protocol that the command line draws.

The library never prints. A verb takes a `Progress`; tests and scripts pass `SILENT`.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a command reports while it works."""

    def start(self, what: str, total: int | None, done: int = 0) -> None:
        """A stretch of work begins: `what` in a word or two, `total` steps (None: unknown).

        `done` steps were done by an earlier run.
        """

    def advance(self, steps: int = 1) -> None:
        """`steps` more are done."""

    def finish(self) -> None:
        """The stretch of work has ended."""

    def note(self, message: str) -> None:
        """A line the user should read: a choice that was made, a count, a consequence."""

    def warn(self, message: str) -> None:
        """A line the user must read: something is probably not as intended."""


class _Silent:
    """Ignores every report."""

    def _forget(self, *told: object, **named: object) -> None:
        del told, named

    start = advance = finish = note = warn = _forget


SILENT: Progress = _Silent()


class WarningRecorder:
    """Passes everything on to another `Progress` and keeps the warnings."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.start = progress.start
        self.advance = progress.advance
        self.finish = progress.finish
        self.note = progress.note
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        """Keep it and pass it on."""
        self.warnings.append(message)
        self.progress.warn(message)
