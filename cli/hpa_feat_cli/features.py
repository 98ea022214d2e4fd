"""hpa-feat features: what each column means."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite


def features(
    console: Console,
    families: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FAMILY",
            help="Families to list, also Image and Metadata; default: all.",
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

    rows = run(families or (), find)
    if output is not None:
        write_dictionary(rows, output, overwrite=overwrite)
        console.note(f"done: {len(rows):,} columns")
        console.note(f"result: {output}")
    elif console.as_json:
        console.write_json([_finite(asdict(row)) for row in rows])
    else:
        for row in rows:
            typer.echo(f"{row.column} [{row.unit}]")
            typer.echo(f"    {row.meaning}")
    return 0


def _finite(row: dict[str, object]) -> dict[str, object]:
    """Return the row with None for infinite bounds, which JSON cannot hold."""
    return {k: None if isinstance(v, float) and math.isinf(v) else v for k, v in row.items()}
