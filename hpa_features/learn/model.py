"""A trained model: columns in, probabilities, decisions and novelty out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.core.tables import Column, FeatureTable
from hpa_features.io.arrow import name_some
from hpa_features.learn.background import Background
from hpa_features.learn.cell_scores import score_columns
from hpa_features.learn.cells import Cells
from hpa_features.learn.evaluation import Choice
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.folds import Rows
from hpa_features.learn.normalize import plates_of
from hpa_features.learn.novelty import Together, Usual

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The predictions of the model for each row.

    Attributes
    ----------
    probabilities
        (rows, labels) mean of the fold models' calibrated probabilities.
    decisions
        (rows, labels) bool.
    novelty
        (rows,) distance from the training rows (`learn.novelty`); 1 is the limit.
    novel
        (rows,) bool: `novelty` above 1, which at most 1 in 100 usual rows reach.
    block
        (rows,) the block most outside, empty where nothing is.
    together
        How unlike the training data all rows are as a whole; None without rows.
    """

    probabilities: Floats
    decisions: NDArray[np.bool_]
    novelty: Floats
    novel: NDArray[np.bool_]
    block: tuple[str, ...]
    together: Together | None

    def not_finite(self, labels: Sequence[str], ids: Sequence[str]) -> str:
        """Return which label's probabilities are not finite, and in which rows; empty: none."""
        for name, values in zip((*labels, "Novelty"), (*self.probabilities.T, self.novelty)):
            bad = [ids[row] for row in np.flatnonzero(~np.isfinite(values)).tolist()]
            if bad:
                return f"{name} is not a finite number in {len(bad):,} rows ({name_some(bad)})"
        return ""


@dataclass(frozen=True, slots=True)
class Model:
    """Fold models of every label, with their decision rules.

    Attributes
    ----------
    labels
        Names, in order.
    columns
        What the model reads of a table of images, in order.
    choices
        One per label: calibrator, threshold, prevalence.
    members
        Per fold, the models of all labels.
    usual
        Where training rows lie, as the first fold model sees them.
    cell_columns
        Names of what it reads of a table of cells, in order; empty: it scores none.
    background
        Training rows that scores are held against; None in bundles of earlier versions.
    """

    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    choices: tuple[Choice, ...]
    members: tuple[FoldModel, ...]
    usual: Usual
    cell_columns: tuple[str, ...] = ()
    background: Background | None = None

    @property
    def seen(self) -> tuple[Column, ...]:
        """What fold models see of a row: `columns`, and scores of its cells."""
        scorer = self.members[0].cells
        return self.columns if scorer is None else (*self.columns, *score_columns(scorer.labels))

    @property
    def folds(self) -> int:
        """Number of fold models per label."""
        return len(self.members)

    @property
    def thresholds(self) -> Floats:
        """(labels,) cut of each label."""
        return np.array([choice.threshold for choice in self.choices])

    def align(self, table: FeatureTable) -> NDArray[np.float32]:
        """Return the table's values in the model's column order.

        Raises
        ------
        BundleError
            The table lacks columns.
        """
        position = {name: at for at, name in enumerate(table.names)}
        missing = [column.name for column in self.columns if column.name not in position]
        if missing:
            raise BundleError(
                f"The table lacks {len(missing):,} of the {len(self.columns):,} columns that the "
                f"model needs: {', '.join(missing[:3])}{', …' if len(missing) > 3 else ''}.",
                hint="Extract with the same families as the training table.",
            )
        return np.ascontiguousarray(
            table.values[:, [position[column.name] for column in self.columns]]
        )

    def plates(self, table: FeatureTable) -> tuple[str, ...]:
        """Return what each row is normalized within; empty for models that normalize nothing.

        Raises
        ------
        UsageError, DataError
            As `plates_of`.
        """
        scales = self.members[0].scales
        return plates_of(table, scales.column) if scales else ()

    def as_held_out(
        self,
        values: NDArray[np.float32],
        plates: Sequence[str],
        cells: Cells | None,
        folds: NDArray[np.int16],
    ) -> NDArray[np.float32]:
        """Return (rows, seen columns), each row as the fold model sees it that held it out.

        Parameters
        ----------
        values, plates, cells
            As `predict` takes them.
        folds
            (rows,) fold that held the row out.
        """
        seen = np.empty((len(values), len(self.seen)), dtype=np.float32)
        for fold, member in enumerate(self.members):
            held = np.flatnonzero(folds == fold)
            of_plates = [plates[row] for row in held.tolist() if plates]
            seen[held] = member.transform(values[held], of_plates, cells and cells.of(held))
        return seen

    def predict(
        self,
        values: NDArray[np.float32],
        plates: Sequence[str] = (),
        cells: Cells | None = None,
        *,
        threads: int = 1,
        groups: Rows | None = None,
    ) -> Prediction:
        """Return probabilities, decisions and novelty of (rows, columns) values.

        Columns are the model's, in its order (see `align`); (rows,) `plates` as `plates` gives
        them; `cells` of the rows for models that score them.

        Raises
        ------
        DataError
            A plate that was not in training has too few rows.
        """
        # Fold models see rows by nearly the same numbers; the first one's stand for all.
        first = self.members[0].transform(values, plates, cells, threads=threads)
        others = (
            member.transform(values, plates, cells, threads=threads) for member in self.members[1:]
        )
        probabilities = self.probabilities(chain((first,), others), threads=threads)
        unlike = self.usual.judge(first, [column.block for column in self.seen], groups)
        return Prediction(
            probabilities=probabilities,
            decisions=probabilities >= self.thresholds,
            novelty=unlike.novelty,
            novel=unlike.novelty > 1,
            block=unlike.block,
            together=unlike.together,
        )

    def probabilities(self, seen: Iterable[NDArray[np.float32]], *, threads: int = 1) -> Floats:
        """Return (rows, labels) mean probabilities of rows as each fold's model sees them."""
        return np.asarray(
            sum(
                self.fold_probabilities(fold, each, threads=threads)
                for fold, each in enumerate(seen)
            )
            / self.folds
        )

    def fold_probabilities(
        self, fold: int, seen: NDArray[np.float32], *, threads: int = 1
    ) -> Floats:
        """Return (rows, labels) calibrated probabilities by one fold's models of what they see."""
        member = self.members[fold]
        raw = np.zeros((len(seen), len(self.labels)))
        raw[:, member.fitted_labels] = member.log_odds(seen, member.inputs(seen), threads=threads)
        answers = [choice.probabilities(raw[:, at]) for at, choice in enumerate(self.choices)]
        return np.column_stack(answers)

    def gains(self) -> Floats:
        """Return (labels, seen columns) trees' gain over folds; rows sum to 1 or 0."""
        gains = np.zeros((len(self.labels), len(self.seen)))
        for label in self._taught():
            gains[label] = sum(member.gain(label) for member in self.members)
        totals = gains.sum(axis=1, keepdims=True)
        return np.asarray(gains / np.maximum(totals, np.finfo(float).tiny))

    def gain_shares(self) -> Floats:
        """Return (seen columns,) mean of labels' `gains`, summing to 1 (0: no label has any)."""
        return shares_of(self.gains())

    def _taught(self) -> list[int]:
        return [at for at, choice in enumerate(self.choices) if choice.calibrator is not None]


def shares_of(gains: Floats) -> Floats:
    """Return (columns,) mean over the labels with any gain of (labels, columns) gain shares."""
    able = gains.sum(axis=1) > 0
    return np.asarray(gains[able].mean(axis=0)) if able.any() else np.zeros(gains.shape[1])
