"""`hpa-feat simulate`: make labelled fields whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Jobs, Overwrite, Seed, local_executor
from hpa_features.core.settings import SimulateSettings

_DEFAULT = SimulateSettings()
Output = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="DIR", help="Folder to make.", show_default=False),
]


def simulate(
    console: Console,
    *,
    output: Output,
    fields: Annotated[int, typer.Option(metavar="N", help="Number of fields.")] = _DEFAULT.fields,
    size: Annotated[
        int, typer.Option(metavar="PX", help="Rows and columns of a field.")
    ] = _DEFAULT.size,
    pixel_size_um: Annotated[
        float, typer.Option("--pixel-size-um", metavar="UM", help="Edge of a pixel in µm.")
    ] = _DEFAULT.pixel_size_um,
    bit_depth: Annotated[
        int, typer.Option("--bit-depth", metavar="8|16", help="Bits of a pixel.")
    ] = _DEFAULT.bit_depth,
    locations: Annotated[
        str,
        typer.Option(
            metavar="NAME,…|all",
            help="Locations that occur, by name or number 0–27.",
            show_default="eight that need every landmark",
        ),
    ] = "",
    group_size: Annotated[
        int, typer.Option("--group-size", metavar="N", help="Fields of one simulated protein.")
    ] = _DEFAULT.group_size,
    most_locations: Annotated[
        int, typer.Option("--most-locations", metavar="N", help="Most locations of one protein.")
    ] = _DEFAULT.most_locations,
    bleed: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Greatest share of landmark light in Protein."),
    ] = _DEFAULT.bleed,
    seed: Seed = _DEFAULT.seed,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Make four-channel fields with known cells, nuclei and locations, as files for `extract`."""
    from hpa_features.pipeline.simulate import simulate as make

    settings = SimulateSettings(
        fields=fields,
        size=size,
        pixel_size_um=pixel_size_um,
        bit_depth=bit_depth,
        locations=tuple(name.strip() for name in locations.split(",") if name.strip()),
        group_size=group_size,
        bleed=bleed,
        most_locations=most_locations,
        seed=seed,
    )
    executor = local_executor(jobs)
    summary = make(output, settings, overwrite=overwrite, progress=console, executor=executor)
    for name, count in summary.labels.items():
        console.note(f"  {name}: {count:,} fields")
    return console.done(
        summary, next_command=f"hpa-feat extract {output}/manifest.csv -o {output}-features"
    )
