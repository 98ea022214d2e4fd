"""A small table with known signal, its labels, and a model of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hpa_feat_cli.app import run

ROWS = 120
NAMES = ("Nucleoplasm", "Cytosol", "Rods & rings")


def write_tables(folder: Path) -> None:
    """Write features.parquet, extra.csv (a block), labels.csv, groups.csv of 120 rows.

    Nucleoplasm follows SLF_0001 and its copy, Cytosol follows what only extra.csv has; Rods & rings
    has one row and cannot be learned. Columns tex_* are noise.
    """
    rng = np.random.default_rng(0)
    ids = [f"r{row:03d}" for row in range(ROWS)]
    signal, other = rng.normal(size=(2, ROWS))
    table = pd.DataFrame(
        {"Id": ids, "SLF_0001": signal, "SLF_0002": signal + rng.normal(size=ROWS) / 9}
    )
    for column in range(4):
        table[f"tex_{column}"] = rng.normal(size=ROWS)
    table.to_parquet(folder / "features.parquet", index=False)
    pd.DataFrame({"Id": ids, "score": other}).to_csv(folder / "extra.csv", index=False)
    truth = [signal > 0.2, other > 0, np.arange(ROWS) == 7]
    numbers = (0, 25, 27)
    targets = [" ".join(str(n) for n, hit in zip(numbers, row) if hit) for row in zip(*truth)]
    pd.DataFrame({"Id": ids, "Target": targets}).to_csv(folder / "labels.csv", index=False)
    groups = [f"g{row // 3}" for row in range(ROWS)]
    pd.DataFrame({"Id": ids, "Group": groups}).to_csv(folder / "groups.csv", index=False)


def train_model(folder: Path, *more: str) -> Path:
    """Train on the tables in `folder` and return where the model lies."""
    arguments = ["features.parquet", "labels.csv", "--groups-file", "groups.csv"]
    paths = [str(folder / each) if not each.startswith("-") else each for each in arguments]
    model = folder / "model"
    assert run(["train", *paths, "-o", str(model), "--jobs", "1", "--quiet", *more]) == 0
    return model
