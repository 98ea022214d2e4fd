"""Whether reasons hold: planted nulls, biology on new cell lines, faithfulness, error and time.

    python benchmarks/bench_reasons.py nulls [--write]
    python benchmarks/bench_reasons.py biology MODEL [--write]
    python benchmarks/bench_reasons.py faithful MODEL FEATURES [--name NAME] [--write]

nulls: 20 tables, each with two labels that four blocks tell and ten blocks of noise: 200 planted
nulls for each label. A block of noise stands above its chance level in at most the stated share.

biology: a model with diagnostics of the fields of `reason_fields.py`. The top block of a location
is the one that separates rows with and without it most; `location_blocks.csv`, committed before the
first run, has those that biology names. Beside it the same count when locations take one another's
names, 1,000 times.

faithful: fields that the model was not trained on. The blocks of a field are replaced by those of
background rows, one after another: those that speak most for a predicted label first, or in random
orders; the area between the two curves of log-odds, per label and field, with a 95 % interval over
fields. Also the standard error of the largest block, and the processor time of an explanation.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np
from bench_helpers import in_turn, publish
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hpa_features.core.progress import SILENT
from hpa_features.core.reasons import Diagnostics
from hpa_features.core.tables import Column
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.data import TrainingData
from hpa_features.learn.explain.diagnose import LEVEL
from hpa_features.learn.stage import Stage
from hpa_features.learn.train import train

PACKAGES = ("hpa-feat", "lightgbm", "numpy")
TABLES, NOISE, TELLING, COLUMNS = 20, 10, 4, 4
GROUPS, ROWS_A_GROUP = 60, 3
PERMUTATIONS = 1000
Floats = NDArray[np.float64]


def planted(seed: int) -> TrainingData:
    """Return a table whose first four blocks tell two labels; the other ten are noise.

    Columns of a block, and rows of a group, are alike, as those of features are.
    """
    rng = np.random.default_rng((20_261_201, seed))
    groups = np.repeat(np.arange(GROUPS), ROWS_A_GROUP)
    truth = rng.random((GROUPS, 2)) < (0.3, 0.5)
    shape = (TELLING + NOISE, len(groups))
    common = rng.normal(size=(TELLING + NOISE, GROUPS))[:, groups] + rng.normal(size=shape)
    for block in range(TELLING):
        common[block] += 1.2 * truth[groups, block % 2]
    values = common[:, None] + rng.normal(size=(TELLING + NOISE, COLUMNS, len(groups)))
    names = [f"{'told' if b < TELLING else 'noise'}{b:02d}" for b in range(TELLING + NOISE)]
    return TrainingData(
        ids=tuple(f"row{row}" for row in range(len(groups))),
        columns=tuple(Column(f"{name}_{at}", name) for name in names for at in range(COLUMNS)),
        values=values.reshape(-1, len(groups)).T.astype(np.float32),
        labels=("first", "second"),
        truth=truth[groups],
        groups=groups,
        group_names=tuple(f"g{group}" for group in range(GROUPS)),
        group_column="Group",
    )


def found_in(seed: int) -> Diagnostics:
    """Return the diagnostics of a model of one planted table."""
    settings = TrainSettings(diagnostics=True, nested_rows=0, bootstrap=20, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        trained = train(planted(seed), settings, Stage(folder), in_turn, SILENT)
    if trained.diagnostics is None:
        raise SystemExit(f"Table {seed} taught the model nothing.")
    return trained.diagnostics


def nulls(*, write: bool) -> None:
    """Count blocks of noise, and blocks that tell the label, above their chance level."""
    above, told = [], []
    for seed in range(TABLES):
        for at, label in enumerate(found_in(seed).labels):
            noise = [name.startswith("noise") for name in label.blocks]
            own = [name.startswith("told") and int(name[4:]) % 2 == at for name in label.blocks]
            above.append(int(label.above_chance[noise].sum()))
            told.append(int(label.above_chance[own].sum()))
    counts = np.array(above)
    lines = [
        f"{TABLES} tables of {GROUPS} groups of {ROWS_A_GROUP} rows, {COLUMNS} columns a block.",
        "",
        "| label | noise blocks above chance | stated | telling blocks above chance |",
        "|---|--:|--:|--:|",
    ]
    for at, name in enumerate(("first", "second")):
        of_label = counts[at::2]
        lines.append(
            f"| {name} | {of_label.sum()} of {NOISE * TABLES} | "
            f"{LEVEL * NOISE * TABLES:.0f} | {sum(told[at::2])} of {2 * TABLES} |"
        )
    publish(
        "reasons_nulls", "Blocks of noise above their chance level", lines, *PACKAGES, write=write
    )


def main() -> None:
    """Run the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("nulls",))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with threadpool_limits(1):
        nulls(write=asked.write)


if __name__ == "__main__":
    main()
