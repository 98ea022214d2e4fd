"""A small trained bundle on disk, for tests of what reads one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_training import made_training

from hpa_features.core.train_settings import TrainSettings
from hpa_features.pipeline.train import TrainSummary, train


def write_tables(folder: Path, **shape: object) -> tuple[str, str]:
    """Write ``features.parquet`` and ``labels.csv`` of `made_training` and return their paths."""
    data = made_training(**shape)
    columns = {"Id": pa.array(data.ids)}
    columns["Metadata_Gene"] = pa.array([data.group_names[group] for group in data.groups])
    columns |= {each.name: data.values[:, at] for at, each in enumerate(data.columns)}
    pq.write_table(pa.table(columns), folder / "features.parquet")
    lines = ["Id," + ",".join(data.labels)]
    lines += [
        f"{each}," + ",".join(str(int(bit)) for bit in row)
        for each, row in zip(data.ids, data.truth)
    ]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "features.parquet"), str(folder / "labels.csv")


def train_small(folder: Path, name: str = "model", **settings: object) -> TrainSummary:
    """Train on the tables in `folder` and return the summary; the bundle is `folder`/`name`."""
    chosen = TrainSettings(**({"bootstrap": 50, "nested_rows": 0} | settings))
    features, labels = str(folder / "features.parquet"), str(folder / "labels.csv")
    return train(features, labels, str(folder / name), chosen)


def fresh_rows(rows: int = 5, columns: int = 12, seed: int = 9) -> np.ndarray:
    """Return values that no model was trained on."""
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
