"""`hpa-feat demo`: every step on simulated fields, and the results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Jobs, Overwrite, Seed, local_executor
from hpa_feat_cli.train import print_worth
from hpa_features.core.simulate_settings import DemoSettings

if TYPE_CHECKING:
    from hpa_features.pipeline.demo import DemoSummary

_DEFAULT = DemoSettings()
_SHOWN_BLOCKS = 10


def demo(
    console: Console,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Output folder.")
    ] = Path("demo"),
    fields: Annotated[
        int, typer.Option(min=50, metavar="N", help="Number of simulated fields.")
    ] = _DEFAULT.fields,
    seed: Seed = _DEFAULT.seed,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Simulate, measure and train on fields, and show the results (a few minutes)."""
    from hpa_features.pipeline.demo import demo as run

    settings = DemoSettings(fields=fields, seed=seed)
    executor = local_executor(jobs)
    summary = run(output, settings, overwrite=overwrite, progress=console, executor=executor)
    print_worth(console, summary.facts)
    _print_blocks(console, summary)
    console.note(f"a field with its cells: {summary.overlay}")
    console.note(f"report on the model: {summary.report}")
    console.note("the model is for trying the commands, not for locating real proteins")
    return console.done(
        summary, next_command=f"hpa-feat predict {summary.output} YOUR_IMAGES/ -o predictions.csv"
    )


def _print_blocks(console: Console, summary: DemoSummary) -> None:
    from hpa_features.report.block_words import block_title

    rows = [
        (block_title(each.block), each.columns, f"{each.drop:.4f}", each.most_for(summary.labels))
        for each in summary.blocks[:_SHOWN_BLOCKS]
    ]
    console.table(("features", "columns", "loss of AP", "most for"), rows)
