"""`hpa-feat merge`: output folders of the same command → one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite


def merge(
    console: Console,
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR…",
            help="Output folders of segment or extract, with the same settings, of different "
            "fields.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="Folder that gets what all hold."),
    ],
    overwrite: Overwrite = False,
) -> int:
    """Copy what runs on several machines wrote into one folder."""
    from hpa_features.pipeline.merge import merge as merge_folders

    names = [str(folder) for folder in folders]
    summary = merge_folders(names, str(output), console, overwrite=overwrite, command=console.typed)
    console.failures(summary.failed)
    return console.done(summary, next_command=shlex.join(["hpa-feat", "status", str(output)]))
