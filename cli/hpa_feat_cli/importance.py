"""hpa-feat importance: what a model relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.columns import print_columns
from hpa_feat_cli.console import Console
from hpa_feat_cli.model_input_options import MovedBlock
from hpa_feat_cli.options import Jobs, ModelArgument, Overwrite, Seed, local_executor

if TYPE_CHECKING:
    from hpa_features.pipeline.importance import ImportanceSummary

_Features = Annotated[
    str,
    typer.Argument(
        metavar="FEATURES",
        help="The training features, if they have moved since training.",
        show_default=False,
    ),
]
_Output = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write a table (.csv, .parquet) or a chart (.svg).",
        show_default="a table on stdout",
    ),
]
_Repeats = Annotated[
    int, typer.Option(min=1, metavar="N", help="Number of times each block is shuffled.")
]


def importance(
    console: Console,
    model: ModelArgument,
    features: _Features = "",
    output: _Output = "",
    block: MovedBlock = None,
    repeats: _Repeats = 5,
    seed: Seed = 0,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Measure which blocks of features a model relies on, by shuffling each on held-out rows."""
    from hpa_features.core.judge_settings import ImportanceSettings
    from hpa_features.pipeline.importance import importance as run

    settings = ImportanceSettings(blocks=tuple(block or ()), repeats=repeats, seed=seed)
    summary = run(
        str(model),
        features,
        output,
        settings=settings,
        progress=console,
        executor=local_executor(jobs),
        overwrite=overwrite,
    )
    if summary.caution:
        console.warn(summary.caution)
    if not output and not console.as_json:
        from hpa_features.report.block_words import block_title

        print_columns(
            ("features", "columns", "loss of AP", "± SD", "gain", "most for", "block"),
            [
                (
                    block_title(each.block),
                    f"{each.columns:,}",
                    f"{each.drop:.4f}",
                    f"{each.spread:.4f}",
                    f"{each.gain:.1%}",
                    each.most_for(summary.labels),
                    each.block,
                )
                for each in summary.blocks
            ],
        )
        _print_networks(summary)
    next_command = f"hpa-feat report {model} -o report.html"
    return console.done(summary, next_command=next_command)


def _print_networks(summary: ImportanceSummary) -> None:
    """Print for each network and label the features that follow what the network finds."""
    if not summary.networks:
        return
    print_columns(
        ("network", "label", "AP alone", "correlation", "with"),
        [
            (
                each.block if at == 0 else "",
                summary.labels[each.label] if at == 0 else "",
                f"{each.precision:.3f}" if at == 0 else "",
                f"{follows.correlation:+.2f}",
                follows.column.meaning or follows.column.name,
            )
            for each in summary.networks
            for at, follows in enumerate(each.follows)
        ],
    )
