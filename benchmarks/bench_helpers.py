"""What benchmarks share: commands and tasks that they run, times, and how results are kept."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
PROGRAM = str(Path(sys.executable).with_name("hpa-feat"))


def call(*arguments: str | Path) -> str:
    """Run a quiet command of the installed program and return what it prints."""
    command = [PROGRAM, *map(str, arguments), "--quiet"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_turn(tasks: Sequence[Callable[[], Any]], what: str, *, more: int = 0) -> list[Any]:
    """Call tasks of a training one after another, in this process (a `learn.tasks.Run`)."""
    del what, more
    return [task() for task in tasks]


def least_seconds(work: Callable[[], Any], repeats: int = 2) -> float:
    """Return the least processor time of some calls of `work`."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def machine(*packages: str) -> str:
    """Return one line: date, processor and usable cores, Python and `packages` with versions."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in _lines("/proc/cpuinfo")
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    python = f"Python {sys.version.split()[0]}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {processor}, {cores} cores, {python}, {versions}"


def publish(
    name: str,
    title: str,
    lines: list[str],
    *packages: str,
    write: bool,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Print a result; with `write`, also keep it as results/<name>.md, and `data` as .json."""
    where = machine(*packages)
    text = "\n".join([f"# {title}", "", where, "", *lines]) + "\n"
    print(text)
    if write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    if write and data is not None:
        content = json.dumps({"machine": where, **data}, indent=1, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
