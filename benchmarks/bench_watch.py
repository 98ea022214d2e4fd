"""How long `predict --watch` takes to predict a field of 512 × 512 pixels on one core.

    python benchmarks/bench_watch.py MODEL IMAGES [--fields N] [--write]

MODEL and IMAGES are those of a demo (`hpa-feat demo -o demo`): demo/model-of-simulated-fields and
demo/fields. The command watches an empty folder on one core, and fields are copied into it one
after another, each when the one before it is predicted. Latency is the time from the end of the
last write of a field to its line on stdout, without the time that files must not change
(`--settle`); other programs on the machine make it longer, which the processor's time shows. The
first field is not counted: the model is unpacked for it. `--write` keeps the result in
benchmarks/results/watch.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench_helpers import PROGRAM, publish

SETTLE_S = 1.0
COLOURS = ("blue", "red", "yellow", "green")


def latencies(
    model: Path, images: Path, folder: Path, fields: int
) -> tuple[list[float], list[float]]:
    """Return the seconds that each field waits for its prediction, and those of the processor."""
    seen = folder / "seen"
    seen.mkdir()
    command = [PROGRAM, "predict", model, seen, "--watch", "--settle", str(SETTLE_S)]
    command += ["--pixel-size-um", "0.32", "-o", folder / "predictions"]
    core = min(os.sched_getaffinity(0))
    ids = sorted(path.name.removesuffix("_blue.png") for path in images.glob("*_blue.png"))
    waits, used = [], []
    with subprocess.Popen(
        ["taskset", "-c", str(core), *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("The command has no pipes.")
        for line in process.stderr:
            if line.startswith("watching"):
                break
        for field_id in ids[: fields + 1]:
            for colour in COLOURS:
                name = f"{field_id}_{colour}.png"
                shutil.copyfile(images / name, seen / name)
            before, written = _processor_s(process.pid), time.perf_counter()
            if f'"{field_id}"' not in process.stdout.readline():
                raise RuntimeError(f"No prediction of {field_id}.")
            waits.append(time.perf_counter() - written - SETTLE_S)
            used.append(_processor_s(process.pid) - before)
        process.send_signal(signal.SIGINT)
        process.communicate()
    return waits[1:], used[1:]


def _processor_s(process: int) -> float:
    """Return the processor time that a process has taken so far."""
    values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Watch, and print the latencies."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--fields", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="keep the result")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        waits, used = latencies(args.model, args.images, Path(name), args.fields)
    what = (
        f"`predict --watch --settle {SETTLE_S:g}` on one core, {len(waits)} fields of 512 × 512, "
        "process warm. Seconds from the last write to the prediction, less those of `--settle`:"
    )
    lines = [
        what,
        "",
        "| | median | longest |",
        "|---|--:|--:|",
        f"| latency | {statistics.median(waits):.2f} | {max(waits):.2f} |",
        f"| processor's time | {statistics.median(used):.2f} | {max(used):.2f} |",
    ]
    publish("watch", "Fields predicted as they come", lines, "lightgbm", "numba", write=args.write)


if __name__ == "__main__":
    main()
