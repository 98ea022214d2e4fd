"""`hpa-feat extract`: images → tables of features."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hpa_feat_cli.cellpose_options import (
    NONE_CHOSEN,
    CellposeOptions,
    MeasuringDevice,
    with_device,
)
from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    Families,
    FieldTimeout,
    GridSize,
    InputArgument,
    LevelOption,
    Overwrite,
    RetryFailed,
    SegmenterOption,
)
from hpa_feat_cli.worker_options import ExecutorName, ShardOption, WorkerOptions, Workers
from hpa_features.core.embedding_settings import EmbeddingSettings
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import Device, ExtractSettings, InputSettings, Level, SegmenterName
from hpa_features.core.shard import WHOLE


class StreamFormat(StrEnum):
    """How a table goes to stdout."""

    ARROW = "arrow"
    CSV = "csv"


OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR|FILE|-",
        help="A folder gets the tables of cells and of images, and an interrupted run resumes "
        "there; a file (.parquet, .csv, .csv.gz, .arrow) or - (stdout) gets one of them.",
    ),
]
EmbeddingOption = Annotated[
    Path | None,
    typer.Option(
        metavar="MODEL.onnx",
        help="A network that also gives a vector per cell or field. MODEL.toml next to it, or its "
        "own metadata, states its channels, pixel size and normalization (docs/embeddings.md).",
        show_default=False,
    ),
]
KeepMasks = Annotated[
    bool,
    typer.Option(
        "--keep-masks",
        help="Also write the masks of each field to DIR/masks, for report and view.",
    ),
]
TableOption = Annotated[
    StreamFormat, typer.Option("--table", help="Format for -o -: an Arrow IPC stream, or CSV.")
]


def extract(
    console: Console,
    source: InputArgument,
    output: OutputOption,
    level: LevelOption = Level.IMAGE,
    table: TableOption = StreamFormat.ARROW,
    features: Families = "default",
    segmenter: SegmenterOption = SegmenterName.AUTO,
    cellpose: CellposeOptions = NONE_CHOSEN,
    files: InputOptions = InputSettings(),
    grid_um: GridSize = ExtractSettings().grid_um,
    embedding: EmbeddingOption = None,
    keep_masks: KeepMasks = False,
    retry_failed: RetryFailed = False,
    overwrite: Overwrite = False,
    device: MeasuringDevice = Device.AUTO,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    workers: WorkerOptions = Workers(),
    shard: ShardOption = None,
) -> int:
    """Measure every cell: shape, intensity, texture, and the protein relative to landmarks."""
    from hpa_features.io.store.output import TableFormat, parse_output
    from hpa_features.pipeline.extract import extract as extract_fields
    from hpa_features.segmentation.cellpose.resolve import chosen_settings

    if output == "-" and console.as_json:
        raise UsageError(
            "--json and -o - both write to stdout.",
            hint="Give a file or folder to -o, or omit --json.",
        )
    if output == "-" and workers.name is ExecutorName.DASK:
        raise UsageError("--executor dask needs a folder or file that all workers see for -o.")
    if segmenter is SegmenterName.CELLPOSE:
        cellpose = with_device(cellpose, device)
    settings = ExtractSettings(
        input=files,
        segmenter=segmenter,
        cellpose=chosen_settings(segmenter, cellpose),
        families=tuple(name.strip() for name in features.split(",") if name.strip()),
        grid_um=grid_um,
        embedding=None if embedding is None else EmbeddingSettings(path=str(embedding)),
        keep_masks=keep_masks,
        device=device,
        overwrite=overwrite,
        retry_failed=retry_failed,
        shard=shard or WHOLE,
        command=console.typed,
    )
    summary = extract_fields(
        source,
        parse_output(output, TableFormat(table.value)),
        settings,
        console,
        executor=workers.executor(field_timeout),
        level=level,
        stdin=sys.stdin.buffer,
        stdout=sys.stdout.buffer,
    )
    console.failures(summary.failed)
    return console.done(summary, next_command=_next_command(output, level))


def _next_command(output: str, level: Level) -> str:
    if output == "-" or level is not Level.IMAGE:
        return ""
    return shlex.join(["hpa-feat", "train", output, "labels.csv", "-o", "model"])
