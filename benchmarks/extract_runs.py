"""`hpa-feat extract` as users run it: growth with fields and processes, memory and disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench_helpers import PROGRAM
from processes import Watched, watch
from timed_fields import simulated_sources, write_rows

DISTINCT = 40  # more than a part has rows, so that no part compresses repeated fields
FEW, MANY, MOST = 40, 200, 2000  # fields
SMALL = 128  # pixels: with them 2,000 fields take as long as 150 of 512²


def time_runs(folder: Path) -> dict[str, Any]:
    """Run the command on 40 and 200 fields with one process, and on 200 with two.

    Returns what each run took, and the bytes on disk of 200 fields.
    """
    sources = simulated_sources(folder / "many", DISTINCT)
    runs = {}
    for fields, jobs in ((FEW, 1), (MANY, 1), (MANY, 2)):
        manifest = write_rows(sources, fields, folder / f"fields-{fields}.csv")
        run = _extract(manifest, folder / "out", jobs)
        processes = "1 process" if jobs == 1 else f"{jobs} processes"
        runs[f"{fields} fields, {processes}"] = {
            "cells": json.loads(run.output)["cells"],
            "wall_s": run.wall_s,
            "processor_s": run.processor_s,
            "longest_s": run.longest_s,
            "peak_mib": run.peak_mib,
        }
    return {"distinct": DISTINCT, "runs": runs, "disk": _disk(folder / "out")}


def peak_memory(folder: Path, most: int = MOST) -> dict[str, Any]:
    """Return the peak memory of 200 and of `most` small fields with one process."""
    sources = simulated_sources(folder / "small", DISTINCT, "--size", SMALL)
    found = {}
    for fields in (MANY, most):
        manifest = write_rows(sources, fields, folder / f"small-{fields}.csv")
        run = _extract(manifest, folder / "out", 1)
        found[str(fields)] = {"peak_mib": run.peak_mib, "processor_s": run.processor_s}
    return {"size": SMALL, "fields": found}


def _extract(manifest: Path, output: Path, jobs: int) -> Watched:
    command = [PROGRAM, "extract", manifest, "-o", output, "--overwrite", "--jobs", str(jobs)]
    return watch([*command, "--json", "--quiet"])


def _disk(folder: Path) -> dict[str, Any]:
    """Return megabytes by kind of file, and the number of parts."""
    patterns = {"images": "images/*", "cells": "cells/*", "journal": "journal-*"}
    sizes = {
        kind: sum(path.stat().st_size for path in folder.glob(pattern)) / 1e6
        for kind, pattern in patterns.items()
    }
    return {
        "mb": sizes,
        "schema_mb": (folder / "schema.json").stat().st_size / 1e6,
        "parts": len(list(folder.glob("images/*"))),
    }
