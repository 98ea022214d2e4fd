"""Seconds a field and bytes a field of `extract`, stage by stage.

    python benchmarks/bench_extract.py [--data DIR] [--repeats N] [--write]

Simulated fields of 25 cells, real ones where --data has them (hpa_fields), cp_measure on the same
simulated field, and `hpa-feat extract` of 64 fields as users run it. `--write` keeps the result in
benchmarks/results/extract.md. Stages are processor seconds of one thread, so that other work on
the machine hardly counts, medians over repeats after one that compiles.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations, count
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from bench_helpers import publish
from cp_measure.bulk import get_core_measurements, get_correlation_measurements
from threadpoolctl import threadpool_limits

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, SimulateSettings
from hpa_features.core.types import CHANNELS, Field, FieldSource, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.crops import make_crops
from hpa_features.features.field_facts import field_facts
from hpa_features.features.measure import Measurements, plan_of
from hpa_features.features.nodes import Node
from hpa_features.features.plan import Measured, columns_of
from hpa_features.features.registry import families_named
from hpa_features.features.spec import Family
from hpa_features.features.tables import cell_table, cells_schema, image_table, images_schema
from hpa_features.io.images import read_field
from hpa_features.io.store.parts import write_part
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.pipeline.simulate import simulate
from hpa_features.running.pool import LocalExecutor
from hpa_features.segmentation.watershed import segment_watershed
from hpa_features.simulate.field import simulate_field
from hpa_features.simulate.study import study

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = ("derived512", "native", "web_jpeg")
CELLS = 25
SIMULATED = (
    ("simulated 512² at 0.32 µm", 512, 0.32),
    ("simulated 2048² at 0.08 µm", 2048, 0.08),
)
LIMIT_S = 2.0  # of a 512² field of 25 cells, on one core
MANY = 64
PEER_FAMILIES = ("intensity", "texture", "radial_distribution", "granularity")
PEER_PAIRS = ("pearson", "manders_fold", "rwc", "costes")
PEER_SHAPES = ("sizeshape", "zernike")
SETTINGS = ExtractSettings()
Stages = dict[str, float]


@contextmanager
def stage(name: str, into: Stages) -> Iterator[None]:
    """Add the processor seconds of the block to `into[name]`."""
    begin = time.process_time()
    yield
    into[name] = into.get(name, 0.0) + time.process_time() - begin


def measured(batch: Batch, families: Sequence[Family], into: Stages) -> Measurements:
    """Measure as `features.measure.measure_all` does, each kind of node timed."""
    with stage("crops", into):
        crops = make_crops(batch)
    with stage("field facts", into):
        facts = field_facts(batch, crops.planes)
    plan = plan_of(tuple(families), batch.channels)
    made: dict[Node, Any] = {}
    for (kind, nodes), done_with in zip(plan.calls, plan.last, strict=True):
        with stage(kind.__name__, into):
            made.update(zip(nodes, kind.run(crops, nodes, made), strict=True))
        for node in done_with:
            del made[node]
    numbers = Measured({node: made[node] for node in plan.wanted})
    with stage("formulas", into):
        cells = columns_of(numbers, plan, batch.cell_count)
    return Measurements(cells.astype(np.float32), facts.astype(np.float32))


def whole_way(source: FieldSource, folder: Path) -> tuple[Stages, Field, Masks]:
    """Do with one field what `extract` does, its part written to `folder`."""
    families = families_named(SETTINGS.families)
    seconds: Stages = {}
    with stage("read", seconds):
        field = read_field(source, SETTINGS.input)
    with stage("segment", seconds):
        masks = segment_watershed(field)
    batch = Batch((field,), (masks,), SETTINGS.grid_um)
    numbers = measured(batch, families, seconds)
    schemas = cells_schema(families), images_schema(families)
    with stage("aggregate", seconds):
        tables = {
            "cells": cell_table(batch, numbers, families, schemas[0]),
            "images": image_table(batch, numbers, families, schemas[1]),
        }
    with stage("write", seconds):
        write_part(folder, "part-0", tables)
    return seconds, field, masks


def medians(runs: Sequence[Stages]) -> Stages:
    """Return the median of each stage."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def one_set(where: str, repeats: int) -> tuple[int, Stages]:
    """Return the median number of cells and seconds of the fields in `where`."""
    sources = find_input_fields(where, SETTINGS, SILENT).sources
    cells, runs = [], []
    with tempfile.TemporaryDirectory() as folder:
        whole_way(sources[0], Path(folder))  # compiles
        for source in sources:
            repeated = [whole_way(source, Path(folder)) for _ in range(repeats)]
            cells.append(repeated[0][2].count)
            runs.append(medians([seconds for seconds, _, _ in repeated]))
    return int(median(cells)), medians(runs)


