"""Whether a model says so when fields are unlike those it was trained on.

    python benchmarks/bench_novelty.py REAL … [--fields 120] [--pool 280] [--size 512]
        [--draws 40] [--work DIR] [--write]

A model is trained on simulated fields as `hpa-feat demo` trains one. Then it predicts fields that
it has not seen: of the same simulated microscope, of others, and the REAL folders'. Printed: the
share of fields above the limit, the median Novelty (1 is the limit), whether predict warns of all
fields as a whole, and the block that lies most outside; the chance that a real field has a higher
Novelty than a pool field; how often novelty errs when the training proteins are drawn anew from
training and pool fields; and what it says of a cell line that training lacks. With --work, fields,
tables and the model that are there already are used again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench_helpers import PROGRAM, call, publish
from novelty_draws import Fields, false_alarms, held_out_lines
from numpy.typing import NDArray

from hpa_features.io.arrow import read_arrow

SEEN, POOL = "seen", "pool"
FRESH = "the same microscope, new proteins"
FEW = 24  # fields of each of the others at least
OTHERS = {
    "the same microscope, other fields": (),
    "16 bits": ("--bit-depth", "16"),
    "up to 0.3 of landmark light in Protein": ("--bleed", "0.3"),
    "pixels of 0.48 µm": ("--pixel-size-um", "0.48"),
    "pixels of 0.16 µm": ("--pixel-size-um", "0.16"),
    "all 28 locations": ("--locations", "all"),
}


def simulated(work: Path, name: str, fields: int, size: int, *more: str) -> Path:
    """Simulate fields and return their manifest."""
    folder = work / name
    shape = ("--fields", str(fields), "--size", str(size))
    if not folder.exists():
        call("simulate", "-o", folder, *shape, "--jobs", "1", *more)
    return folder / "manifest.csv"


def measured(work: Path, name: str, source: Path) -> Path:
    """Measure fields and return their table."""
    table = work / f"{name}.parquet"
    if not table.exists():
        call("extract", source, "-o", table, "--segmenter", "watershed", "--jobs", "1")
    return table


@dataclass(frozen=True)
class Said:
    """What predict says of one set."""

    name: str
    novelty: NDArray[np.float64]
    above: int
    whole: bool
    block: str

    @classmethod
    def of(cls, model: Path, source: Path | str, name: str, output: Path) -> Said:
        """Predict."""
        command = [PROGRAM, "predict", model, source, "-o", output, "--jobs", "1", "--overwrite"]
        texts = list(map(str, command))
        said = subprocess.run(texts, check=True, capture_output=True, text=True).stderr
        novelty = np.asarray(read_arrow(str(output), text=None).column("Novelty"), dtype=float)
        told = re.search(r"([\d,]+) of [\d,]+ rows are unlike .* most in (.+) \(", said)
        whole = re.search(r"as a whole are unlike .* most in (.+?);", said)
        return cls(
            name=name,
            novelty=novelty,
            above=int(told[1].replace(",", "")) if told else 0,
            whole=whole is not None,
            block=whole[1] if whole else told[2] if told else "–",
        )

    @property
    def row(self) -> str:
        """A row of the result's table."""
        rows, median = len(self.novelty), np.median(self.novelty)
        share = f"{self.above / rows:.0%}"
        whole = "yes" if self.whole else "no"
        return f"| {self.name} | {rows} | {share} | {median:.2f} | {whole} | {self.block} |"


def told_apart(said: Sequence[Said], real: int) -> str:
    """Return a line on the last `real` sets against the first."""
    usual, others = said[0], said[len(said) - real :]
    novelty = np.concatenate([each.novelty for each in others])
    wins = np.mean(novelty[:, None] > usual.novelty)
    above = sum(each.above for each in others)
    return (
        f"A real field has a higher Novelty than a new simulated one with a chance (AUC) of "
        f"{wins:.3f}; {above} of {len(novelty)} real fields lie above the limit.\n"
    )


def main() -> None:
    """Train on simulated fields, predict others, print one row a set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("real", nargs="*", type=Path)
    parser.add_argument("--fields", type=int, default=120)
    parser.add_argument("--pool", type=int, default=280, help="fields of new proteins")
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--work", type=Path, help="keep fields, tables and model here")
    parser.add_argument("--write", action="store_true", help="keep as results/novelty.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        manifest = simulated(work, SEEN, options.fields, options.size)
        features, model = measured(work, SEEN, manifest), work / "model"
        if not model.exists():
            call("train", features, manifest.with_name("labels.csv"), "-o", model, "--jobs", "1")
        pool = simulated(work, POOL, options.pool, options.size, "--seed", "101")
        sources = {FRESH: measured(work, POOL, pool)}
        few = max(FEW, options.fields // 4)
        for at, (name, more) in enumerate(OTHERS.items()):
            set_name, seed = f"set{at + 1}", ("--seed", f"{at + 1}")
            source = simulated(work, set_name, few, options.size, *seed, *more)
            sources[name] = measured(work, set_name, source)
        sources |= {f"real: {each.name}": measured(work, each.name, each) for each in options.real}
        said = [
            Said.of(model, source, name, work / f"said-{at}.csv")
            for at, (name, source) in enumerate(sources.items())
        ]
        fields = Fields.read(
            [(work / f"{each}.parquet", work / each / "labels.csv") for each in (SEEN, POOL)]
        )
        training = len(np.unique(fields.proteins[: options.fields]))
        known = np.arange(len(fields.proteins)) < options.fields
        trained = f"{options.fields} simulated fields of {training} proteins"
        lines = [
            f"Trained on {trained}, {options.size}² at 0.32 µm.\n",
            "| predicted | fields | above the limit | median Novelty | as a whole | most outside |",
            "|---|--:|--:|--:|:-:|---|",
            *(each.row for each in said),
            "",
            *([told_apart(said, len(options.real))] if options.real else []),
            *false_alarms(fields, training, options.draws),
            *held_out_lines(fields, known),
        ]
    packages = ("hpa-feat", "lightgbm", "numpy")
    publish("novelty", "Fields unlike the training data", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
