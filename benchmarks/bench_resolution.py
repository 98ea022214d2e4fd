"""Which columns say the same of a cell whatever the size of its pixels.

    python benchmarks/bench_resolution.py [FOLDER …] [--mark] [--write]

Every field of the folders (default: hpa_fields/native and web_jpeg, 0.08 µm) is segmented once at
its own pixels; planes are averaged and rounded to pixels of 0.16, 0.32 and 0.48 µm, masks taken at
their middles, and all families measured on all. Over the cells that have a nucleus, a column has a
Spearman correlation between two pixel sizes, a shift (median difference / 1.4826 MAD between cells
at the finer; the standard deviation where MAD is 0), and an AUC: how well it tells a cell in one
pixel size from another cell in the other. A column carries over with AUC ≤ 0.7 and Spearman ≥ 0.8;
`--mark` writes up to which size each does to hpa_features/features/resolution_limits.csv, which the
dictionary reads.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_helpers import publish
from numpy.typing import NDArray
from real_cells import DATA, ENTRIES, Floats, coarser, family_columns, measured, real_scenes
from scipy.stats import rankdata

import hpa_features.features

LIST = Path(hpa_features.features.__file__).with_name("resolution_limits.csv")
NATIVE_NM = 80
FACTORS = (2, 4, 6)
FEWEST = 20  # cells
MOST_AUC, LEAST_RANK = 0.7, 0.8
MOST_SHIFT, LEAST_MEDIAN = 0.25, 0.9  # of a family's median


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the columns of the same cells agree: each (columns,), NaN where too few are defined."""

    spearman: Floats
    shift: Floats
    auc: Floats

    @property
    def fails(self) -> NDArray[np.bool_]:
        """Columns that don't carry over."""
        return (self.auc > MOST_AUC) | (self.spearman < LEAST_RANK)


def agreement(fine: Floats, coarse: Floats) -> Agreement:
    """Compare the columns of (cells, columns) arrays."""
    columns = [_of_column(a, b) for a, b in zip(fine.T, coarse.T, strict=True)]
    return Agreement(*np.array(columns).T)


def _of_column(fine: Floats, coarse: Floats) -> tuple[float, float, float]:
    both = np.isfinite(fine) & np.isfinite(coarse)
    a, b = fine[both], coarse[both]
    if len(a) < FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan, np.nan, np.nan
    spread = 1.4826 * np.median(np.abs(a - np.median(a))) or a.std()
    together = rankdata(np.concatenate([a, b]))[len(a) :].sum()
    auc = together / len(a) ** 2 - 0.5 * (len(a) + 1) / len(a)
    rank = np.corrcoef(rankdata(a), rankdata(b))[0, 1]
    return rank, abs(np.median(b - a)) / spread, max(auc, 1 - auc)


def table(title: str, found: Agreement) -> list[str]:
    """Return a row a family: medians, the worst column, and how many don't carry over."""
    lines = [
        f"## {title}",
        "",
        "| family | columns | Spearman | shift, SD | worst AUC | don't carry over | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for name, at in family_columns().items():
        rank, shift = np.nanmedian(found.spearman[at]), np.nanmedian(found.shift[at])
        kept = "kept" if rank >= LEAST_MEDIAN and shift <= MOST_SHIFT else "MISSED"
        lines.append(
            f"| {name} | {len(at)} | {rank:.3f} | {shift:.2f} | {np.nanmax(found.auc[at]):.2f} "
            f"| {found.fails[at].sum()} | {kept} |"
        )
    return [*lines, ""]


def mark(found: list[Agreement]) -> int:
    """Write up to which pixel size each column carries over; return how many don't to the end."""
    upto = np.zeros(len(ENTRIES), np.int64)
    sizes = [NATIVE_NM * factor for factor in (1, *FACTORS)]
    for finer, each in reversed(list(zip(sizes, found))):
        upto[each.fails] = finer
    rows = [(entry.column.name, nm) for entry, nm in zip(ENTRIES, upto, strict=True) if nm]
    with LIST.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("column", "nm"), *rows])
    return len(rows)


def main() -> None:
    """Compare native pixels with coarser ones on the default grid, and on one of 0.48 µm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[DATA / "native", DATA / "web_jpeg"]
    )
    parser.add_argument("--mark", action="store_true", help=f"write {LIST.name}")
    parser.add_argument("--write", action="store_true", help="keep the result")
    options = parser.parse_args()
    scenes = real_scenes(options.folders)
    coarse = {factor: [coarser(scene, factor) for scene in scenes] for factor in FACTORS}
    native = measured(scenes)
    found = [agreement(native, measured(coarse[factor])) for factor in FACTORS]
    common = agreement(measured(scenes, 0.48), measured(coarse[6], 0.48))
    wanted = (
        f"Wanted of a family's medians: Spearman ≥ {LEAST_MEDIAN}, shift ≤ {MOST_SHIFT}; a column "
        f"carries over with AUC ≤ {MOST_AUC} and Spearman ≥ {LEAST_RANK}."
    )
    lines = [
        f"{len(native)} cells of {len(scenes)} fields. {wanted}",
        "",
        *table("0.08 and 0.32 µm", found[1]),
        *table("0.08 and 0.48 µm", found[2]),
        *table("0.08 and 0.48 µm, both with --grid-um 0.48", common),
    ]
    if options.mark:
        marked = mark(found)
        lines.append(f"{marked} of {len(ENTRIES)} columns marked in the dictionary.")
    publish(
        "resolution", "The same cells in coarser pixels", lines, "hpa-feat", write=options.write
    )


if __name__ == "__main__":
    main()