def seed_of_25_cells() -> int:
    """Return the first seed whose first field of 512² has 25 cells to segmentation's eyes."""
    for seed in count():
        plan = study(SimulateSettings(fields=1, seed=seed)).plan(0)
        if segment_watershed(simulate_field(plan).field).count == CELLS:
            return seed
    raise AssertionError


def simulated(place: Path, seed: int, size: int, pixel_um: float) -> str:
    """Make the first field of a seed and return its manifest."""
    settings = SimulateSettings(fields=1, size=size, pixel_size_um=pixel_um, seed=seed)
    simulate(place, settings)
    return str(place / "manifest.csv")


def stage_table(sets: dict[str, tuple[int, Stages]]) -> list[str]:
    """Return the table of milliseconds by stage and set of fields."""
    names = list(sets)
    stages = list(next(iter(sets.values()))[1])
    rows = [["cells found", *(str(cells) for cells, _ in sets.values())]]
    rows += [
        [each, *(f"{1000 * seconds[each]:.0f}" for _, seconds in sets.values())] for each in stages
    ]
    totals = [sum(seconds.values()) for _, seconds in sets.values()]
    rows.append(["**all, ms a field**", *(f"**{1000 * total:.0f}**" for total in totals)])
    verdict = "kept" if totals[0] <= LIMIT_S else "MISSED"
    return [
        "## Processor milliseconds a field, one thread",
        "",
        f"| stage | {' | '.join(names)} |",
        f"|---|{'--:|' * len(names)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        (
            f"Limit for a 512² field of 25 cells: {LIMIT_S:g} s, segmentation included: "
            f"{totals[0]:.2f} s, {verdict}. Real folders: medians over their fields. Each field is "
            "written as a part of its own here; `extract` writes up to 32 together."
        ),
        "",
    ]


def peer_calls(field: Field, masks: Masks) -> list[tuple[str, Callable[[], object]]]:
    """Return cp_measure's calls for four channels and six pairs, each under its family's name."""
    core, pairs = (
        get_core_measurements(sanitize=False),
        get_correlation_measurements(sanitize=False),
    )
    planes = [field.planes[channel] for channel in CHANNELS]

    def call(function: Callable[..., object], *arrays: object) -> Callable[[], object]:
        return lambda: function(*arrays)

    return [
        *((name, call(core[name], masks.cells, p)) for name in PEER_FAMILIES for p in planes),
        *((name, call(core[name], masks.cells, None)) for name in PEER_SHAPES),
        *(
            (name, call(pairs[name], a, b, masks.cells))
            for name in PEER_PAIRS
            for a, b in combinations(planes, 2)
        ),
    ]


