"""hpa-feat features: what each column means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite

if TYPE_CHECKING:
    from hpa_features.pipeline.features import DictionaryRow

_FEW = 5  # columns that are described in full


def features(
    console: Console,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Columns of either table, families, Image, Metadata, landmarks, or words of a "
            "description; default: everything.",
            show_default=False,
        ),
    ] = None,
    find: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Only columns whose name or description contains this text.",
            show_default=False,
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE.csv|.md", help="Write the dictionary to a file instead."
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> int:
    """Print the meaning and unit of each column; with -o also range, formula and NaN rule."""
    from hpa_features.pipeline.features import features as run
    from hpa_features.pipeline.features import write_dictionary

    rows = run(names or (), find)
    if output is not None:
        write_dictionary(rows, output, overwrite=overwrite)
        console.note(f"done: {len(rows):,} columns")
        console.note(f"result: {output}")
    elif console.as_json:
        console.write_json({"columns": [_finite(asdict(row)) for row in rows]})
    else:
        for row in rows:
            typer.echo(f"{row.column} [{row.unit}]")
            typer.echo(f"    {row.meaning}")
            if len(rows) <= _FEW:
                for line in _details(row):
                    typer.echo(f"    {line}")
    return 0


def _details(row: DictionaryRow) -> Iterator[str]:
    from hpa_features.report.block_words import block_words

    if limits := _range(row):
        yield f"range: {limits}"
    if row.undefined_when:
        yield f"undefined: {row.undefined_when}"
    if row.source:
        yield f"source: {row.source}"
    if row.block:
        yield f"block: {block_words(row.block)} ({row.block})"
    endings = ", ".join(f"_{each}" for each in row.statistics.split())
    also = f"; the table of images has its statistics {endings}" if endings else ""
    yield f"table: {row.tables.replace(' ', ' and ')}{also}"


def _range(row: DictionaryRow) -> str:
    """Return the bounds of the values in words, empty where there are none."""
    low, high = (None if each is None or math.isinf(each) else each for each in (row.low, row.high))
    if low is None:
        return "" if high is None else f"{high:g} or less"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def _finite(row: dict[str, object]) -> dict[str, object]:
    """Return the row with None for infinite bounds, which JSON cannot hold."""
    return {k: None if isinstance(v, float) and math.isinf(v) else v for k, v in row.items()}
