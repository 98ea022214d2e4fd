"""How long `predict --watch` takes to predict a field of 512 × 512 pixels on one core.

    python benchmarks/bench_watch.py [--fields N] [--write]

A model of the default features is trained on simulated fields. Then the command watches an empty
folder on one core, and fields are copied into it one after another, each when the one before it is
predicted. Latency is the time from the end of the last write of a field to its line on stdout,
without the time that files must not change (`--settle`). The first field is not counted: the model
is unpacked for it. `--write` keeps the result in benchmarks/results/watch.md.
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

from bench_helpers import PROGRAM, call, publish

SETTLE_S = 1.0
COLOURS = ("blue", "red", "yellow", "green")


def train(folder: Path, fields: int) -> Path:
    """Return a model of all default features of simulated fields, which stay in `folder`."""
    images, features, model = folder / "images", folder / "features", folder / "model"
    call("simulate", "-o", images, "--fields", str(fields), "--size", "512")
    call("extract", images, "-o", features)
    call("train", features, images / "labels.csv", "-o", model)
    return model


def latencies(model: Path, images: Path, folder: Path, fields: int) -> list[float]:
    """Return the seconds that each of some fields waits for its prediction."""
    seen = folder / "seen"
    seen.mkdir()
    command = [PROGRAM, "predict", model, seen, "--watch", "--settle", str(SETTLE_S)]
    command += ["--pixel-size-um", "0.32", "-o", folder / "predictions"]
    core = min(os.sched_getaffinity(0))
    ids = sorted(path.name.removesuffix("_blue.png") for path in images.glob("*_blue.png"))
    times = []
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
            written = time.perf_counter()
            if f'"{field_id}"' not in process.stdout.readline():
                raise RuntimeError(f"No prediction of {field_id}.")
            times.append(time.perf_counter() - written - SETTLE_S)
        process.send_signal(signal.SIGINT)
        process.communicate()
    return times[1:]


def main() -> None:
    """Train, watch, and print the latencies."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fields", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="keep the result")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train(folder, 2 * args.fields)
        found = latencies(model, folder / "images", folder, args.fields)
    what = (
        f"`predict --watch --settle {SETTLE_S:g}` on one core, {len(found)} fields of 512 × 512, "
        "process warm. Seconds from the last write to the prediction, less those of `--settle`:"
    )
    lines = [
        what,
        "",
        "| median | longest |",
        "|---|---|",
        f"| {statistics.median(found):.2f} | {max(found):.2f} |",
    ]
    publish("watch", "Fields predicted as they come", lines, "lightgbm", "numba", write=args.write)


if __name__ == "__main__":
    main()
