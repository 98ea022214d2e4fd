"""Options of `hpa-feat predict`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from hpa_features.core.settings import Level, PredictionForm

PredictedOutput = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR|FILE|-",
        help="A .csv, .ndjson or .parquet file; - is stdout; a folder (a name without such an "
        "ending) gets the predictions of images in parts, an interrupted run resumes there, and "
        "hpa-feat merge writes them as a file.",
    ),
]
FormOption = Annotated[
    PredictionForm,
    typer.Option(
        "--format",
        help="wide: one row per field; long: one row per field and label; kaggle: Id,Predicted; "
        "ndjson: one JSON object per field.",
    ),
]
IdsFrom = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="Predict only the Ids of this table, in its order."),
]
ForceOne = Annotated[
    bool,
    typer.Option(
        "--force-one",
        help="Assign the most probable label to fields where none passes its threshold.",
    ),
]
TargetPrevalence = Annotated[
    str,
    typer.Option(
        metavar="CSV|em",
        help="Adjust probabilities and thresholds to label frequencies that differ from training: "
        "a table of label and prevalence, or em to estimate them (only labels with clear evidence "
        "change).",
        show_default=False,
    ),
]
CellsTable = Annotated[
    Path | None,
    typer.Option(
        metavar="TABLE",
        help="Table of cells, for a model trained on cells or --level cells, if INPUT is a table "
        "of images.",
    ),
]
PredictedLevel = Annotated[
    Level,
    typer.Option(
        help="image: labels of each field; cells: log-odds of each label for each cell (alone: of "
        "a field of such cells only; gain: of the field minus those without the cell; score: by a "
        "model trained on cells).",
    ),
]
SETTLE_S = 5.0


def _seconds(value: float | None) -> float | None:
    if value is not None and not 0 <= value < math.inf:
        raise typer.BadParameter(f"must be 0 or more, got {value:g}.")
    return value


WatchOption = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Watch a folder of images until Ctrl-C: print a JSON object for each field once its "
        "files are complete. With -o DIR, predictions are kept there, and after a restart no field "
        "is predicted again.",
    ),
]
SettleOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        callback=_seconds,
        help="With --watch: a field is complete when its files have not changed for this long.",
        show_default=f"{SETTLE_S:g}",
    ),
]
