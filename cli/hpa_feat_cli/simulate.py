"""`hpa-feat simulate`: make fields with known cells and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Jobs, Overwrite, Seed, local_executor
from hpa_features.core.simulate_settings import SimulateSettings

_DEFAULT = SimulateSettings()
Output = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="DIR", help="Output folder.", show_default=False),
]


def simulate(
    console: Console,
    *,
    output: Output,
    fields: Annotated[int, typer.Option(metavar="N", help="Number of fields.")] = _DEFAULT.fields,
    size: Annotated[
        int, typer.Option(metavar="PX", help="Width and height of a field in pixels.")
    ] = _DEFAULT.size,
    pixel_size_um: Annotated[
        float, typer.Option("--pixel-size-um", metavar="UM", help="Pixel size in µm.")
    ] = _DEFAULT.pixel_size_um,
    bit_depth: Annotated[
        int, typer.Option("--bit-depth", metavar="8|16", help="Bits per pixel.")
    ] = _DEFAULT.bit_depth,
    locations: Annotated[
        str,
        typer.Option(
            metavar="NAME,…|all",
            help="Locations to simulate, by name or number 0–27.",
            show_default="eight that together need every landmark",
        ),
    ] = "",
    group_size: Annotated[
        int, typer.Option("--group-size", metavar="N", help="Fields per simulated protein.")
    ] = _DEFAULT.group_size,
    most_locations: Annotated[
        int,
        typer.Option(
            "--most-locations", metavar="N", help="Maximum number of locations per protein."
        ),
    ] = _DEFAULT.most_locations,
    bleed: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="Maximum share of landmark signal that bleeds into the protein channel.",
        ),
    ] = _DEFAULT.bleed,
    seed: Seed = _DEFAULT.seed,
    jobs: Jobs = None,
    overwrite: Overwrite = False,
) -> int:
    """Simulate four-channel fields with known cells, nuclei and locations."""
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
