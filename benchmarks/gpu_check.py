"""Kernels on a GPU: results against the CPU's, times against what memory allows, fields/s.

    python benchmarks/gpu_check.py [--write] [--only kernels extract training]
    python benchmarks/gpu_check.py --estimate 4800    # no GPU: what 4,800 GB/s would allow

Needs a GPU with its driver, CuPy, and hpa-feat in the environment. It simulates fields of 512² and
2048², measures them by the kernels of the CPU, makes every call again on the GPU and compares, also
with what cupyx and cuCIM have; then it measures batches of many fields on both. With
`compute-sanitizer` on the PATH the calls are also made under memcheck and racecheck. `extract` runs
from PNG to tables, with given masks and with the watershed, on both; LightGBM trains 28 labels on
31,072 × 1,000 on both. Exit code 1 if a result differs or an access is wrong.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import gpu_equivalents
import gpu_extract
import gpu_training
from bench_helpers import publish
from family_seconds import batches
from gpu_calls import Call, Checked, bandwidth, calls_of, check

from hpa_features.core.errors import HpaFeatError
from hpa_features.core.settings import Device
from hpa_features.core.simulate_settings import SimulateSettings
from hpa_features.features.batch import Batch
from hpa_features.features.crops import make_crops
from hpa_features.features.measure import measure_all, plan_of
from hpa_features.features.plan import columns_of, make_numbers
from hpa_features.features.registry import families_named
from hpa_features.kernels import gpu_kernels, working_on_gpu
from hpa_features.pipeline.simulate import simulate
from hpa_features.running.threads import usable_cores

FAMILIES = families_named(())
SIZES = {512: (0.32, 4, 64), 2048: (0.08, 2, 16)}
"""Edge → pixel size in µm, fields whose calls are checked, fields of a timed batch."""
HOST_KERNELS = {"bridge_levels", "nuclear_pairs"}
"""Kernels of the default families that run on the host: named here, since CuPy may be missing."""
PARTS = ("kernels", "extract", "training")
_TOOLS = ("memcheck", "racecheck")
_TIMES = 3


@dataclass(frozen=True)
class Stages:
    """Seconds of the stages of a batch on the GPU, and of the same fields one by one on the CPU."""

    fields: int
    cells: int
    crops: float
    kernels: float
    formulas: float
    cpu: float

    @property
    def gpu(self) -> float:
        """Of all stages."""
        return self.crops + self.kernels + self.formulas


def simulated(size: int, folder: Path) -> list[Batch]:
    """Return simulated fields with their true masks, each as a batch of its own."""
    pixel_um, count, _ = SIZES[size]
    place = folder / str(size)
    simulate(place, SimulateSettings(fields=count, size=size, pixel_size_um=pixel_um))
    return batches(place / "manifest.csv", place / "masks")


def together(fields: Sequence[Batch], count: int) -> Batch:
    """Return a batch of so many fields, which take turns."""
    turns = [fields[k % len(fields)] for k in range(count)]
    pairs = [(each.fields[0], each.masks[0]) for each in turns]
    return Batch(tuple(field for field, _ in pairs), tuple(masks for _, masks in pairs))


def checked_calls(fields: Sequence[Batch], gpu: ModuleType) -> Iterator[Checked]:
    """Make every call that measures the fields as one batch again on the GPU."""
    for call in calls_of(together(fields, len(fields)), FAMILIES):
        yield check(call, gpu)


def stages_of(fields: Sequence[Batch], count: int, gpu: ModuleType) -> Stages:
    """Measure a batch of `count` fields; the best of three runs."""
    batch = together(fields, count)
    plan = plan_of(FAMILIES, batch.channels)
    runs = []
    for _ in range(1 + _TIMES):
        began = time.perf_counter()
        crops = make_crops(batch, gpu)
        gpu.device.wait()
        made = time.perf_counter()
        numbers = make_numbers(crops, plan)
        kernels = time.perf_counter()
        columns_of(numbers, plan, batch.cell_count)
        runs.append((made - began, kernels - made, time.perf_counter() - kernels))
    return Stages(count, batch.cell_count, *min(runs[1:], key=sum), _on_cpu(fields, count))


def _on_cpu(fields: Sequence[Batch], count: int) -> float:
    """Return the seconds of one core for so many fields, one by one as on the CPU."""
    measure_all(fields[0], FAMILIES)
    began = time.perf_counter()
    for batch in fields:
        measure_all(batch, FAMILIES)
    return (time.perf_counter() - began) * count / len(fields)


def sanitized(tool: str) -> str:
    """Return what compute-sanitizer's tool reports of the calls of one field; empty: nothing."""
    command = ("compute-sanitizer", "--tool", tool, "--error-exitcode", "9")
    done = subprocess.run(
        [*command, sys.executable, __file__, "--calls-only"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if "ERROR SUMMARY" in line]
    return "" if done.returncode == 0 else (lines or [f"exit code {done.returncode}"])[-1]


def call_lines(size: int, checked: Sequence[Checked], bytes_a_second: float) -> list[str]:
    """Return the table of kernels: worst difference, times, and the least that memory allows."""
    lines = [
        f"## Kernels, {SIZES[size][1]} fields of {size}² as one batch",
        "",
        f"Least: bytes of arguments and results at {bytes_a_second / 1e9:,.0f} GB/s.",
        "",
        "| kernel | calls | worst difference | equal | GPU ms | least ms | ratio | CPU ms |",
        "|---|--:|--:|---|--:|--:|--:|--:|",
    ]
    names = list(dict.fromkeys(each.call.name for each in checked))
    rows = []
    for name in names:
        some = [each for each in checked if each.call.name == name]
        gpu = sum(each.seconds for each in some)
        least = sum(each.call.bytes for each in some) / bytes_a_second
        rows.append((gpu, name, some, least))
    for gpu, name, some, least in sorted(rows, key=lambda row: -row[0]):
        equal = "yes" if all(each.equal for each in some) else "NO"
        cpu = 1e3 * sum(each.call.seconds for each in some)
        lines.append(
            f"| {name} | {len(some)} | {max(each.worst for each in some):.1e} | {equal} | "
            f"{1e3 * gpu:.3f} | {1e3 * least:.3f} | {gpu / least:.1f} | {cpu:.1f} |"
        )
    return [*lines, ""]


def stage_lines(stages: Mapping[int, Stages]) -> list[str]:
    """Return the table of whole batches."""
    lines = [
        "## Batches: images and masks in memory to numbers of all cells",
        "",
        "Crops: upload, background, working grid. Kernels: with the one download. CPU: one core.",
        "",
        "| fields | cells | crops ms | kernels ms | formulas ms | fields/s | on the CPU | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for size, each in stages.items():
        parts = (f"{1e3 * value:.1f}" for value in (each.crops, each.kernels, each.formulas))
        lines.append(
            f"| {each.fields} of {size}² | {each.cells} | {' | '.join(parts)} | "
            f"{each.fields / each.gpu:,.0f} | {each.fields / each.cpu:.1f} | "
            f"{each.cpu / each.gpu:.0f} |"
        )
    return [*lines, ""]


def sanitizer_lines() -> tuple[list[str], bool]:
    """Return what compute-sanitizer finds, and whether that is nothing."""
    head = ["## compute-sanitizer", ""]
    if shutil.which("compute-sanitizer") is None:
        return [*head, "Not on the PATH: not run.", ""], True
    found = {tool: sanitized(tool) for tool in _TOOLS}
    lines = [f"- {tool}: {report or 'nothing'}" for tool, report in found.items()]
    return [*head, *lines, ""], not any(found.values())


def estimate_lines(size: int, fields: Sequence[Batch], bytes_a_second: float) -> list[str]:
    """Return what memory of this speed would allow: an estimate, nothing was run on a GPU."""
    calls = calls_of(together(fields, len(fields)), FAMILIES)
    moved = sum(call.bytes for call in calls) / len(fields)
    least = moved / bytes_a_second
    by_name: dict[str, int] = {}
    for call in calls:
        by_name[call.name] = by_name.get(call.name, 0) + call.bytes
    most = sorted(by_name.items(), key=lambda item: -item[1])[:5]
    allowed = 1 / (3 * least)
    shares = ", ".join(f"{name} {bytes_ / sum(by_name.values()):.0%}" for name, bytes_ in most)
    host = ", ".join(
        f"{name} {1e3 * seconds:.2f} ms" for name, seconds in host_seconds(calls, len(fields))
    )
    return [
        f"## Estimate for {size}² at {bytes_a_second / 1e9:,.0f} GB/s; nothing was run on a GPU",
        "",
        (
            f"{moved / 2**20:,.0f} MiB of arguments and results a field, each kernel's once, in "
            f"{len(calls)} kernel calls a batch: {1e3 * least:.2f} ms a field at least, "
            f"{allowed:,.0f} fields/s where every kernel takes three times as long. Most bytes: "
            f"{shares}. Not counted: launches, download, formulas, and kernels on the host, "
            f"which on a core of this CPU take for each field: {host}."
        ),
        "",
    ]


def host_seconds(calls: Sequence[Call], fields: int) -> list[tuple[str, float]]:
    """Return the kernels that a GPU leaves to the host, with their seconds a field."""
    taken: dict[str, float] = {}
    for call in calls:
        if call.name in HOST_KERNELS:
            taken[call.name] = taken.get(call.name, 0.0) + call.seconds / fields
    return sorted(taken.items())


def main() -> int:
    """Check the kernels, time them, and print or write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep the result")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts of it")
    parser.add_argument("--calls-only", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--estimate", type=float, metavar="GB/S", help="no GPU is needed")
    chosen = parser.parse_args()
    if chosen.estimate:
        return _estimate(chosen.estimate * 1e9, write=chosen.write)
    try:
        device = gpu_kernels().device.describe()
        with tempfile.TemporaryDirectory() as folder, working_on_gpu() as gpu:
            if chosen.calls_only:
                calls = checked_calls(simulated(512, Path(folder))[:1], gpu)
                return int(not all(each.equal for each in calls))
            return _whole(device, gpu, Path(folder), chosen.only, write=chosen.write)
    except HpaFeatError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _estimate(bytes_a_second: float, *, write: bool) -> int:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            lines += estimate_lines(size, simulated(size, Path(folder)), bytes_a_second)
    publish("gpu-estimate", "GPU, estimated", lines, "numpy", "numba", write=write)
    return 0


def _whole(
    device: Mapping[str, Any], gpu: ModuleType, folder: Path, parts: Sequence[str], *, write: bool
) -> int:
    lines = [", ".join(f"{name} {value}" for name, value in device.items()), ""]
    stages: dict[int, Stages] = {}
    right = True
    if "kernels" in parts:
        found, right = kernel_lines(gpu, folder, stages)
        lines += found
    if "extract" in parts:
        lines += extract_lines(folder)
    if "training" in parts:
        lines += gpu_training.time_lines(gpu_training.try_gpus(), usable_cores())
    short = re.sub(r"[^a-z0-9]+", "-", str(device["name"]).lower()).strip("-")
    data = {"device": dict(device), "stages": {size: asdict(each) for size, each in stages.items()}}
    named = () if tuple(parts) == PARTS else tuple(parts)
    name = "-".join(("gpu", short, f"{datetime.now(UTC):%Y-%m-%d}", *named))
    publish(name, "GPU", lines, "numpy", "numba", "lightgbm", write=write, data=data)
    return 0 if right else 1


def kernel_lines(
    gpu: ModuleType, folder: Path, stages: dict[int, Stages]
) -> tuple[list[str], bool]:
    """Return tables of kernels and batches, and whether all are right; fill in the stages."""
    speed, lines, right = bandwidth(gpu), [], True
    libraries, missing = gpu_equivalents.installed()
    for size, (_, _, many) in SIZES.items():
        fields = simulated(size, folder)
        checked = list(checked_calls(fields, gpu))
        right &= all(each.equal for each in checked)
        lines += call_lines(size, checked, speed)
        alike = gpu_equivalents.compared(checked, libraries, gpu) if libraries else []
        lines += gpu_equivalents.lines_of(alike, missing)
        stages[size] = stages_of(fields, many, gpu)
        lines += host_lines(size, checked, gpu.on_host.ON_HOST)
    found, clean = sanitizer_lines()
    return [*lines, *stage_lines(stages), *found], right and clean


def host_lines(size: int, checked: Sequence[Checked], why: Mapping[str, str]) -> list[str]:
    """Return which of the calls run on the host, their share of all, and the reason."""
    whole = sum(each.seconds for each in checked)
    taken = {each.call.name: 0.0 for each in checked if each.call.name in why}
    for each in checked:
        if each.call.name in taken:
            taken[each.call.name] += each.seconds
    rows = [
        f"- {name}: {1e3 * seconds:.2f} ms with its copies, {seconds / whole:.0%} of all kernels' "
        f"time; {why[name]}"
        for name, seconds in taken.items()
    ]
    return [f"### Kernels that run on the host, {size}²", "", *rows, ""]


def extract_lines(folder: Path) -> list[str]:
    """Return tables of `extract` on both devices: fields a second, stages of one process."""
    cores = usable_cores()
    rates, tables = [], []
    for size, (_, _, many) in SIZES.items():
        if not (folder / str(size)).exists():
            simulated(size, folder)
        place = folder / str(size)
        for segmenter in (gpu_extract.GIVEN, gpu_extract.FOUND):
            ways = [(Device.GPU, jobs) for jobs in sorted({1, min(4, cores), cores})]
            rates += [
                gpu_extract.rate(place, size, many, segmenter, *way)
                for way in (*ways, (Device.CPU, cores))
            ]
            wall, seconds = gpu_extract.stages(place, many, segmenter, Device.GPU)
            tables += gpu_extract.stage_lines(size, segmenter, many, wall, seconds)
    return [*gpu_extract.rate_lines(rates), *tables]


if __name__ == "__main__":
    raise SystemExit(main())
