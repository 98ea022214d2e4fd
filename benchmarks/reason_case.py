"""A model and its training rows, as benchmarks explain them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hpa_features.io.bundle import Bundle, read_bundle
from hpa_features.learn.explain.diagnose import held_out_values
from hpa_features.learn.importance import blocks_of
from hpa_features.learn.model import Model
from hpa_features.learn.packing import unpack
from hpa_features.learn.stage import Stage
from hpa_features.pipeline.feature_tables import load_features

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A model and its training rows, as the fold models see them that held them out."""

    bundle: Bundle
    model: Model
    values: NDArray[np.float32]
    truth: NDArray[np.bool_]
    folds: NDArray[np.int16]
    groups: NDArray[np.intp]

    @classmethod
    def read(cls, model: Path, features: str) -> Case:
        """Read a model of tables that are not normalized, and its rows."""
        bundle = read_bundle(model)
        learned, oof = unpack(bundle), bundle.oof
        table = load_features(features)
        row_of = {each: row for row, each in enumerate(table.ids)}
        values = learned.align(table)[[row_of[each] for each in oof.ids]]
        _, groups = np.unique(np.array(oof.groups), return_inverse=True)
        return cls(bundle, learned, values, oof.truth, oof.folds, groups)

    def held_out(self) -> Floats:
        """Return (rows, blocks, learned labels) values of all rows, by their held-out models."""
        fitted = self.model.members[0].fitted_labels
        found = np.empty((len(self.values), len(blocks_of(self.model.seen)), len(fitted)))
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(folder)
            stage.lay_out(self.values, self.truth)
            for fold, member in enumerate(self.model.members):
                rows = np.flatnonzero(self.folds == fold)
                found[rows] = held_out_values(
                    stage,
                    "",
                    member,
                    rows,
                    self.model.background.rows[fold],
                    self.model.seen,
                    self.model.choices,
                )
        return found
