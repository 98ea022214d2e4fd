"""hpa-feat export: cells for scanpy, QuPath and ImageJ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Overwrite
from hpa_features.core.export_settings import ExportForm, ExportSettings


def export(
    console: Console,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FEATURES",
            help="A folder written by extract, or a table of cells; for outlines also a folder of "
            "masks.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|DIR",
            help="A .h5ad file, a .csv file (definitions), or for outlines a folder.",
        ),
    ],
    form: Annotated[
        ExportForm | None,
        typer.Option(
            "--format",
            help="h5ad: cells as AnnData, for scanpy; geojson: outlines for QuPath; rois: outlines "
            "for ImageJ; definitions: what each column is, as a table. Default: by the output's "
            "name.",
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        str,
        typer.Option(
            metavar="TABLE",
            help="Predictions of fields, or of cells (predict --level cells): scores and classes.",
        ),
    ] = "",
    masks: Annotated[
        str,
        typer.Option(
            metavar="DIR",
            help="Masks to outline; default: those that extract --keep-masks left in FEATURES.",
        ),
    ] = "",
    overwrite: Overwrite = False,
) -> int:
    """Write cells for other programs: AnnData, QuPath, ImageJ, definitions of columns."""
    from hpa_features.pipeline.export import export as run

    settings = ExportSettings(form=form, predictions=predictions, masks=masks, overwrite=overwrite)
    summary = run(source, str(output), settings, console)
    console.failures(summary.failed)
    return console.done(summary)
