"""`hpa-feat segment`: label masks of cells and nuclei."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.cellpose_options import (
    NONE_CHOSEN,
    CellposeOptions,
    NetworkDevice,
    with_device,
)
from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions, input_arguments
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    InputArgument,
    Overwrite,
    RetryFailed,
    SegmenterOption,
)
from hpa_feat_cli.worker_options import ShardOption, WorkerOptions, Workers
from hpa_features.core.settings import (
    Device,
    InputSettings,
    MaskFormat,
    SegmenterName,
    SegmentSettings,
)
from hpa_features.core.shard import WHOLE


def segment(
    console: Console,
    source: InputArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Output folder for the masks; an interrupted run resumes there.",
        ),
    ],
    segmenter: SegmenterOption = SegmenterName.AUTO,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write a picture of each field with its cell outlines to this folder.",
        ),
    ] = None,
    mask_format: Annotated[
        MaskFormat,
        typer.Option(
            help="png: 16-bit label images (TIFF above 65,535 cells); ome-zarr: OME-Zarr 0.4 label "
            "images, which need the package zarr."
        ),
    ] = MaskFormat.PNG,
    cellpose: CellposeOptions = NONE_CHOSEN,
    device: NetworkDevice = Device.AUTO,
    files: InputOptions = InputSettings(),
    retry_failed: RetryFailed = False,
    overwrite: Overwrite = False,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    workers: WorkerOptions = Workers(),
    shard: ShardOption = None,
) -> int:
    """Find cells and nuclei; write label images <Id>_cells and <Id>_nuclei."""
    from hpa_features.pipeline.segment import segment as segment_fields
    from hpa_features.segmentation.cellpose.resolve import chosen_settings

    settings = SegmentSettings(
        input=files,
        segmenter=segmenter,
        cellpose=chosen_settings(segmenter, with_device(cellpose, device)),
        overwrite=overwrite,
        retry_failed=retry_failed,
        shard=shard or WHOLE,
        command=console.typed,
    )
    summary = segment_fields(
        source,
        str(output),
        settings,
        console,
        executor=workers.executor(field_timeout),
        preview="" if preview is None else str(preview),
        mask_format=mask_format,
        stdin=sys.stdin.buffer,
    )
    console.failures(summary.failed)
    again = input_arguments(replace(files, masks=str(output), cp_masks=""))
    following = ["hpa-feat", "extract", source, *again, "-o", "features"]
    return console.done(summary, next_command=shlex.join(following) if source != "-" else "")
