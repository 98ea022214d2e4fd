"""`hpa-feat train`: parse, train, print how good the model is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite, Seed
from hpa_feat_cli.worker_options import WorkerOptions, Workers
from hpa_features.core.settings import Device
from hpa_features.core.train_settings import TrainOn, TrainSettings

FeaturesArgument = Annotated[
    str,
    typer.Argument(
        metavar="FEATURES",
        help="A folder written by extract, or any numeric table with an Id column (Parquet, CSV, "
        "Arrow).",
        show_default=False,
    ),
]
LabelsArgument = Annotated[
    str,
    typer.Argument(
        metavar="LABELS",
        help="CSV or Parquet with Id and one of: Target (numbers 0–27 of the 2018 challenge, "
        "separated by spaces), Label (numbers 0–18 of the 2021 challenge, separated by |), Labels "
        "(names separated by ; or |), or one 0/1 column per label.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Model folder to write; an interrupted training resumes from DIR.unfinished.",
        show_default=False,
    ),
]
Group = Annotated[
    str,
    typer.Option(
        metavar="auto|COLUMN|none",
        help="Rows with the same value of this column stay on one side of every split; auto: the "
        "first column found among gene, antibody, plate and Group.",
    ),
]
GroupsFile = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="Groups from a separate table with columns Id and Group."),
]
Block = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        metavar="TABLE",
        help="Join another table by Id, as a block named after its file (also .npz and .h5ad; "
        "FILE.npz#array=NAME, FILE.h5ad#obsm=NAME choose a matrix); may be repeated.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="BLOCK",
        help="Exclude a block of columns, such as Acquisition, or all blocks of a family or "
        "landmark, such as Texture; may be repeated.",
    ),
]
OwnLabelColumns = Annotated[
    str,
    typer.Option(
        "--own-label-columns",
        metavar="PATTERN",
        help="Columns that are scores of a label by other classifiers, such as '{label}.net*': "
        "each label also learns from its own scores alone.",
        show_default=False,
    ),
]
Normalize = Annotated[
    str,
    typer.Option(
        metavar="COLUMN",
        help="Convert columns to robust z-scores within each value of this column (plate, cell "
        "line); predict then needs the column too.",
        show_default=False,
    ),
]
TrainsOn = Annotated[
    TrainOn,
    typer.Option(
        "--train-on",
        help="image: statistics of each image; cells: scores of a single-cell model, summarised "
        "per image; both.",
    ),
]
Cells = Annotated[
    Path | None,
    typer.Option(
        metavar="TABLE",
        help="Table of cells for --train-on, if FEATURES is not a folder written by extract.",
    ),
]
Stack = Annotated[
    bool,
    typer.Option(
        "--stack/--no-stack",
        help="Use the scores of the other labels to refine each label's score.",
    ),
]
Tune = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Search N sets of boosting parameters inside every training part, which takes more "
        "than N times as long. Install it with: pip install '.[tune]' in the checkout.",
    ),
]
Folds = Annotated[
    int,
    typer.Option(
        min=3,
        max=50,
        metavar="N",
        help="Cross-validation folds; fewer are used when there are few groups.",
    ),
]
TreeDevice = Annotated[
    Device,
    typer.Option(
        help="Where trees are grown; auto: cpu. gpu needs OpenCL, or a LightGBM built with CUDA.",
    ),
]
Diagnostics = Annotated[
    bool,
    typer.Option(
        "--diagnostics",
        help="Also find which blocks of features each label depends on, compared with training on "
        "shuffled labels, and how performance grows with the number of groups; takes about as "
        "long as training.",
    ),
]
NestedRows = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Choose thresholds inside every fold if there are at most N rows: slower, but gives "
        "unbiased estimates.",
    ),
]


def train(
    console: Console,
    features: FeaturesArgument,
    labels: LabelsArgument,
    output: Output,
    *,
    group: Group = "auto",
    groups_file: GroupsFile = None,
    block: Block = None,
    without: Without = None,
    own_label_columns: OwnLabelColumns = "",
    normalize: Normalize = "",
    train_on: TrainsOn = TrainOn.IMAGE,
    cells: Cells = None,
    stack: Stack = True,
    tune: Tune = 0,
    folds: Folds = 5,
    nested_rows: NestedRows = 20_000,
    diagnostics: Diagnostics = False,
    seed: Seed = 0,
    device: TreeDevice = Device.AUTO,
    workers: WorkerOptions = Workers(),
    overwrite: Overwrite = False,
) -> int:
    """Train a model on features and labels; report its performance on held-out groups."""
    from hpa_features.pipeline.train import train as train_model

    settings = TrainSettings(
        group=group,
        groups_file="" if groups_file is None else str(groups_file),
        blocks=tuple(block or ()),
        without=tuple(without or ()),
        own_label_columns=own_label_columns,
        normalize=normalize,
        train_on=train_on,
        cells="" if cells is None else str(cells),
        stack=stack,
        tune=tune,
        folds=folds,
        nested_rows=nested_rows,
        diagnostics=diagnostics,
        seed=seed,
        device=device,
    )
    summary = train_model(
        features,
        labels,
        str(output),
        settings,
        console,
        executor=workers.executor(),
        overwrite=overwrite,
    )
    print_worth(console, summary.facts)
    return console.done(
        summary, next_command=f"hpa-feat predict {output} IMAGES_OR_FEATURES -o predictions.csv"
    )


def print_worth(console: Console, facts: Mapping[str, Any]) -> None:
    """Print each label's figures and the mean over labels of a model's ``model.json``."""
    _print_labels(console, facts["labels"])
    console.note(_headline(facts))


def _print_labels(console: Console, labels: list[Mapping[str, Any]]) -> None:
    console.table(
        ("label", "rows", "groups", "F1", "95 %", "AP", "threshold", "rule"),
        [
            (
                label["name"],
                f"{label['positives']:,}",
                f"{label['positive_groups']:,}",
                _figure(label["f1"]),
                _span(label["f1_interval"]),
                _figure(label["ap"]),
                _figure(label["threshold"]),
                label["rule"],
            )
            for label in labels
        ],
    )


def _headline(facts: Mapping[str, Any]) -> str:
    report, data = facts["report"], facts["data"]
    grouped = data["group"] != "none"
    rows = f"{data['groups']:,} groups ({data['group']})" if grouped else "ungrouped rows"
    return (
        f"macro F1 {_figure(report['macro_f1'])} (95 % {_span(report['macro_f1_interval'])}), "
        f"mean AP {_figure(report['mean_ap'])}; {report['kind']}, {data['folds']} folds of {rows}"
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _span(pair: list[float | None]) -> str:
    return f"[{_figure(pair[0])}, {_figure(pair[1])}]"
