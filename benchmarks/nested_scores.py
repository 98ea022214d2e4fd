"""Nested out-of-fold scores of a table, fitted once and kept for what is chosen from them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from bench_helpers import in_turn
from bench_learner import read_table
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.learn.boosting import learner
from hpa_features.learn.crossfit import fit_folds
from hpa_features.learn.data import TrainingData
from hpa_features.learn.fold_models import FoldModels, Inner
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.stage import Stage
from hpa_features.learn.supported import can_be_trained

FOLDS = 5
Scores = tuple[TrainingData, FoldModels]


def nested_scores(folder: Path, seed: int, rows: int, kept: Path) -> Scores:
    """Return a table's labels and groups (without its columns) and its fold models' scores.

    Parameters
    ----------
    folder
        Holds features.parquet and labels.csv, perhaps groups.csv.
    seed
        Of folds and boosting.
    rows
        Groups are drawn until that many rows are reached; 0: all.
    kept
        Where scores are kept from one run to the next.
    """
    path = kept / f"{folder.name}-{seed}-{rows}.npz"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        names = ("features.parquet", "labels.csv", "groups.csv")
        paths = ",".join(str(folder / name) for name in names if (folder / name).exists())
        values, truth, groups = read_table(paths)
        keep = drawn(groups, rows)
        data = table(values[keep], truth[keep], renumber(groups[keep]))
        np.savez_compressed(path, **_arrays(data, fit(data, seed)))
    with np.load(path) as arrays:
        return _read(dict(arrays))


def table(
    values: NDArray[np.floating], truth: NDArray[np.bool_], groups: NDArray[np.intp]
) -> TrainingData:
    """Return plain arrays as a table to learn from."""
    return TrainingData(
        ids=tuple(map(str, range(len(truth)))),
        columns=tuple(Column(f"{each}", "") for each in range(values.shape[1])),
        values=values.astype(np.float32),
        labels=tuple(f"label {each}" for each in range(truth.shape[1])),
        truth=truth,
        groups=groups,
        group_names=tuple(map(str, range(int(groups.max()) + 1))),
        group_column="group",
    )


def fit(data: TrainingData, seed: int) -> FoldModels:
    """Fit all fold models and inner fold models in this process."""
    folds = stratified_folds(data.truth, data.groups, FOLDS, seed)
    able = can_be_trained(data.truth, data.groups, folds)
    parameters = learner(*data.values.shape, seed=seed, threads=1)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        stage.lay_out(data.values, data.truth)
        return fit_folds(data, folds, able, parameters, stage, in_turn, nested=True)


def drawn(groups: NDArray[np.intp], rows: int) -> NDArray[np.intp]:
    """Return the rows of whole groups, drawn until there are `rows`; 0: all rows."""
    if not rows or rows >= len(groups):
        return np.arange(len(groups))
    sizes = np.bincount(groups)
    order = np.random.default_rng(0).permutation(len(sizes))
    taken = order[: np.searchsorted(np.cumsum(sizes[order]), rows) + 1]
    return np.flatnonzero(np.isin(groups, taken))


def outer_scores(models: FoldModels) -> NDArray[np.float64]:
    """Return (inner folds, rows, labels) log-odds by inner models of their outer fold's rows."""
    scores = np.empty((len(models.inner[0].outer_scores), *models.raw.shape))
    for fold, inner in enumerate(models.inner):
        scores[:, models.folds == fold] = inner.outer_scores
    return scores


def _arrays(data: TrainingData, models: FoldModels) -> dict[str, NDArray]:
    return {
        "truth": data.truth,
        "groups": data.groups,
        "folds": models.folds,
        "trained": models.trained,
        "rounds": models.rounds,
        "raw": models.raw,
        "inner": np.stack([inner.raw for inner in models.inner]),
        "beyond": outer_scores(models),
    }


def _read(arrays: dict[str, NDArray]) -> Scores:
    folds = arrays["folds"]
    inner = tuple(
        Inner(np.flatnonzero(folds != fold), raw, arrays["beyond"][:, folds == fold])
        for fold, raw in enumerate(arrays["inner"])
    )
    data = table(np.empty((len(folds), 0)), arrays["truth"], arrays["groups"])
    models = FoldModels(
        folds, arrays["trained"], (), arrays["rounds"], arrays["raw"], inner, bins=(), tuned=()
    )
    return data, models
