"""Results as aligned text on stdout: readable on a screen, never truncated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import typer


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column aligned left, the others right."""
    lines = [header, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:]))]
        typer.echo("  ".join(cells).rstrip())


def number(value: float, digits: int = 3) -> str:
    """Return a number as text, – for NaN."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def interval(low_high: tuple[float, float]) -> str:
    """Return an interval in brackets, – for NaN."""
    low, high = low_high
    return "–" if math.isnan(low) else f"[{low:.3f}, {high:.3f}]"


def plain(value: float) -> float | None:
    """Return None (null in JSON) for NaN, else the number."""
    return None if math.isnan(value) else value
