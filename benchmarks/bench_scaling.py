"""What a run of very many fields costs beside its fields: seconds, memory, messages.

    python benchmarks/bench_scaling.py [--rows 1000000] [--fields 2000] [--times 10] [--write]

- rows: a manifest of N rows that name the same four files; a part's work is to write a table of one
  column. Everything else is what `extract` does: find the fields, look at their files, cut parts,
  run them on two processes of the local executor or of a Dask cluster, keep a journal, and look at
  it again as the same command does later. Transitions are those of tasks in Dask's scheduler.
- fields: `hpa-feat extract` of small fields (64², given masks, one family), local and on Dask, and
  of several times as many, local: wall time, peak memory of the command and of its workers.

Linux only: memory is what /proc says.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pyarrow as pa
from bench_helpers import PROGRAM, publish
from distributed import default_client
from processes import Watched, watch

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, SegmenterName
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.types import FieldSource
from hpa_features.io.store.journal import Entry
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.run_file import describe_run
from hpa_features.pipeline.field_parts import done_entry
from hpa_features.pipeline.field_runs import Plan, run_fields
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.running.dask_pool import DaskExecutor
from hpa_features.running.executor import Executor, Monitor
from hpa_features.running.parts import part_name
from hpa_features.running.pool import LocalExecutor

COLOURS = ("blue", "red", "yellow", "green")
SIZE, RADIUS = 64, 20
WORKERS = 2
EXTRACT = ("--features", "Intensity", "--jobs", WORKERS, "--field-timeout", "0", "--quiet")


@dataclass(frozen=True)
class Trivial:
    """Work on a part that writes the ids of its fields."""

    folder: Path

    def __call__(self, part: tuple[FieldSource, ...], monitor: Monitor) -> tuple[Entry, ...]:
        """Return an entry for each field."""
        ids = [source.id for source in part]
        monitor.begin(*ids)
        table = pa.table({"Metadata_Id": ids})
        outputs = write_part(self.folder, part_name(ids), {"images": table})
        monitor.done(len(ids))
        return tuple(done_entry(each, outputs, 1, {}, len(ids)) for each in ids)


def write_manifest(folder: Path, rows: int) -> Path:
    """Write one small field with its masks, and a manifest that names it `rows` times."""
    folder.mkdir(parents=True, exist_ok=True)
    place = np.indices((SIZE, SIZE)) - SIZE // 2
    distance = np.hypot(*place)
    noise = np.random.default_rng(0).integers(0, 40, (SIZE, SIZE))
    for number, colour in enumerate(COLOURS):
        plane = (150 * (distance < RADIUS - 3 * number) + noise + 5 * number).astype(np.uint8)
        (folder / f"{colour}.png").write_bytes(imagecodecs.png_encode(plane))
    for what, radius in (("cells", RADIUS), ("nuclei", RADIUS // 2)):
        labels = (distance < radius).astype(np.uint16)
        (folder / f"{what}.png").write_bytes(imagecodecs.png_encode(labels))
    names = ",".join(f"{each}.png" for each in (*COLOURS, "cells", "nuclei"))
    path = folder / f"manifest-{rows}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"Id,{','.join(COLOURS)},cells,nuclei,pixel_size_um\n")
        file.writelines(f"f{row:07d},{names},0.32\n" for row in range(rows))
    return path


def run_trivial(manifest: str, folder: Path, name: str) -> dict[str, Any]:
    """Run trivial work on all rows, twice, and return what it took."""
    executor: Executor = LocalExecutor(WORKERS) if name == "local" else DaskExecutor("", WORKERS)
    slots = executor.slots  # starts the cluster
    scheduler = default_client().cluster.scheduler if name == "dask" else None
    settings = ExtractSettings(segmenter=SegmenterName.PRECOMPUTED, segmenter_digest="none")
    run = describe_run("extract", result_settings(settings))
    before = scheduler.transition_counter if scheduler is not None else 0
    times = []
    for _ in range(2):
        begin = time.perf_counter()
        fields = find_input_fields(manifest, settings, SILENT)
        found = time.perf_counter()
        run_fields(Plan(fields, settings, run, Trivial(folder)), folder, SILENT, executor)
        times.append((found - begin, time.perf_counter() - found))
    parts = len(list((folder / "images").iterdir()))
    [journal] = folder.glob("journal-*.jsonl")
    return {
        "find": times[0][0],
        "run": times[0][1],
        "again": sum(times[1]),
        "parts": parts,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "journal_mib": journal.stat().st_size / 2**20,
        "transitions": (scheduler.transition_counter - before) if scheduler is not None else None,
        "slots": slots,
    }


def rows_trial(folder: Path, rows: int) -> list[str]:
    """Return the table of trivial work on both executors."""
    manifest = write_manifest(folder / "rows", rows)
    lines = [
        f"Trivial work on a manifest of {rows:,} rows, {WORKERS} processes:",
        "",
        "| executor | find s | run s | again s | peak MiB | parts | journal MiB | transitions |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in ("local", "dask"):
        out = folder / f"trivial-{name}"
        command = [sys.executable, __file__, "--child", name, str(manifest), str(out)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        each = json.loads(ran.stdout.splitlines()[-1])
        messages = "" if each["transitions"] is None else f"{each['transitions']:,}"
        lines.append(
            f"| {name} | {each['find']:.0f} | {each['run']:.0f} | {each['again']:.0f} "
            f"| {each['peak_mib']:.0f} | {each['parts']:,} | {each['journal_mib']:.0f} "
            f"| {messages} |"
        )
    return [*lines, ""]


def extracted(folder: Path, count: int, *options: str) -> Watched:
    """Extract `count` small fields into a new folder and return what it took."""
    manifest = write_manifest(folder / "fields", count)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        words = ["extract", str(manifest), "-o", f"{out}/features", *EXTRACT, *options]
        return watch([PROGRAM, *map(str, words)])


def fields_trial(folder: Path, count: int, times: int) -> list[str]:
    """Return the table of small fields, few and many, local and on Dask."""
    lines = [
        "Small fields, one family, given masks:",
        "",
        "| executor | fields | wall s | processor s | peak MiB | peak MiB of a worker |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    extracted(folder, WORKERS)  # compiles
    walls = {}
    few = WORKERS  # so that start and end of a run can be subtracted
    runs = (("local", few), ("dask", few), ("local", count), ("dask", count))
    for name, fields in (*runs, ("local", count * times)):
        each = extracted(folder, fields, "--executor", name)
        walls[name, fields] = each.wall_s
        largest = max(worker.peak_mib for worker in each.workers)
        lines.append(
            f"| {name} | {fields:,} | {each.wall_s:.1f} | {each.processor_s:.1f} "
            f"| {each.main.peak_mib:.0f} | {largest:.0f} |"
        )
    local, dask = (walls[name, count] - walls[name, few] for name in ("local", "dask"))
    more = f"Dask takes {dask / local - 1:+.1%} for {count:,} fields, less what {few} fields take."
    return [*lines, "", more, ""]


def main() -> None:
    """Run both trials, and print or write their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the manifest; 0: omit")
    parser.add_argument("--fields", type=int, default=2_000, help="small fields; 0: omit")
    parser.add_argument("--times", type=int, default=10, help="as many for the second memory")
    parser.add_argument("--write", action="store_true", help="keep as results/scaling.md")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        name, manifest, folder = chosen.child
        print(json.dumps(run_trivial(manifest, Path(folder), name)))
        return
    lines = []
    with tempfile.TemporaryDirectory() as place:
        if chosen.rows:
            lines += rows_trial(Path(place), chosen.rows)
        if chosen.fields:
            lines += fields_trial(Path(place), chosen.fields, chosen.times)
    packages = ("pyarrow", "distributed")
    publish("scaling", "Very many fields", lines, *packages, write=chosen.write)


if __name__ == "__main__":
    main()