def peer(where: str, repeats: int) -> list[str]:
    """Return how long cp_measure takes for its features beside ours for ours, turn about."""
    [source] = find_input_fields(where, SETTINGS, SILENT).sources
    with tempfile.TemporaryDirectory() as folder:
        _, field, masks = whole_way(source, Path(folder))
    batch = Batch((field,), (masks,), SETTINGS.grid_um)
    families = families_named(SETTINGS.families)
    calls = peer_calls(field, masks)
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(Stages())
        measured(batch, families, ours[-1])
        theirs.append(Stages())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # undefined thresholds of Costes
            for name, function in calls:
                with stage(name, theirs[-1]):
                    function()
    mine, others = medians(ours), medians(theirs)
    a, b = sum(mine.values()), sum(others.values())
    parts = ", ".join(f"{name} {1000 * seconds:.0f}" for name, seconds in others.items())
    columns = sum(len(family.features) for family in families)
    return [
        "## Beside cp_measure, for orientation",
        "",
        (
            f"The same simulated 512² field and masks ({masks.count} cells), the same run, turn "
            f"about, median of {repeats}. cp_measure (default back end, cell masks, four channels, "
            f"six pairs): {1000 * b:.0f} ms ({parts}). Ours, {columns} columns in three "
            f"compartments on the working grid: {1000 * a:.0f} ms. Ratio {b / a:.1f}. The two "
            "measure different things: the ratio says how long users wait, no more."
        ),
        "",
    ]


def as_users_run_it(folder: Path, repeats: int) -> list[str]:
    """Return seconds and bytes of `hpa-feat extract` on many fields with two processes."""
    executor = LocalExecutor(os.cpu_count() or 1)
    simulate(folder / "many", SimulateSettings(fields=MANY), executor=executor)
    program = [sys.executable, "-c", "from hpa_feat_cli.app import main; main()", "extract"]
    options = ["-o", str(folder / "out"), "--jobs", "2", "--overwrite", "--json"]
    walls, processor, cells = [], [], 0
    for _ in range(repeats + 1):
        before, begin = os.times(), time.perf_counter()
        done = subprocess.run(
            [*program, str(folder / "many" / "manifest.csv"), *options],
            check=True,
            capture_output=True,
        )
        walls.append(time.perf_counter() - begin)
        after = os.times()
        processor.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
        cells = json.loads(done.stdout)["cells"]
    sizes = {
        what: sum(path.stat().st_size for path in (folder / "out").glob(pattern)) / 1e6
        for what, pattern in (
            ("images", "images/*"),
            ("cells", "cells/*"),
            ("schema.json, once", "schema.json"),
            ("journal", "journal-*"),
        )
    }
    total = sum(sizes.values())
    parts = len(list((folder / "out" / "images").iterdir()))
    wall, used = median(walls[1:]), median(processor[1:])
    return [
        f"## `hpa-feat extract -o DIR --jobs 2` of {MANY} simulated 512² fields ({cells:,} cells)",
        "",
        (
            f"{wall:.1f} s of wall time, {used:.1f} s of processor time, with start and end: "
            f"{1000 * wall / MANY:.0f} s of wall time per thousand fields, "
            f"{1000 * used / MANY:.0f} s of processor time. Median of {repeats}; other work on the "
            "machine counts in the wall time."
        ),
        "",
        (
            f"{total:.1f} MB on disk ("
            + ", ".join(f"{what} {size:.1f}" for what, size in sizes.items())
            + f") in {parts} parts of {MANY // parts} fields: "
            f"{1000 * (total - sizes['schema.json, once']) / MANY:.0f} MB per thousand fields; "
            "parts of longer runs have 32 fields and take less."
        ),
        "",
    ]


def main() -> None:
    """Print the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sets = {}
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(1):
        folder = Path(temporary)
        seed = seed_of_25_cells()
        for name, size, pixel_um in SIMULATED:
            where = simulated(folder / str(size), seed, size, pixel_um)
            sets[name] = one_set(where, options.repeats)
        for name in REAL:
            if (options.data / "hpa_fields" / name).is_dir():
                sets[f"real {name}"] = one_set(
                    str(options.data / "hpa_fields" / name), options.repeats
                )
        lines = [
            *stage_table(sets),
            *peer(str(folder / "512" / "manifest.csv"), options.repeats),
            *as_users_run_it(folder, min(options.repeats, 2)),
        ]
    publish(
        "extract",
        "Extraction: time and disk",
        lines,
        "numpy",
        "scipy",
        "numba",
        "scikit-image",
        "pyarrow",
        "cp_measure",
        write=options.write,
    )


if __name__ == "__main__":
    main()
