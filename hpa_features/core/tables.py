"""Tables as the verbs hand them to one another: numbers by row id, labels by row id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# The column of predictions that marks rows that their model was trained on.
IN_TRAINING = "InTraining"
# The metadata column that marks rows of simulated fields, and what it holds there and elsewhere.
SIMULATED, TRUE = "Simulated", "true"
# With fewer cells than these, cells at the border and without nucleus stand for an image too.
FEWEST_CELLS = 3
_FALSE = frozenset({"", "0", "0.0", "false", "f", "no", "n", "na", "n/a", "nan", "none", "null"})


def means_yes(text: str) -> bool:
    """Whether a value of such a column is anything but empty, 0, false, no or missing."""
    return text.strip().casefold() not in _FALSE


@dataclass(frozen=True, slots=True)
class Column:
    """What learning and reports need to know about one numeric column.

    Attributes
    ----------
    name
        The column's name.
    block
        Columns that are judged together: ``<Landmark> × <Family>``, ``Acquisition``, or the
        name of a joined table.
    acquisition
        Whether it is a marker of the imaging era (absolute intensity, size, count).
    meaning
        A sentence in a biologist's words; empty for tables that are not ours.
    """

    name: str
    block: str
    acquisition: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Numeric columns by row id.

    Attributes
    ----------
    ids
        Row ids, unique.
    columns
        What each column of `values` is.
    values
        (rows, columns) float32; NaN where undefined, never infinite.
    metadata
        ``Metadata_`` columns by name without that prefix, one text a row; never features.
    settings
        Extraction settings that produced the table; empty for tables that are not ours.
    inexact
        Columns that are excluded because floats would round their whole numbers.
    """

    ids: tuple[str, ...]
    columns: tuple[Column, ...]
    values: NDArray[np.float32]
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    inexact: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def simulated(self) -> tuple[bool, ...]:
        """(rows,) whether the row is of a simulated field."""
        wanted = SIMULATED.casefold()
        column = next((name for name in self.metadata if name.casefold() == wanted), "")
        texts = self.metadata.get(column, ("",) * len(self.ids))
        return tuple(means_yes(each) for each in texts)

    @property
    def in_training(self) -> tuple[bool, ...]:
        """(rows,) whether the row is a prediction of a model that was trained on it."""
        texts = self.metadata.get(IN_TRAINING, ("",) * len(self.ids))
        return tuple(means_yes(each) for each in texts)


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Which labels each row has.

    Attributes
    ----------
    ids
        Row ids, unique.
    labels
        Label names, in order.
    truth
        (rows, labels) bool.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    truth: NDArray[np.bool_]
