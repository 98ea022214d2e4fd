"""`hpa-feat segment`: label masks of cells and nuclei."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import (
    AllowMissing,
    BitDepth,
    ChannelOrder,
    FloatRange,
    InputArgument,
    Jobs,
    MasksFolder,
    MaxPixels,
    Overwrite,
    PixelSize,
    RetryFailed,
    SegmenterOption,
    input_settings,
)
from hpa_features.core.settings import ExtractSettings, InputSettings, Segmenter


def segment(
    console: Console,
    source: InputArgument,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Folder for the masks; an interrupted run goes on there.",
        ),
    ],
    segmenter: SegmenterOption = Segmenter.AUTO,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Also write a picture of each field with its outlines here."
        ),
    ] = None,
    masks: MasksFolder = None,
    pixel_size_um: PixelSize = None,
    bit_depth: BitDepth = None,
    float_range: FloatRange = None,
    channel_order: ChannelOrder = "",
    allow_missing: AllowMissing = None,
    max_pixels: MaxPixels = InputSettings().max_pixels,
    retry_failed: RetryFailed = False,
    overwrite: Overwrite = False,
    jobs: Jobs = None,
) -> int:
    """Find cells and nuclei: 16-bit label images <Id>_cells.png and <Id>_nuclei.png."""
    from hpa_features.pipeline.segment import segment as segment_fields
    from hpa_features.running.threads import usable_cores

    settings = ExtractSettings(
        input=input_settings(
            pixel_size_um=pixel_size_um,
            bit_depth=bit_depth,
            float_range=float_range,
            allow_missing=allow_missing,
            max_pixels=max_pixels,
            masks=masks,
        ),
        segmenter=segmenter,
        channel_order=channel_order,
        overwrite=overwrite,
        retry_failed=retry_failed,
        jobs=jobs or usable_cores(),
    )
    summary = segment_fields(
        source,
        str(output),
        settings,
        console,
        preview="" if preview is None else str(preview),
        stdin=sys.stdin.buffer,
    )
    console.failures(summary.failed)
    again = ["hpa-feat", "extract", source, "--masks", str(output), "-o", "features"]
    return console.done(summary, next_command=shlex.join(again) if source != "-" else "")
