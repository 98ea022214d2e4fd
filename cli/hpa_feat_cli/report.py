"""hpa-feat report: a page about a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import ModelArgument, Overwrite, Seed

_Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE.html", help="The page to write.")
]


def report(
    console: Console,
    model: ModelArgument,
    output: _Output = Path("report.html"),
    seed: Seed = 0,
    overwrite: Overwrite = False,
) -> int:
    """Write a page about a model: scores, curves and settings, in one file."""
    from hpa_features.core.settings import ReportSettings
    from hpa_features.pipeline.report import report as run

    summary = run(
        str(model),
        str(output),
        ReportSettings(seed=seed),
        progress=console,
        overwrite=overwrite,
    )
    return console.done(summary)
