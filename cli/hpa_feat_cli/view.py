"""hpa-feat view: a contact sheet of fields or cells."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    InputArgument,
    Jobs,
    Overwrite,
    SegmenterOption,
    local_executor,
)
from hpa_features.core.settings import InputSettings, Level, SegmenterName

_Output = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="FILE", help="The sheet to write, .png or .html."),
]
_Labels = Annotated[str, typer.Option(metavar="CSV", help="True labels, written below each field.")]
_Predictions = Annotated[
    str, typer.Option(metavar="CSV", help="Predictions, written below each field.")
]
_Label = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Show only fields with this label (predicted ones without --labels), the highest "
        "probability first.",
    ),
]
_Worst = Annotated[
    bool,
    typer.Option(
        "--worst",
        help="Show the fields whose predictions contradict their labels, the most confident first.",
    ),
]
_Level = Annotated[Level, typer.Option(help="Show whole fields, or cells of median size.")]
_Most = Annotated[int, typer.Option(min=1, metavar="N", help="Largest number of pictures.")]


def view(
    console: Console,
    source: InputArgument,
    output: _Output = Path("sheet.png"),
    labels: _Labels = "",
    predictions: _Predictions = "",
    label: _Label = "",
    worst: _Worst = False,
    level: _Level = Level.IMAGE,
    most: _Most = 60,
    segmenter: SegmenterOption = SegmenterName.AUTO,
    files: InputOptions = InputSettings(),
    jobs: Jobs = None,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    overwrite: Overwrite = False,
) -> int:
    """Draw a contact sheet: fields or cells with outlines, their protein and their labels."""
    from hpa_features.core.view_settings import ViewSettings
    from hpa_features.pipeline.view import view as run

    settings = ViewSettings(
        labels=labels,
        predictions=predictions,
        label=label,
        worst=worst,
        level=level,
        most=most,
        segmenter=segmenter,
        input=files,
        overwrite=overwrite,
    )
    summary = run(
        source,
        str(output),
        settings,
        console,
        executor=local_executor(jobs, field_timeout),
        stdin=sys.stdin.buffer,
    )
    console.failures(summary.failed)
    return console.done(summary)
