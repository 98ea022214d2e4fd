"""hpa-feat predict: labels for new images or features."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.cellpose_options import (
    NONE_CHOSEN,
    MeasuringDevice,
    TrainedCellposeOptions,
)
from hpa_feat_cli.columns import number, plain
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
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import (
    CellposeChoices,
    Device,
    InputSettings,
    Level,
    PredictionForm,
    PredictSettings,
)

if TYPE_CHECKING:
    from hpa_features.pipeline.predict_prior import LabelShift

_Output = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FILE|-", help="A .csv, .ndjson or .parquet file; - is stdout."
    ),
]
_Form = Annotated[
    PredictionForm,
    typer.Option(
        "--format",
        help="wide: one row per field; long: one row per field and label; kaggle: Id,Predicted; "
        "ndjson: one JSON object per field.",
    ),
]
_IdsFrom = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="Predict only the Ids of this table, in its order."),
]
_ForceOne = Annotated[
    bool,
    typer.Option(
        "--force-one",
        help="Assign the most probable label to fields where none passes its threshold.",
    ),
]
_TargetPrevalence = Annotated[
    str,
    typer.Option(
        metavar="CSV|em",
        help="Adjust probabilities and thresholds to label frequencies that differ from training: "
        "a table of label and prevalence, or em to estimate them (only labels with clear evidence "
        "change).",
        show_default=False,
    ),
]
_Cells = Annotated[
    Path | None,
    typer.Option(
        metavar="TABLE",
        help="Table of cells, for a model trained on cells or --level cells, if INPUT is a table "
        "of images.",
    ),
]
_Level = Annotated[
    Level,
    typer.Option(
        help="image: labels of each field; cells: log-odds of each label for each cell (alone: of "
        "a field of such cells only; gain: of the field minus those without the cell; score: by a "
        "model trained on cells).",
    ),
]


def predict(
    console: Console,
    model: ModelArgument,
    source: ModelInput,
    output: _Output = "-",
    form: _Form = PredictionForm.WIDE,
    ids_from: _IdsFrom = None,
    force_one: _ForceOne = False,
    target_prevalence: _TargetPrevalence = "",
    block: JoinedBlock = None,
    cells: _Cells = None,
    embedding: Network = None,
    level: _Level = Level.IMAGE,
    cellpose: TrainedCellposeOptions = NONE_CHOSEN,
    files: InputOptions = InputSettings(),
    overwrite: Overwrite = False,
    device: MeasuringDevice = Device.AUTO,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    jobs: Jobs = None,
) -> int:
    """Predict the labels of every field; images are measured like the training images."""
    from hpa_features.pipeline.predict import predict as run
    from hpa_features.pipeline.predict_cells import predict_cells as run_cells

    if output == "-" and console.as_json:
        raise UsageError(
            "--json and -o - both write to stdout.", hint="Give a file name to -o, or omit --json."
        )
    settings = PredictSettings(
        blocks=tuple(block or ()),
        cells="" if cells is None else str(cells),
        force_one=force_one,
        target_prevalence=target_prevalence,
        ids_from="" if ids_from is None else str(ids_from),
        input=files,
        cellpose=CellposeChoices(**cellpose),
        embedding="" if embedding is None else str(embedding),
        device=device,
        overwrite=overwrite,
    )
    executor = local_executor(jobs, field_timeout)
    if level is Level.CELLS:
        _refuse_with_cells(form, settings)
        cells_of = run_cells(
            str(model),
            source,
            output,
            settings,
            console,
            executor=executor,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
        )
        console.failures(cells_of.failed)
        return console.done(cells_of)
    summary = run(
        str(model),
        source,
        output,
        form,
        settings,
        console,
        executor=executor,
        stdin=sys.stdin.buffer,
        stdout=sys.stdout,
    )
    console.failures(summary.failed)
    _print_prevalence(console, summary.prevalence)
    judge = ["hpa-feat", "evaluate", output, "labels.csv"]
    return console.done(
        summary,
        next_command="" if output == "-" else shlex.join(judge),
        more={
            "in_training": summary.in_training,
            "simulated_training": summary.simulated,
            **({"prevalence": _as_json(summary.prevalence)} if summary.prevalence else {}),
        },
    )


def _refuse_with_cells(form: PredictionForm, settings: PredictSettings) -> None:
    """Refuse options that mean labels of fields.

    Raises
    ------
    UsageError
        One is given.
    """
    given = {
        f"--format {form}": form is not PredictionForm.WIDE,
        "--ids-from": settings.ids_from,
        "--force-one": settings.force_one,
        "--target-prevalence": settings.target_prevalence,
    }
    for option, chosen in given.items():
        if chosen:
            raise UsageError(f"{option} applies to fields, not to --level cells.", hint="Omit it.")


def _print_prevalence(console: Console, prevalence: Mapping[str, LabelShift]) -> None:
    """Print the labels whose prevalence and threshold differ from training."""
    rows = [
        (
            name,
            f"{each.trained:.2%}",
            f"{each.target:.2%}",
            number(each.p_value),
            f"{each.threshold_trained:.3f}",
            f"{each.threshold:.3f}",
        )
        for name, each in prevalence.items()
        if each.target != each.trained
    ]
    if rows:
        console.table(("label", "in training", "here", "p", "threshold", "threshold here"), rows)
    if prevalence:
        same = len(prevalence) - len(rows)
        console.note(
            f"prevalence differs from training for {len(rows)} labels, is the same for {same}"
        )


def _as_json(prevalence: Mapping[str, LabelShift]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            "trained": each.trained,
            "target": each.target,
            "p_value": plain(each.p_value),
            "threshold_trained": each.threshold_trained,
            "threshold": each.threshold,
        }
        for name, each in prevalence.items()
    }
