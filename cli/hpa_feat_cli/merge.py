"""`hpa-feat merge`: output folders of the same command → one, or a file of predictions."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import PredictionForm


def merge(
    console: Console,
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR…",
            help="Output folders of segment, extract or predict, with the same settings, of "
            "different fields.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR|FILE|-",
            help="Folder that gets what all hold; or, of predict, a .csv, .ndjson or .parquet "
            "file, or stdout.",
        ),
    ],
    form: Annotated[
        PredictionForm,
        typer.Option("--format", help="How a file of predictions is laid out, as of predict."),
    ] = PredictionForm.WIDE,
    overwrite: Overwrite = False,
) -> int:
    """Copy what several runs wrote into one folder, or write predictions as one file."""
    from hpa_features.pipeline.merge import merge as merge_folders
    from hpa_features.pipeline.merge_predictions import merge_predictions
    from hpa_features.pipeline.predict_folder import prediction_folder

    names = [str(folder) for folder in folders]
    if prediction_folder(output) is None:
        if output == "-" and console.as_json:
            raise UsageError("--json and -o - both write to stdout.", hint="Omit --json.")
        summary = merge_predictions(names, output, form, overwrite=overwrite, stdout=sys.stdout)
        judge = ["hpa-feat", "evaluate", output, "labels.csv"]
        console.failures(summary.failed)
        return console.done(summary, next_command="" if output == "-" else shlex.join(judge))
    if form is not PredictionForm.WIDE:
        raise UsageError(f"--format {form} is for a file of predictions.", hint="-o FILE")
    summary = merge_folders(names, output, console, overwrite=overwrite, command=console.typed)
    console.failures(summary.failed)
    return console.done(summary, next_command=shlex.join(["hpa-feat", "status", output]))
