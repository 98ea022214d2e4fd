"""How long the first run on a machine compiles, in one process and in two.

    python benchmarks/bench_compiling.py [--write]

Each way starts with an empty cache. Processor time counts all processes; on a busy machine it is
what can be compared. A start with all compiled is timed too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench_helpers import publish

ALONE = "hpa_features.pipeline.warm_up.usable_cores = lambda: 1"
CODE = """
import hpa_features.pipeline.warm_up
from hpa_features.core.settings import ExtractSettings
{how}
hpa_features.pipeline.warm_up.compile_all(ExtractSettings())
"""


class Taken(NamedTuple):
    """Seconds of a start, and what it left in the cache."""

    wall: float
    processor: float
    versions: int
    functions: int


def start(cache: Path, how: str = "") -> Taken:
    """Start once, as the first process of a run does, with a cache."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", CODE.format(how=how)],
        check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"},
    )
    wall, after = time.perf_counter() - began, os.times()
    processor = sum(after[2:4]) - sum(before[2:4])
    versions, functions = (len(list(cache.rglob(f"*.{kind}"))) for kind in ("nbc", "nbi"))
    return Taken(wall, processor, versions, functions)


def main() -> None:
    """Start both ways, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="keep as results/compiling.md")
    chosen = parser.parse_args()
    rows = []
    for name, how in (("two processes", ""), ("one process", ALONE)):
        with tempfile.TemporaryDirectory() as place:
            rows.append((name, start(Path(place), how)))
            if not how:
                rows.append(("all compiled before", start(Path(place))))
    _, first = rows[0]
    lines = [
        f"{first.versions} versions of {first.functions} functions; load {os.getloadavg()[1]:.1f}.",
        "",
        "| start | wall s | processor s |",
        "|---|--:|--:|",
        *(f"| {name} | {each.wall:.0f} | {each.processor:.0f} |" for name, each in rows),
    ]
    publish("compiling", "The first start compiles", lines, "numba", "numpy", write=chosen.write)


if __name__ == "__main__":
    main()
