"""hpa-feat report: a page about a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions
from hpa_feat_cli.model_input_options import MovedBlock
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    Jobs,
    ModelArgument,
    Overwrite,
    Seed,
    local_executor,
)
from hpa_features.core.settings import InputSettings

_Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE.html", help="The page to write.")
]
_Images = Annotated[
    str,
    typer.Option(
        metavar="INPUT",
        help="Images of the training fields, for thumbnails: a folder, a quoted glob or a "
        "manifest.",
        show_default="no thumbnails",
    ),
]
_Features = Annotated[
    str,
    typer.Option(
        metavar="FEATURES",
        help="The training features, if they have moved since training.",
        show_default=False,
    ),
]
_Repeats = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Also shuffle each block N times on held-out rows, as importance does.",
    ),
]


def report(
    console: Console,
    model: ModelArgument,
    files: InputOptions = InputSettings(),
    output: _Output = Path("report.html"),
    images: _Images = "",
    features: _Features = "",
    block: MovedBlock = None,
    repeats: _Repeats = 0,
    seed: Seed = 0,
    jobs: Jobs = None,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    overwrite: Overwrite = False,
) -> int:
    """Write a page about a model in one file: scores, what each label relies on, example cells."""
    from hpa_features.core.judge_settings import ReportSettings
    from hpa_features.pipeline.report import report as run

    settings = ReportSettings(
        features=features,
        blocks=tuple(block or ()),
        images=images,
        input=files,
        repeats=repeats,
        seed=seed,
    )
    summary = run(
        str(model),
        str(output),
        settings,
        progress=console,
        executor=local_executor(jobs, field_timeout),
        overwrite=overwrite,
    )
    if summary.caution:
        console.warn(summary.caution)
    return console.done(summary)
