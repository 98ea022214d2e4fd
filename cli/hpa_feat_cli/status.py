"""`hpa-feat status`: how far the runs into an output folder are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console


def status(
    console: Console,
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Output folder of segment, extract or predict.",
            show_default=False,
        ),
    ],
) -> int:
    """Show how many fields of a run are done, and the commands that complete it."""
    from hpa_features.pipeline.status import JobState
    from hpa_features.pipeline.status import status as status_of

    found = status_of(str(folder))
    incomplete = [job for job in found.jobs if job.state is not JobState.COMPLETE]
    if console.as_json:
        jobs = [{**asdict(job), "shard": str(job.shard)} for job in found.jobs]
        console.write_json({**asdict(found), "jobs": jobs})
    else:
        typer.echo(
            f"{folder} ({found.verb}): {found.done:,} of {found.fields:,} fields done, "
            f"{found.failed:,} failed"
        )
        if len(found.jobs) > 1:
            counts = (f"{found.count(state):,} {state}" for state in JobState)
            typer.echo("shards: " + ", ".join(counts))
        for job in incomplete:
            name = f"shard {job.shard}" if job.shard.number else "the run"
            of = "" if job.fields is None else f", {job.done + job.failed:,} of {job.fields:,}"
            typer.echo(f"{name}: {job.state}{of}")
            if job.command:
                typer.echo(f"    {job.command}")
    return 0
