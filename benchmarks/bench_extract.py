"""Time, memory and disk of `extract`: by stage and family, before and now, on real fields too.

    python benchmarks/bench_extract.py [--data DIR] [--base COMMIT] [--rounds N] [--only SECTION]
        [--keep DIR] [--write]

Sections:

- stages: from files to rows in parts of 16 fields, real ones where --data has them (hpa_fields) and
  simulated ones, with 8 and 16 bits; both commits also find the same masks.
- families: each family alone, and what the default set saves without it.
- core: measuring one field, eight, and a growing number of cells; memory of a batch; kernel calls.
- runs: `hpa-feat extract` of 40 and 200 fields with one process, and of 200 with two; disk.
- memory: peak of `hpa-feat extract` for 200 and 2,000 small fields.

The older commit is unpacked into a temporary folder and runs with the packages of this
environment. Both commits are asked in turn, in processes of their own, so that other work on the
machine affects both. Seconds are processor time of one thread. Linux only.

`--keep` leaves fields, the older commit and compiled kernels in DIR, and reuses those that are
there; the time of compiling is then not reported. `--write` keeps the result in
benchmarks/results/extract.md and extract.json.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from bench_helpers import publish
from commits import ROOT, Package, unpacked
from extract_report import SECTIONS, lines_of
from extract_runs import peak_memory, time_runs
from extract_times import EIGHT, Pair, describe, time_core, time_families, time_stages
from timed_fields import NATIVE, REAL_512, SIM_512, real_sets, simulated_sets

STEPS = Path(__file__).with_name("extract_steps.py")
DATA = ROOT.parent / "shared" / "data"
KERNELS = "kernels"
OF_FAMILIES = (REAL_512, NATIVE, SIM_512)


def time_commits(folder: Path, sections: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Return the results of the sections that compare two commits."""
    sets, skipped = real_sets(options.data.resolve(), folder)
    sets += simulated_sets(folder, EIGHT)
    result: dict[str, Any] = {"skipped": skipped}
    roots = {"before": unpacked(options.base, folder), "now": ROOT}
    compiled = (folder / KERNELS).exists()
    with Package(roots["before"], STEPS) as before, Package(roots["now"], STEPS) as now:
        pair = Pair(before, now)
        seconds = pair.ask("warm_up")
        if not compiled:
            result["compile_s"] = seconds
        result["sets"] = {one.name: describe(pair, one) for one in sets}
        if "stages" in sections:
            result["stages"] = {one.name: time_stages(pair, one, options.rounds) for one in sets}
        if "families" in sections:
            result["families"] = {
                one.name: time_families(
                    pair, one, result["sets"][one.name]["crop_pixels"], options.rounds
                )
                for one in sets
                if one.name in OF_FAMILIES
            }
        if "core" in sections:
            [simulated] = [one for one in sets if one.name == SIM_512]
            core = time_core(pair, simulated, options.rounds)
            core["bytes"] = {
                when: fresh(root, simulated.once, core["fields"]) for when, root in roots.items()
            }
            result["core"] = core
    return result


def fresh(root: Path, manifest: Path, fields: int) -> int:
    """Return the memory of a batch in a new process, whose peak nothing has raised before."""
    with Package(root, STEPS) as package:
        package.ask("warm_up")
        return int(package.ask("batch_bytes", manifest, fields))


def main() -> None:
    """Print the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--base", default="35c03c7", help="the older commit")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for fields and kernels, made once")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="may be repeated")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sections = options.only or list(SECTIONS)
    result: dict[str, Any] = {"base": options.base, "rounds": options.rounds}
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["NUMBA_CACHE_DIR"] = str(folder / KERNELS)
        if {"stages", "families", "core"} & set(sections):
            result |= time_commits(folder, sections, options)
        if "runs" in sections:
            result["runs"] = time_runs(folder)
        if "memory" in sections:
            result["memory"] = peak_memory(folder)
    publish(
        "extract",
        "Extraction: time, memory and disk",
        lines_of(result),
        "numpy",
        "scipy",
        "numba",
        "pyarrow",
        write=options.write,
        data=result,
    )


if __name__ == "__main__":
    main()
