"""Terminal output: progress, notes and summary on stderr, results on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from hpa_feat_cli.heartbeat import Heartbeat
from hpa_features.core.failures import Failure

if TYPE_CHECKING:
    import rich.console
    import rich.progress

SOME_FIELDS_FAILED = 3
_SUMMARY = ("fields", "cells", "cells_used", "features", "failures", "seconds", "output")
_SHOWN_FAILURES = 5


def _stderr() -> rich.console.Console:
    from rich.console import Console as RichConsole

    # One message is one line whatever the width of the window.
    return RichConsole(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def print_error(message: str, hint: str = "") -> None:
    """Print an error in red, and the hint below it."""
    stderr = _stderr()
    stderr.print(f"error: {message}", style="red")
    if hint:
        stderr.print(f"  {hint}")


class Console:
    """A `Progress` drawn by rich, and the summary of a command.

    Parameters
    ----------
    quiet
        Only warnings and errors.
    verbose
        Every failed field, not the first few.
    as_json
        Print the summary as one JSON object on stdout.
    typed
        The command, for messages that repeat it.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        verbose: bool = False,
        as_json: bool = False,
        typed: tuple[str, ...] = (),
    ) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        self.typed = typed
        self._bar: rich.progress.Progress | None = None
        self._heartbeat: Heartbeat | None = None

    @cached_property
    def _err(self) -> rich.console.Console:
        return _stderr()

    def start(self, what: str, total: int | None, done: int = 0) -> None:
        """Draw a bar when stderr is a terminal, else print a line now and then."""
        self.finish()
        if self.quiet:
            return
        if not self._err.is_terminal:
            if self._heartbeat is None:
                self._heartbeat = Heartbeat(self.note)
            self._heartbeat.start(what, total, done)
            return
        from rich import progress

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=self._err,
            transient=True,
        )
        self._bar.start()
        self._bar.add_task(what, total=total, completed=done)

    def advance(self, steps: int = 1) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], steps)
        if self._heartbeat is not None:
            self._heartbeat.advance(steps)

    def finish(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if self._heartbeat is not None:
            self._heartbeat.pause()

    def close(self) -> None:
        """End all that draws; the command has ended."""
        self.finish()
        if self._heartbeat is not None:
            self._heartbeat.close()
            self._heartbeat = None

    def note(self, message: str) -> None:
        """Print a line, unless quiet."""
        if not self.quiet:
            self._err.print(message)

    def warn(self, message: str) -> None:
        """Print a warning, even when quiet."""
        self._err.print(f"warning: {message}", style="yellow")

    def failures(self, failed: Sequence[Failure]) -> None:
        """List fields that failed: the first few, all with -v."""
        shown = len(failed) if self.verbose else _SHOWN_FAILURES
        for each in failed[:shown]:
            where = f" ({each.file})" if each.file else ""
            hint = f" {each.hint}" if each.hint else ""
            self.warn(f"field {each.id} failed at {each.stage}{where}: {each.error}{hint}")
        if len(failed) > shown:
            more = len(failed) - shown
            fields = "field" if more == 1 else "fields"
            self.warn(f"{more:,} more {fields} failed; -v lists all.")

    def write_json(self, facts: object) -> None:
        """Print one JSON object on stdout."""
        typer.echo(json.dumps(facts, ensure_ascii=False, allow_nan=False))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a small table on stderr, unless quiet."""
        if self.quiet:
            return
        from rich.table import Table

        table = Table(*header, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self._err.print(table)

    def done(
        self, summary: object, *, next_command: str = "", more: Mapping[str, object] | None = None
    ) -> int:
        """Print the summary of a command and return the exit code.

        `summary` is the verb's summary: those of `_SUMMARY` that it has are printed; `more` is
        only printed as JSON. The exit code is 3 when some fields failed, else 0.
        """
        self.finish()
        given = {name: getattr(summary, name, None) for name in _SUMMARY}
        facts = {name: value for name, value in given.items() if value is not None}
        if self.as_json:
            self.write_json({**facts, **(more or {})})
        self.note(_counts(facts))
        if facts.get("output"):
            self.note(f"result: {_place(facts['output'])}")
        if next_command:
            self.note(f"next: {next_command}")
        return SOME_FIELDS_FAILED if facts.get("failures") else 0


def _place(output: object) -> str:
    return "stdout" if str(output) == "-" else str(output)


def _counts(facts: dict[str, Any]) -> str:
    parts = [
        f"{facts[name]:,} {one if facts[name] == 1 else many}"
        for name, one, many in (
            ("fields", "field", "fields"),
            ("cells", "cell", "cells"),
            ("cells_used", "used for image statistics", "used for image statistics"),
            ("features", "feature", "features"),
        )
        if name in facts
    ]
    if "failures" in facts:
        parts.append(f"{facts['failures']:,} failed")
    if "seconds" in facts:
        parts.append(f"{facts['seconds']:.1f} s")
    return "done: " + ", ".join(parts)
