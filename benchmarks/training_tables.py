"""Tables that learners are compared on: training rows with their folds, test rows where given.

A folder holds features.parquet and labels.csv, perhaps groups.csv, and perhaps
test_features.parquet with test_labels.csv. Labels without a positive training row stay: nobody can
learn them, and on test rows that have them everybody scores 0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import FeatureTable, LabelTable
from hpa_features.io.groups import NONE, choose_groups
from hpa_features.io.labels import read_labels
from hpa_features.learn.data import TrainingData, fold_count, of_columns, useful_columns
from hpa_features.learn.folds import stratified_folds
from hpa_features.pipeline.feature_tables import load_features

FOLDS = 5
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """A table to learn.

    Attributes
    ----------
    folder, features
        Where it is from.
    data
        The training rows, without useless columns.
    folds
        (rows,) the fold of each training row.
    test_values, test_truth
        (test rows, columns), (test rows, labels); no rows where the table has none.
    seed
        Of the folds and of what learners draw.
    """

    folder: Path
    features: Path
    data: TrainingData
    folds: NDArray[np.int16]
    test_values: NDArray[np.float32]
    test_truth: Flags
    seed: int

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def tested(self) -> bool:
        """Whether there are test rows."""
        return bool(len(self.test_truth))

    @property
    def digest(self) -> str:
        """Changes with any value, label, group or fold."""
        sha = hashlib.sha256(self.data.digest().encode())
        for array in (self.folds, self.test_values, self.test_truth):
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()[:12]

    def row_groups(self) -> list[str]:
        """Return the name of each training row's group."""
        return [self.data.group_names[group] for group in self.data.groups]


@dataclass(frozen=True)
class Answer:
    """What one learner says of a table.

    Attributes
    ----------
    scores, decision
        (rows, labels) of training rows by models that did not see their fold.
    test_scores, test_decision
        (test rows, labels) by what was fitted to all training rows.
    seconds
        CPU time of all of it.
    commit
        Of the code that gave it, ``+`` behind it where files differed.
    """

    scores: Floats
    decision: Flags
    test_scores: Floats
    test_decision: Flags
    seconds: float
    commit: str


@dataclass(frozen=True)
class NotRun:
    """A learner that would take longer than allowed.

    Attributes
    ----------
    minutes
        How many, by its first labels; NaN where it was not tried.
    """

    minutes: float


def read_case(folder: Path, seed: int, features: Path | None = None) -> Case:
    """Return a table; `features` replaces its columns by those of another file of the same rows."""
    path = features or folder / "features.parquet"
    groups = folder / "groups.csv"
    known = read_labels(str(folder / "labels.csv"))
    table = load_features(str(path))
    found = choose_groups(table, NONE, str(groups) if groups.exists() else "")
    names, numbers = np.unique(np.array(found.values), return_inverse=True)
    given = TrainingData(
        ids=table.ids,
        columns=table.columns,
        values=table.values,
        labels=known.labels,
        truth=truth_of(table, known, known.labels),
        groups=numbers,
        group_names=tuple(map(str, names)),
        group_column=found.source,
    )
    data = of_columns(given, useful_columns(given)[0])
    folds = stratified_folds(data.truth, data.groups, fold_count(data, FOLDS), seed)
    return Case(folder, path, data, folds, *_test_rows(folder, data), seed)


def truth_of(table: FeatureTable, known: LabelTable, labels: tuple[str, ...]) -> Flags:
    """Return (rows, labels): which of `labels` each row of the table has."""
    row, column = ({name: at for at, name in enumerate(each)} for each in (known.ids, known.labels))
    return known.truth[np.ix_([row[each] for each in table.ids], [column[each] for each in labels])]


def _test_rows(folder: Path, data: TrainingData) -> tuple[NDArray[np.float32], Flags]:
    path = folder / "test_features.parquet"
    if not path.exists():
        empty = np.zeros((0, len(data.columns)), np.float32)
        return empty, np.zeros((0, len(data.labels)), dtype=bool)
    table = load_features(str(path))
    at = {name: place for place, name in enumerate(table.names)}
    values = table.values[:, [at[column.name] for column in data.columns]]
    known = read_labels(str(folder / "test_labels.csv"))
    return values, truth_of(table, known, data.labels)


@dataclass(frozen=True)
class Kept:
    """Answers kept in a folder, by the table's content, the learner and the seed."""

    folder: Path

    def path(self, case: Case, learner: str) -> Path:
        """Return where the answer lies."""
        said = "".join(each if each.isalnum() else "-" for each in learner)
        return self.folder / f"{case.name}-{case.digest}-{said}-{case.seed}.npz"

    def read(self, case: Case, learner: str) -> Answer | NotRun | None:
        """Return the kept answer; None: there is none."""
        path = self.path(case, learner)
        if not path.exists():
            return None
        with np.load(path) as arrays:
            values: dict[str, Any] = {
                name: arrays[name] if arrays[name].ndim else arrays[name].item() for name in arrays
            }
        return NotRun(**values) if "minutes" in values else Answer(**values)

    def write(self, case: Case, learner: str, answer: Answer | NotRun) -> None:
        """Keep an answer, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path(case, learner)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **vars(answer))
        part.replace(path)
