"""Why a row has its labels: values of blocks, and the columns that move most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from hpa_features.core.errors import BundleError
from hpa_features.core.reasons import ColumnReason, FieldReasons, LabelReasons
from hpa_features.core.tables import Column
from hpa_features.learn.explain.walks import Reader, Walks
from hpa_features.learn.importance import blocks_of
from hpa_features.learn.model import Model

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

QUARTETS = 64
"""Two pairs of walks from one row each; `benchmarks/bench_reasons.py` prints the error."""
TOP_BLOCKS = 3
_COLUMN_PAIRS = 8
_SAME = 1e-6
_LEAST = 1e-9  # a share of 0, or 1, has no log-odds


@dataclass(frozen=True)
class Explainer:
    """A model, prepared to give reasons.

    Attributes
    ----------
    model
        The model, with background rows.
    readers
        One for each fold.
    """

    model: Model
    readers: tuple[Reader, ...]

    @classmethod
    def of(cls, model: Model) -> Explainer:
        """Prepare a model.

        Raises
        ------
        BundleError
            It has no background rows.
        """
        if model.background is None:
            raise BundleError(
                "The model was trained by a version of hpa-feat that kept no rows to compare with.",
                hint="Train it again: hpa-feat train FEATURES LABELS -o DIR",
            )
        rows = model.background.rows
        return cls(
            model,
            tuple(
                Reader.of(member, seen, model.seen)
                for member, seen in zip(model.members, rows, strict=True)
            ),
        )

    @cached_property
    def blocks(self) -> dict[str, NDArray[np.intp]]:
        """Places of each block's columns."""
        return blocks_of(self.model.seen)

    @cached_property
    def walks(self) -> Walks:
        """The walks of every row: each background row begins equally many."""
        rows = np.arange(len(self.readers[0].background))
        starts = np.repeat(np.tile(rows, -(-QUARTETS // len(rows))), 2)
        return Walks.drawn(starts, len(self.blocks), (0,))

    def field(
        self, name: str, seen: Sequence[Values], probabilities: Floats, *, in_training: bool = False
    ) -> FieldReasons:
        """Return why a field has its labels.

        Parameters
        ----------
        name
            Its id.
        seen
            (columns,) of each fold: the row as its model sees it.
        probabilities
            (labels,) what the model predicts of it.
        in_training
            Whether the model was trained on it.

        Raises
        ------
        BundleError
            The model's files give other probabilities on the way than at prediction.
        """
        scores = self._log_odds(seen)
        wrong = np.abs(scores[0, -1] - _log_odds(probabilities)) > _SAME
        if wrong.any():
            label = self.model.labels[int(wrong.argmax())]
            raise BundleError(f"The reasons for {label} do not add up to its prediction.")
        each = self.walks.values(scores)
        values, error = each.mean(axis=0), _standard_error(each)
        base = scores[:, 0].mean(axis=0)
        labels = tuple(
            LabelReasons(
                label=label,
                probability=float(probabilities[at]),
                threshold=choice.threshold,
                decision=bool(probabilities[at] >= choice.threshold),
                supported=choice.calibrator is not None,
                base=float(base[at]),
                values=values[:, at],
                error=error[:, at],
                columns=self._columns(at, seen, values[:, at]),
            )
            for at, (label, choice) in enumerate(
                zip(self.model.labels, self.model.choices, strict=True)
            )
        )
        return FieldReasons(name, tuple(self.blocks), labels, in_training)

    def _log_odds(self, seen: Sequence[Values]) -> Floats:
        """Return (walks, blocks + 1, labels) log-odds of the final probability on the way."""
        model = self.model
        total = np.zeros((len(self.walks.starts), len(self.blocks) + 1, len(model.labels)))
        for reader, row in zip(self.readers, seen, strict=True):
            raw = np.zeros(total.shape)
            raw[:, :, reader.member.fitted_labels] = reader.scores(row, self.walks)
            for at, choice in enumerate(model.choices):
                total[:, :, at] += choice.probabilities(raw[:, :, at])
        return _log_odds(total / len(self.readers))

    def _columns(
        self, label: int, seen: Sequence[Values], values: Floats
    ) -> tuple[ColumnReason, ...]:
        """Return the column that moves most of each of the blocks that move most."""
        names = tuple(self.blocks)
        order = np.argsort(-np.abs(values), kind="stable")[:TOP_BLOCKS]
        return tuple(
            self._column(label, seen, names[block], values[block])
            for block in order.tolist()
            if values[block]
        )

    def _column(self, label: int, seen: Sequence[Values], block: str, value: float) -> ColumnReason:
        """Return the column of a block that moves the label most to the side of `value`."""
        places = self.blocks[block]
        moved = np.zeros(len(places))
        for reader, row in zip(self.readers, seen, strict=True):
            moved += reader.moved(label, row, places, _COLUMN_PAIRS)
        place = int(places[int(np.argmax(moved * np.sign(value)))])
        column: Column = self.model.seen[place]
        number = float(seen[0][place])
        return ColumnReason(
            column=column.name,
            meaning=column.meaning,
            block=block,
            value=number,
            percentile=percentile(number, self.model.usual.aspects[0].space.quantiles[:, place]),
        )


def percentile(value: float, quantiles: Floats) -> float:
    """Return the per cent of training rows below `value`, half of the equal ones counted.

    `quantiles` (points,) are evenly spaced from 0 to 1. NaN for a value that is missing.
    """
    share = np.linspace(0, 1, len(quantiles))
    rank = np.interp(value, quantiles, share) + 1 - np.interp(-value, -quantiles[::-1], share)
    return float(50 * rank)


def _log_odds(probabilities: Floats) -> Floats:
    return np.asarray(logit(np.clip(probabilities, _LEAST, 1 - _LEAST)))


def _standard_error(each: Floats) -> Floats:
    """Return (blocks, labels) of (walks, blocks, labels): what other orders would have changed.

    From the differences between the means of two pairs that begin at one background row: the rows
    themselves are fixed, and the walks of a pair are not independent.
    """
    pairs = each.reshape(-1, 2, 2, *each.shape[1:]).mean(axis=2)
    halves = (pairs[:, 0] - pairs[:, 1]) / 2
    return np.asarray(np.sqrt(np.sum(halves**2, axis=0)) / len(halves))
