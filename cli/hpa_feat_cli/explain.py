"""hpa-feat explain: why fields have their labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.cellpose_options import (
    NONE_CHOSEN,
    MeasuringDevice,
    TrainedCellposeOptions,
)
from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions
from hpa_feat_cli.model_input_options import JoinedBlock, ModelInput, Network
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    Jobs,
    ModelArgument,
    Overwrite,
    local_executor,
)
from hpa_features.core.settings import CellposeChoices, Device, InputSettings, PredictSettings

_Id = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="ID", help="Field to explain; may be repeated. Without it: all."),
]
_Label = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Label to print; may be repeated. Without it: those predicted, and the two nearest "
        "to it.",
    ),
]
_Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="A .json file with all labels and blocks, or an .html page with pictures.",
    ),
]
_Cells = Annotated[
    Path | None,
    typer.Option(
        metavar="TABLE",
        help="Table of cells, for a model trained on cells, if INPUT is a table of images.",
    ),
]


def explain(
    console: Console,
    model: ModelArgument,
    source: ModelInput,
    field: _Id = None,
    label: _Label = None,
    output: _Output = "",
    block: JoinedBlock = None,
    cells: _Cells = None,
    embedding: Network = None,
    cellpose: TrainedCellposeOptions = NONE_CHOSEN,
    files: InputOptions = InputSettings(),
    overwrite: Overwrite = False,
    device: MeasuringDevice = Device.AUTO,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    jobs: Jobs = None,
) -> int:
    """Explain why fields have their labels, and why not others, by the features that decide it."""
    from hpa_features.pipeline.explain import explain as run
    from hpa_features.pipeline.explain_files import as_json

    summary = run(
        str(model),
        source,
        output,
        ids=tuple(field or ()),
        labels=tuple(label or ()),
        settings=PredictSettings(
            blocks=tuple(block or ()),
            cells="" if cells is None else str(cells),
            input=files,
            cellpose=CellposeChoices(**cellpose),
            embedding="" if embedding is None else str(embedding),
            device=device,
            overwrite=overwrite,
        ),
        progress=console,
        executor=local_executor(jobs, field_timeout),
        stdin=sys.stdin.buffer,
    )
    console.failures(summary.failed)
    if not output and not console.as_json:
        from hpa_features.report.reason_words import field_text

        for each in summary.reasons:
            typer.echo(field_text(each, summary.labels))
    reasons = [as_json(each) for each in summary.reasons]
    return console.done(summary, more={"reasons": reasons})
