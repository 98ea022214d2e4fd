"""The measuring core beside an older commit: seconds, kernel calls, host share and memory.

    python benchmarks/bench_measuring.py [--base 35c03c7] [--rounds N] [--write]

Both measure the default families of the same simulated 512² fields with the same masks, in turn, in
processes of their own, so that other work on the machine meets both. Seconds are processor time of
one thread, the least of all rounds. The older commit is checked out into a temporary folder and run
with the packages of this environment. `--write` keeps benchmarks/results/measuring.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from bench_helpers import publish

ROOT = Path(__file__).resolve().parents[1]
FIELDS = 8
FULL = 255


def write_fields(path: Path) -> None:
    """Simulate fields of 25 cells and keep their planes and masks as arrays."""
    from hpa_features.core.settings import SimulateSettings
    from hpa_features.core.types import CHANNELS
    from hpa_features.simulate.field import simulate_field
    from hpa_features.simulate.study import study

    arrays: dict[str, Any] = {}
    drawn = study(SimulateSettings(fields=FIELDS, group_size=1))
    for number in range(FIELDS):
        made = simulate_field(drawn.plan(number))
        for channel in CHANNELS:
            arrays[f"{number}_{channel.value}"] = made.field.planes[channel]
        arrays[f"{number}_cells"] = made.masks.cells
        arrays[f"{number}_nuclei"] = made.masks.nuclei
    np.savez(path, **arrays)


def read_batch(path: Path, first: int, last: int) -> Any:
    """Return fields `first` to `last` of the kept arrays as one batch, of either commit."""
    from hpa_features.core.types import CHANNELS, Field, Masks

    try:
        from hpa_features.features.batch import Batch
    except ImportError:  # before the measuring core
        from hpa_features.features.spec import Batch
    arrays = np.load(path)
    fields, masks = [], []
    for number in range(first, last):
        planes = {c: arrays[f"{number}_{c.value}"] for c in CHANNELS}
        cells, nuclei = (arrays[f"{number}_{name}"] for name in ("cells", "nuclei"))
        count = int(cells.max())
        fields.append(Field(f"f{number}", planes, dict.fromkeys(planes, FULL), 0.32))
        masks.append(Masks(cells, nuclei, np.arange(1, count + 1), np.ones(count, np.int32)))
    return Batch(tuple(fields), tuple(masks))


def measure_here(path: Path) -> dict[str, float]:
    """Measure with the package that this process imports; print numbers as JSON."""
    from threadpoolctl import threadpool_limits

    from hpa_features.features.measure import measure_all
    from hpa_features.features.registry import families_named

    families = families_named(())
    with threadpool_limits(limits=1):

        def seconds(batch: Any, repeats: int) -> float:
            times = []
            for _ in range(repeats):
                begin = time.process_time()
                measure_all(batch, families)
                times.append(time.process_time() - begin)
            return min(times)

        singles = [read_batch(path, number, number + 1) for number in range(FIELDS)]
        measure_all(singles[0], families)  # loads the kernels
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        whole = read_batch(path, 0, FIELDS)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        together = seconds(whole, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "one": seconds(singles[0], 5),
            "singles": sum(seconds(batch, 2) for batch in singles),
            "batch": together,
            "bytes": 1024.0 * (peak - max(before, held)),
        }


def in_turn(path: Path, base: Path, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the least of each number of both packages, measured in turn."""
    found: list[list[dict[str, float]]] = [[], []]
    for _ in range(rounds):
        for into, root in zip(found, (base, ROOT), strict=True):
            environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'cli'}"}
            command = [sys.executable, __file__, "--measure", str(path)]
            done = subprocess.run(
                command, env=environment, check=True, capture_output=True, text=True
            )
            into.append(json.loads(done.stdout))
    least = [{name: min(each[name] for each in some) for name in some[0]} for some in found]
    return least[0], least[1]


def count_calls(path: Path) -> tuple[list[int], dict[str, int], float]:
    """Return kernel calls of 1, 2 and 4 fields, those of one field by kernel, and host share."""
    from hpa_features.features import crops as crops_module
    from hpa_features.features.measure import plan_of
    from hpa_features.features.plan import columns_of, make_numbers
    from hpa_features.features.registry import families_named
    from hpa_features.kernels import cpu

    class Counted:
        def __init__(self) -> None:
            self.calls: Counter[str] = Counter()
            self.seconds = 0.0

        def __getattr__(self, name: str) -> Any:
            kernel = getattr(cpu, name)

            def run(*arguments: Any) -> Any:
                begin = time.process_time()
                try:
                    return kernel(*arguments)
                finally:
                    self.calls[name] += name not in ("from_host", "to_host")
                    self.seconds += time.process_time() - begin

            return run

    totals, kinds, share = [], {}, 0.0
    real = crops_module.kernels_for
    for fields in (1, 2, 4):
        counted = Counted()
        crops_module.kernels_for = lambda *_: counted  # noqa: B023
        try:
            batch = read_batch(path, 0, fields)
            begin = time.process_time()
            crops = crops_module.make_crops(batch)
            plan = plan_of(families_named(()), batch.channels)
            columns_of(make_numbers(crops, plan), plan, batch.cell_count)
            whole = time.process_time() - begin
        finally:
            crops_module.kernels_for = real
        totals.append(sum(counted.calls.values()))
        if fields == 1:
            kinds, share = dict(counted.calls), 1.0 - counted.seconds / whole
    return totals, kinds, share


def pixels_of(path: Path) -> int:
    """Return the crop pixels of all fields together."""
    from hpa_features.features.crops import make_crops

    return make_crops(read_batch(path, 0, FIELDS)).layout.total


def report(base: str, before: dict[str, float], now: dict[str, float], path: Path) -> list[str]:
    """Return the lines of the result."""
    calls, kinds, share = count_calls(path)
    pixels = pixels_of(path)
    rows = (
        ("one field", before["one"], now["one"], before["one"]),
        ("eight fields, one by one", before["singles"], now["singles"], before["singles"]),
        ("eight fields, one batch", before["batch"], now["batch"], before["singles"]),
    )
    lines = [
        (
            f"Default families of {FIELDS} simulated 512² fields, processor seconds of one thread; "
            f"before is commit {base}."
        ),
        "",
        "| | before | now | now / before, of singles for the batch |",
        "|---|--:|--:|--:|",
        *(f"| {name} | {old:.3f} | {new:.3f} | {new / to:.2f} |" for name, old, new, to in rows),
        "",
        (
            f"Memory above that of one field, bytes a crop pixel of the batch ({pixels:,}): "
            f"{before['bytes'] / pixels:.0f} before, {now['bytes'] / pixels:.0f} now."
        ),
        "",
        f"Kernel calls of a batch of one, two and four fields: {', '.join(map(str, calls))}.",
        f"Outside kernels: {share:.1%} of the time for one field.",
    ]
    several = [f"{name} {count}" for name, count in sorted(kinds.items()) if count > 1]
    return [*lines, "", f"Kernels called more than once: {', '.join(several)}."]


def main() -> None:
    """Measure both commits and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="35c03c7")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure_here(options.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path, base = Path(folder) / "fields.npz", Path(folder) / "base"
        write_fields(path)
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(base), options.base], check=True)
        try:
            before, now = in_turn(path, base, options.rounds)
        finally:
            subprocess.run([*git, "remove", "--force", str(base)], check=True)
        lines = report(options.base, before, now, path)
    publish("measuring", "Measuring", lines, "numpy", "numba", write=options.write)


if __name__ == "__main__":
    main()
