"""Why a model gives its scores, as plain data: what `learn.explain` finds and `report` draws.

A **value** is a Shapley value (Shapley 1953; Štrumbelj & Kononenko 2010) of a block of columns: how
far the block moves the log-odds of the final probability away from that of training rows, in nats.
The values of a row's blocks add up to its log-odds minus the base value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BlockReasons:
    """What one label leans on, measured on rows that the scoring model was not trained on.

    All arrays are (blocks,) float64 unless stated otherwise.

    Attributes
    ----------
    label
        Its name.
    blocks
        Names, in alphabetical order; the order of all arrays.
    columns
        (blocks,) how many columns each has.
    size
        Mean absolute value over rows: how far the block moves scores, rightly or wrongly.
    separation
        Mean value among rows with the label minus that among rows without it: how far the block
        moves them apart, in nats. Blocks that learned only noise have about 0.
    error
        Standard error of `separation` over groups.
    spread
        Standard deviation of `separation` over folds.
    chance
        What `separation` reaches in one of twenty trainings on shuffled labels.
    above_chance
        (blocks,) bool: `separation` lies above `chance`.
    loss
        Average precision that is lost when the block is shuffled among rows; NaN: unknown.
    alone
        Average precision of a model of this block's columns alone; NaN: unknown.
    whole
        Average precision of the whole model on the same rows.
    prevalence
        Share of the rows with the label: the average precision of guessing.
    """

    label: str
    blocks: tuple[str, ...]
    columns: NDArray[np.intp]
    size: Floats
    separation: Floats
    error: Floats
    spread: Floats
    chance: Floats
    above_chance: NDArray[np.bool_]
    loss: Floats
    alone: Floats
    whole: float
    prevalence: float

    @property
    def order(self) -> NDArray[np.intp]:
        """(blocks,) places of the blocks by `separation`, the largest first."""
        return np.argsort(-self.separation, kind="stable")

    @property
    def best_alone(self) -> str:
        """Name of the block that ranks best by itself; empty where that is unknown."""
        known = ~np.isnan(self.alone)
        return self.blocks[int(np.nanargmax(self.alone))] if known.any() else ""


@dataclass(frozen=True, slots=True, eq=False)
class LearningCurve:
    """How well a label would be ranked with fewer groups: whether more of them would help.

    Attributes
    ----------
    label
        Its name.
    groups
        (points,) float64, mean number of training groups, rising; the last is all of them.
    positive_groups
        (points,) those of them with the label.
    precision
        (points,) average precision of held-out rows, mean over folds; trees alone, as the other
        learners need choices that small parts of the data do not allow.
    spread
        (points,) its standard deviation over folds.
    """

    label: str
    groups: Floats
    positive_groups: Floats
    precision: Floats
    spread: Floats

    @property
    def last_doubling(self) -> float:
        """Average precision that the last doubling of groups gained."""
        half = float(np.interp(self.groups[-1] / 2, self.groups, self.precision))
        return float(self.precision[-1]) - half


@dataclass(frozen=True, slots=True, eq=False)
class Diagnostics:
    """What ``train --diagnostics`` found and a bundle keeps.

    Attributes
    ----------
    labels
        One for each label that the model learned, in the model's order.
    curves
        The same labels' learning curves.
    rows
        How many rows values were computed of.
    shuffles
        How many trainings on shuffled labels stand behind `BlockReasons.chance`.
    """

    labels: tuple[BlockReasons, ...]
    curves: tuple[LearningCurve, ...]
    rows: int
    shuffles: int


@dataclass(frozen=True, slots=True)
class ColumnReason:
    """One column of a field, and where its value lies.

    Attributes
    ----------
    column
        Its name.
    meaning
        A sentence in a biologist's words; empty for tables that are not ours.
    block
        Its block.
    value
        In the table's units; NaN where the field has none.
    percentile
        Share of training rows with a smaller value, 0 to 100 (half of the equal ones counted);
        NaN where `value` is.
    """

    column: str
    meaning: str
    block: str
    value: float
    percentile: float


@dataclass(frozen=True, slots=True, eq=False)
class LabelReasons:
    """Why a field has a label, or not.

    Attributes
    ----------
    label
        Its name.
    probability, threshold, decision
        What `predict` gives for the field.
    supported
        Whether the label was learned; else all values are 0.
    base
        Mean log-odds of the probability of the background rows.
    values
        (blocks,) value of each block; with `base` they add up to the log-odds of `probability`.
    error
        (blocks,) standard error of `values`.
    columns
        For each of the blocks with the largest absolute values, the column that moves most; the
        largest block first.
    """

    label: str
    probability: float
    threshold: float
    decision: bool
    supported: bool
    base: float
    values: Floats
    error: Floats
    columns: tuple[ColumnReason, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FieldReasons:
    """Why a field has its labels.

    Attributes
    ----------
    id
        Of the field.
    blocks
        Names, in alphabetical order; the order of all values.
    labels
        One for each label of the model, in its order.
    in_training
        Whether the model was trained on the field; it then looks surer than it is.
    cells
        Evidence of each of the field's cells; None where no cells are known.
    """

    id: str
    blocks: tuple[str, ...]
    labels: tuple[LabelReasons, ...]
    in_training: bool = False
    cells: CellEvidence | None = None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each label and block: `value`, its `error`, and what the label has."""
        for label in self.labels:
            figures = {
                "base": label.base,
                "probability": label.probability,
                "threshold": label.threshold,
            }
            for block, value, error in zip(self.blocks, label.values, label.error, strict=True):
                about = {"Id": self.id, "label": label.label, "block": block}
                yield about | {"value": float(value), "error": float(error)} | figures


@dataclass(frozen=True, slots=True, eq=False)
class CellEvidence:
    """How much each cell of a field speaks for each label.

    Attributes
    ----------
    kind
        ``score``: log-odds by the model's own single-cell model; ``alone``: log-odds of a field
        whose statistics all equal this cell's values.
    numbers
        (cells,) ``Metadata_ObjectNumber`` of each cell.
    labels
        Names of the labels that are scored.
    evidence
        (cells, labels) log-odds.
    gain
        (cells, labels) log-odds of the field minus those of the field without the cell; None where
        it is not computed (fields of many cells, models that score cells).
    """

    kind: str
    numbers: NDArray[np.int64]
    labels: tuple[str, ...]
    evidence: Floats
    gain: Floats | None = None

    def table(self) -> dict[str, Any]:
        """Return the evidence as columns by name, one value a cell."""
        columns: dict[str, Any] = {"Metadata_ObjectNumber": self.numbers}
        for at, label in enumerate(self.labels):
            columns[f"{label}.{self.kind}"] = self.evidence[:, at]
            if self.gain is not None:
                columns[f"{label}.gain"] = self.gain[:, at]
        return columns
