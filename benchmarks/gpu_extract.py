"""`extract` on simulated fields, from PNG to tables: fields a second, and where the time goes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from timed_fields import write_rows

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import Device, ExtractSettings, InputSettings, SegmenterName
from hpa_features.core.types import FieldSource
from hpa_features.pipeline import extract_fields
from hpa_features.pipeline.extract import extract
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.running.pool import LocalExecutor

FAMILIES: tuple[str, ...] = ()  # of features; none named: the default ones
GIVEN, FOUND = SegmenterName.PRECOMPUTED, SegmenterName.WATERSHED
_STAGES = {
    "read_to_segment": "reading",
    "segment_fields": "cells",
    "upload": "upload",
    "measure_all": "measuring",
    "cell_rows": "tables",
    "image_rows": "tables",
    "table_of": "tables",
    "write_part": "writing",
}
"""Function of `extract_fields` → what it is called in the report."""


@dataclass(frozen=True)
class Rate:
    """How fast fields were measured.

    Attributes
    ----------
    size, segmenter, device, jobs
        Edge of a field in pixels, where cells came from, what measured, in how many processes.
    fields
        Of the longer of two runs.
    seconds
        Between both, for the fields that the longer one has more: start-up is in neither.
    more
        That number.
    """

    size: int
    segmenter: SegmenterName
    device: Device
    jobs: int
    fields: int
    seconds: float
    more: int

    @property
    def per_second(self) -> float:
        """Fields a second."""
        return self.more / self.seconds


def sources(folder: Path) -> tuple[FieldSource, ...]:
    """Return the fields that `simulate` wrote into a folder, with their masks."""
    how = ExtractSettings(input=InputSettings(masks=str(folder / "masks")))
    return find_input_fields(str(folder / "manifest.csv"), how, SILENT).sources


def seconds_of(
    fields: Sequence[FieldSource], rows: int, segmenter: SegmenterName, device: Device, jobs: int
) -> float:
    """Return the seconds of `extract` on so many rows, in which the fields take turns."""
    how = ExtractSettings(families=FAMILIES, segmenter=segmenter, device=device)
    with tempfile.TemporaryDirectory() as place:
        manifest = write_rows(fields, rows, Path(place) / "fields.csv")
        began = time.perf_counter()
        done = extract(
            str(manifest), str(Path(place) / "out"), how, SILENT, executor=LocalExecutor(jobs)
        )
        taken = time.perf_counter() - began
    if done.fields != rows:
        raise RuntimeError(f"{rows - done.fields} of {rows} fields failed: {done.failed[0].error}")
    return taken


def rate(
    folder: Path, size: int, rows: int, segmenter: SegmenterName, device: Device, jobs: int
) -> Rate:
    """Return how fast `extract` is, by a run of `rows` fields and one of three times as many."""
    fields = sources(folder)
    short, long = (seconds_of(fields, n, segmenter, device, jobs) for n in (rows, 3 * rows))
    return Rate(size, segmenter, device, jobs, 3 * rows, max(long - short, 1e-9), 2 * rows)


@contextmanager
def _timed(module: Any) -> Iterator[dict[str, float]]:
    """Give the seconds of each stage, all threads together, of what runs in the block."""
    seconds = dict.fromkeys(_STAGES.values(), 0.0)
    real = {name: getattr(module, name) for name in _STAGES}
    lock = Lock()

    def timed(name: str) -> Any:
        def call(*arguments: Any, **more: Any) -> Any:
            began = time.perf_counter()
            try:
                return real[name](*arguments, **more)
            finally:
                with lock:
                    seconds[_STAGES[name]] += time.perf_counter() - began

        return call

    for name in real:
        setattr(module, name, timed(name))
    try:
        yield seconds
    finally:
        for name, function in real.items():
            setattr(module, name, function)


def stages(
    folder: Path, rows: int, segmenter: SegmenterName, device: Device
) -> tuple[float, dict[str, float]]:
    """Return the wall seconds of one process for so many fields, and those of its stages.

    A process that has measured before: nothing is compiled.
    """
    fields = sources(folder)
    seconds_of(fields, 1, segmenter, device, 1)
    with _timed(extract_fields) as found:
        wall = seconds_of(fields, rows, segmenter, device, 1)
    return wall, found


def rate_lines(rates: Sequence[Rate]) -> list[str]:
    """Return the table of fields a second."""
    rows = [
        f"| {each.fields} of {each.size}² | {_named(each.segmenter)} | {each.device.value} | "
        f"{each.jobs} | {each.per_second:,.1f} |"
        for each in rates
    ]
    return [
        "## extract, from PNG to written tables",
        "",
        "Two runs, one of a third of the fields: the difference, so without start-up.",
        "",
        "| fields | cells | measured on | processes | fields/s |",
        "|---|---|---|--:|--:|",
        *rows,
        "",
    ]


def stage_lines(
    size: int, segmenter: SegmenterName, rows: int, wall: float, seconds: dict[str, float]
) -> list[str]:
    """Return the table of the stages of one process; with a GPU they overlap."""
    return [
        f"### Stages of one process, {rows} fields of {size}², {_named(segmenter)}",
        "",
        (
            f"{1e3 * wall / rows:.1f} ms of wall time a field. On a GPU stages overlap: shares "
            "of wall time may add up to more than 100 %."
        ),
        "",
        "| stage | ms a field | share of wall time |",
        "|---|--:|--:|",
        *(
            f"| {stage} | {1e3 * taken / rows:.2f} | {taken / wall:.0%} |"
            for stage, taken in seconds.items()
        ),
        "",
    ]


def _named(segmenter: SegmenterName) -> str:
    return "given masks" if segmenter is GIVEN else "found by watershed"
