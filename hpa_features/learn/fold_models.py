"""Models of every fold and label, and the scores of held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.blend import ALONE, alone, blended
from hpa_features.learn.boosting import log_odds
from hpa_features.learn.cell_scores import CellScorer
from hpa_features.learn.cells import Cells
from hpa_features.learn.folds import Rows
from hpa_features.learn.label_stacking import stack_weights, stacked
from hpa_features.learn.normalize import PlateScales
from hpa_features.learn.own_scores import OwnScores
from hpa_features.learn.smooth import Smooth
from hpa_features.learn.tuning import Tuned

Floats = NDArray[np.float64]
SMOOTH = slice(1, 3)
"""Places of the kernel and the line among the learners."""


@dataclass(frozen=True, slots=True, eq=False)
class FoldModel:
    """What was fitted on one fold's training part.

    Attributes
    ----------
    texts
        (labels,) LightGBM's text; empty for labels without models.
    smooth
        The other learners; None where boosting stands alone.
    weights
        (labels, learners + 1) as `blend_weights` gives them.
    stack
        (labels, 4) as `stack_weights` gives them; None where labels do not look at one another.
    scales
        What the training part saw its columns by; None where it saw them as they are.
    cells
        Scores of cells that it uses in addition; None without them.
    own
        The learner that sees a label's own scores; None where no columns are any label's own.
    """

    texts: tuple[str, ...]
    smooth: Smooth | None
    weights: Floats
    stack: Floats | None = None
    scales: PlateScales | None = None
    cells: CellScorer | None = None
    own: OwnScores | None = None
    _parsed: dict[int, lgb.Booster] = field(default_factory=dict)

    @classmethod
    def boosting(cls, texts: tuple[str, ...]) -> FoldModel:
        """Return a model of trees alone."""
        return cls(texts, None, np.tile(ALONE, (len(texts), 1)))

    def transform(
        self,
        values: NDArray[np.float32],
        plates: Sequence[str],
        cells: Cells | None = None,
        *,
        threads: int = 1,
    ) -> NDArray[np.float32]:
        """Return (rows, seen columns) as the training part saw such rows.

        Parameters
        ----------
        values
            (rows, columns) of the table.
        plates
            (rows,) where columns are normalized.
        cells
            Of these rows, where they are scored.
        """
        seen = values if self.scales is None else self.scales.apply(values, plates)
        if self.cells is None or cells is None:
            return seen
        return np.hstack([seen, self.cells.columns(cells, threads=threads)])

    def knowing(self, values: NDArray[np.float32], plates: Sequence[str]) -> FoldModel:
        """Return the model that also knows the plates of these rows of a table.

        Single rows of them can then be transformed.

        Raises
        ------
        DataError
            As `PlateScales.knowing`.
        """
        if self.scales is None:
            return self
        return replace(self, scales=self.scales.knowing(values, plates))

    def inputs(self, values: NDArray[np.float32]) -> Floats | None:
        """Return what the smooth learners see of each column, column by column."""
        return None if self.smooth is None else self.smooth.inputs.apply(values)

    @property
    def fitted_labels(self) -> list[int]:
        """Numbers of the labels with models."""
        return [label for label, text in enumerate(self.texts) if text]

    def log_odds(
        self,
        values: NDArray[np.float32],
        inputs: Floats | None,
        *,
        threads: int = 1,
    ) -> Floats:
        """Return (rows, fitted labels) log-odds.

        Parameters
        ----------
        values
            (rows, columns), as `transform` gives them.
        inputs
            What `inputs` gives for them.
        """
        return self.combine(self.learner_scores(values, inputs, threads=threads))

    def learner_scores(
        self, values: NDArray[np.float32], inputs: Floats | None, *, threads: int = 1
    ) -> Floats:
        """Return (rows, fitted labels, learners) log-odds; arguments as of `log_odds`."""
        scores = np.zeros((len(values), len(self.fitted_labels), self.weights.shape[1] - 1))
        scores[:, :, SMOOTH] = self.smooth_scores(inputs, len(values))
        if self.own is not None:
            scores[:, :, -1] = self.own.scores(values)[:, self.fitted_labels]
        for position, label in enumerate(self.fitted_labels):
            scores[:, position, 0] = self.tree_scores(label, values, threads=threads)
        return scores

    def tree_scores(self, label: int, values: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """Return (rows,) log-odds of one label by its trees alone."""
        return log_odds(self._booster(label), values, threads) if len(values) else np.empty(0)

    def smooth_scores(self, inputs: Floats | None, rows: int) -> Floats:
        """Return (rows, fitted labels, 2) log-odds by kernel and line; 0 where nothing asks."""
        fitted = self.fitted_labels
        if self.smooth is None or inputs is None or not self.weights[fitted][:, SMOOTH].any():
            return np.zeros((rows, len(fitted), SMOOTH.stop - SMOOTH.start))
        return self.smooth.scores(inputs)[:, fitted]

    def combine(self, scores: Floats) -> Floats:
        """Return (rows, fitted labels) log-odds from (rows, fitted labels, learners)."""
        fitted = self.fitted_labels
        raw = blended(scores, self.weights[fitted])
        if self.stack is None or len(fitted) < 2:
            return raw
        return stacked(raw, self.stack[fitted], range(len(fitted)))

    def splits_on(self, label: int, places: NDArray[np.intp]) -> bool:
        """Return whether the label's trees ask for any of these columns."""
        return bool(self._booster(label).feature_importance("split")[places].any())

    def weighs(self, places: NDArray[np.intp]) -> bool:
        """Return whether the smooth learners look at any of these columns."""
        return self.smooth is not None and bool(self.smooth.inputs.weights[places].any())

    def gain(self, label: int) -> Floats:
        """Return (columns,) what the trees gained by splits on each column."""
        return np.asarray(self._booster(label).feature_importance("gain"), dtype=np.float64)

    def of_labels(self, kept: NDArray[np.bool_]) -> FoldModel:
        """Return the model without what it knows of labels that are not `kept`."""
        return FoldModel(
            tuple(text if keep else "" for text, keep in zip(self.texts, kept, strict=True)),
            None if self.smooth is None else self.smooth.of_labels(kept),
            np.where(kept[:, None], self.weights, alone(self.weights.shape[1])),
            self.stack,
            self.scales,
            self.cells,
            None if self.own is None else self.own.of_labels(kept),
        )

    def fresh(self) -> FoldModel:
        """Return the model of rows as it sees them, unparsed, to be sent to another process."""
        return replace(self, scales=None, cells=None, _parsed={})

    def _booster(self, label: int) -> lgb.Booster:
        if label not in self._parsed:
            self._parsed[label] = lgb.Booster(model_str=self.texts[label])
        return self._parsed[label]


