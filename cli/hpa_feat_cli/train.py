"""`hpa-feat train`: parse, train, print what the model is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Jobs, Overwrite, Seed, local_executor
from hpa_features.core.train_settings import TrainOn, TrainSettings

FeaturesArgument = Annotated[
    str,
    typer.Argument(
        metavar="FEATURES",
        help="A folder that extract made, or any table of numbers with a column Id (Parquet, CSV, "
        "Arrow).",
        show_default=False,
    ),
]
LabelsArgument = Annotated[
    str,
    typer.Argument(
        metavar="LABELS",
        help="CSV or Parquet with Id and: Target (numbers 0–27 of the 2018 challenge, between "
        "spaces), Label (numbers 0–18 of the 2021 challenge, between |), Labels (names between ; "
        "or |), or one 0/1 column per label.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Model folder to make; an interrupted training goes on from DIR.unfinished.",
        show_default=False,
    ),
]
Group = Annotated[
    str,
    typer.Option(
        metavar="auto|COLUMN|none",
        help="Column whose equal values never lie on both sides of a split; auto: the first there "
        "is of gene, antibody, plate, Group.",
    ),
]
GroupsFile = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="The same from a table of its own, with Id and Group."),
]
Block = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        metavar="TABLE",
        help="Join another table by Id, as a block named after its file; may be repeated.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="BLOCK",
        help="Leave out a block of columns, such as Acquisition; may be repeated.",
    ),
]
Normalize = Annotated[
    str,
    typer.Option(
        metavar="COLUMN",
        help="Make columns robust z-scores within each plate or cell line, as this column says; "
        "predict needs it, too.",
        show_default=False,
    ),
]
TrainsOn = Annotated[
    TrainOn,
    typer.Option(
        "--train-on",
        help="image: statistics of each image; cells: scores that a model of single cells gives "
        "them, told by image; both.",
    ),
]
Cells = Annotated[
    Path | None,
    typer.Option(
        metavar="TABLE",
        help="The table of cells for --train-on, where FEATURES is no folder that extract made.",
    ),
]
Stack = Annotated[
    bool,
    typer.Option(
        "--stack/--no-stack",
        help="Let each label weigh its score against the other labels' scores, or let it stand "
        "alone.",
    ),
]
Tune = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Try N sets of boosting's parameters inside every training part, which takes N times "
        "as long and more. Needs hpa-feat[tune].",
    ),
]
Folds = Annotated[
    int,
    typer.Option(
        min=3, max=50, metavar="N", help="Folds of the cross-validation; fewer when groups are few."
    ),
]
NestedRows = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Up to this many rows, thresholds are chosen anew inside every fold: slower, and the "
        "figures are fairer.",
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
    normalize: Normalize = "",
    train_on: TrainsOn = TrainOn.IMAGE,
    cells: Cells = None,
    stack: Stack = True,
    tune: Tune = 0,
    folds: Folds = 5,
    nested_rows: NestedRows = 20_000,
    seed: Seed = 0,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Train a model from a feature table and labels, and say how well it does on new groups."""
    from hpa_features.pipeline.train import train as train_model

    settings = TrainSettings(
        group=group,
        groups_file="" if groups_file is None else str(groups_file),
        blocks=tuple(block or ()),
        without=tuple(without or ()),
        normalize=normalize,
        train_on=train_on,
        cells="" if cells is None else str(cells),
        stack=stack,
        tune=tune,
        folds=folds,
        nested_rows=nested_rows,
        seed=seed,
    )
    summary = train_model(
        features,
        labels,
        str(output),
        settings,
        console,
        executor=local_executor(jobs),
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
    return (
        f"macro F1 {_figure(report['macro_f1'])} (95 % {_span(report['macro_f1_interval'])}), "
        f"mean AP {_figure(report['mean_ap'])}; {report['kind']}, {data['folds']} folds of "
        f"{data['groups']:,} groups ({data['group']})"
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _span(pair: list[float | None]) -> str:
    return f"{_figure(pair[0])}–{_figure(pair[1])}"
