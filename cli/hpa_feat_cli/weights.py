"""hpa-feat weights: which weights of Cellpose are on this machine, and published ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite
from hpa_features.core.errors import UsageError


def weights(
    console: Console,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Published weights: nuclei and cyto3 (Cellpose 3), cpsam_v2 (Cellpose 4), …",
            show_default=False,
        ),
    ] = None,
    download: Annotated[
        bool,
        typer.Option(
            "--download",
            help="Fetch the weights from the address where Cellpose's authors publish them.",
        ),
    ] = False,
    overwrite: Overwrite = False,
) -> int:
    """List Cellpose's weights on this machine, or download published ones."""
    from hpa_features.pipeline.weights import download_weights, list_weights

    if names and not download:
        raise UsageError(
            "weights lists all that are on this machine.",
            hint=f"To fetch them: hpa-feat weights --download {' '.join(names)}",
        )
    if download:
        rows = download_weights(names or (), console, overwrite=overwrite)
    else:
        rows = list_weights()
    if console.as_json:
        console.write_json([asdict(row) for row in rows])
    elif not download:
        for row in rows:
            content = f"sha256 {row.sha256}" if row.sha256 else "cannot be read"
            where = f"{row.path}  {row.size:,} bytes  {content}" if row.path else "–"
            typer.echo(f"{row.name.ljust(14)} {row.cellpose.ljust(2)} {where}")
    return 0