@dataclass(frozen=True, slots=True)
class Inner:
    """Inner out-of-fold log-odds of one outer training part.

    Attributes
    ----------
    rows
        Sorted rows of the training part.
    raw
        (all rows, labels); NaN for rows outside the part.
    outer_scores
        (inner folds, held rows, labels) log-odds of the outer fold's rows, in order, by each
        inner fold's models: predictions of fold models for rows that none was trained on.
    """

    rows: Rows
    raw: NDArray[np.float64]
    outer_scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FoldModels:
    """What cross-fitting gives.

    Attributes
    ----------
    folds
        (rows,) fold that held the row out.
    trained
        (labels,) bool: labels that have models.
    members
        Per fold: what was fitted on its training part.
    rounds
        (folds, labels) number of trees, 0 for labels without models.
    raw
        (rows, labels) out-of-fold log-odds; the training part's share for labels without models.
    inner
        One per fold in nested runs, else empty.
    bins
        Per fold the name of its training part's bins: the stage has the table as it saw it.
    tuned
        Per fold what a search for parameters found; empty without one.
    """

    folds: NDArray[np.int16]
    trained: NDArray[np.bool_]
    members: tuple[FoldModel, ...]
    rounds: NDArray[np.intp]
    raw: NDArray[np.float64]
    inner: tuple[Inner, ...]
    bins: tuple[str, ...]
    tuned: tuple[Tuned, ...]


def stack_labels(
    models: FoldModels, truth: NDArray[np.bool_], labels: NDArray[np.bool_]
) -> FoldModels:
    """Return fold models whose labels look at one another; the same where there is no other.

    Each fold's weights come from rows outside the fold: their inner out-of-fold scores in nested
    runs, else their own.

    Parameters
    ----------
    truth
        (rows, labels).
    labels
        (labels,) which take part; all have models.
    """
    able = np.flatnonzero(labels).tolist()
    if len(able) < 2:
        return models
    raw = models.raw.copy()
    weights = []
    for fold in range(int(models.folds.max()) + 1):
        rows, held = np.flatnonzero(models.folds != fold), models.folds == fold
        evidence = models.inner[fold].raw if models.inner else models.raw
        weights.append(stack_weights(evidence[rows], truth[rows], able))
        raw[held] = stacked(models.raw[held], weights[-1], able)
    return replace(
        models,
        raw=raw,
        members=tuple(replace(member, stack=each) for member, each in zip(models.members, weights)),
        inner=tuple(_inner(inner, each, able) for inner, each in zip(models.inner, weights)),
    )


def _inner(inner: Inner, weights: Floats, able: Sequence[int]) -> Inner:
    raw = inner.raw.copy()
    raw[inner.rows] = stacked(raw[inner.rows], weights, able)
    outer = [stacked(each, weights, able) for each in inner.outer_scores]
    return replace(inner, raw=raw, outer_scores=np.stack(outer))
