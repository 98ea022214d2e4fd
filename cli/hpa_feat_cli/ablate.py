"""hpa-feat ablate: what blocks of features add to each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Jobs, Overwrite, Seed, local_executor
from hpa_feat_cli.train import (
    Block,
    FeaturesArgument,
    Folds,
    Group,
    GroupsFile,
    LabelsArgument,
    NestedRows,
    OwnLabelColumns,
    Stack,
    Without,
)
from hpa_features.core.train_settings import TrainSettings

if TYPE_CHECKING:
    from hpa_features.pipeline.ablate_summary import AblateSummary

_Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Folder for the table, the chart and the models; the same command resumes there.",
        show_default=False,
    ),
]
_Families = Annotated[
    bool,
    typer.Option(
        "--families/--no-families",
        help="Also train without each family of features in turn.",
    ),
]


def ablate(
    console: Console,
    features: FeaturesArgument,
    labels: LabelsArgument,
    output: _Output,
    *,
    families: _Families = True,
    group: Group = "auto",
    groups_file: GroupsFile = None,
    block: Block = None,
    without: Without = None,
    own_label_columns: OwnLabelColumns = "",
    stack: Stack = True,
    folds: Folds = 5,
    nested_rows: NestedRows = 20_000,
    seed: Seed = 0,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Train on classical features, on networks and on both, and without each family in turn.

    All models have the same folds, so that their differences have paired intervals.
    """
    from hpa_features.pipeline.ablate import ablate as run

    settings = TrainSettings(
        group=group,
        groups_file="" if groups_file is None else str(groups_file),
        blocks=tuple(block or ()),
        without=tuple(without or ()),
        own_label_columns=own_label_columns,
        stack=stack,
        folds=folds,
        nested_rows=nested_rows,
        seed=seed,
    )
    summary = run(
        features,
        labels,
        str(output),
        settings,
        console,
        families=families,
        executor=local_executor(jobs),
        overwrite=overwrite,
    )
    _print_sets(console, summary)
    sets = {
        each.name: {
            "columns": each.columns,
            "macro_f1": each.macro_f1,
            "map": each.mean_ap,
            "loss": each.precision_gap.mean,
            "loss_interval": each.precision_gap.interval,
        }
        for each in summary.sets
    }
    return console.done(summary, more={"sets": sets})


def _print_sets(console: Console, summary: AblateSummary) -> None:
    """Print each set's figures, and the labels that need classical features or networks most."""
    from hpa_features.pipeline.ablate_summary import added

    console.table(
        ("features", "columns", "macro F1", "mean AP", "loss of AP", "95 %"),
        [
            (
                each.words,
                f"{each.columns:,}",
                f"{each.macro_f1:.3f}",
                f"{each.mean_ap:.3f}",
                "" if at == 0 else f"{each.precision_gap.mean:+.3f}",
                "" if at == 0 else _span(each.precision_gap.interval),
            )
            for at, each in enumerate(summary.sets)
        ],
    )
    gains = added(summary)
    if gains:
        console.table(
            ("label", "AP", *(f"AP from {what}" for what in gains)),
            [
                (
                    label,
                    f"{summary.sets[0].ap[at]:.3f}",
                    *(
                        f"{each.precision_gap.labels[at]:+.3f} "
                        f"{_span(each.precision_gap.intervals[at])}"
                        for each in gains.values()
                    ),
                )
                for at, label in enumerate(summary.labels)
            ],
        )


def _span(ends: tuple[float, float]) -> str:
    return f"[{ends[0]:+.3f}, {ends[1]:+.3f}]"
