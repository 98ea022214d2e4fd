"""One fold's model of every label: trees, kernel and line, blended by inner evidence.

Stacking (Wolpert 1992; Breiman 1996, "Stacked regressions", whose weights are never negative):
out-of-fold log-odds, weighted so that the log loss is least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from hpa_features.learn.boosting import log_odds
from hpa_features.learn.calibrate import smoothed
from hpa_features.learn.cell_scores import CellScorer
from hpa_features.learn.cells import Cells
from hpa_features.learn.normalize import PlateScales
from hpa_features.learn.smooth import Smooth
from hpa_features.learn.stack import stacked

Floats = NDArray[np.float64]

LEARNERS = ("boosting", "kernel", "linear")
ALONE = (1.0, 0.0, 0.0, 0.0)  # boosting; the constant last
# Pull of the weights towards one another; ten times as much does as well on few rows and less
# well on SLF columns, where the lines outweigh the trees.
_TOWARDS_EQUAL = 0.3


def blend_weights(scores: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Return (learners + 1,) weights of least log loss, none negative; the constant last.

    Parameters
    ----------
    scores
        (rows, learners) out-of-fold log-odds.
    truth
        (rows,) label; its targets are smoothed.
    """
    learners = scores.shape[1]
    target = smoothed(truth)
    spread = np.std(scores, axis=0)
    # Not `spread == 0`: that of one number a thousand times is 1e-14 by rounding.
    spread[np.ptp(scores, axis=0) == 0] = 1
    scaled = np.column_stack([scores / spread, np.ones(len(scores))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        log_odd = scaled @ weights
        uneven = weights - np.append(np.full(learners, weights[:-1].mean()), weights[-1])
        pull = _TOWARDS_EQUAL * learners * uneven
        cost = np.sum(np.logaddexp(0, log_odd) - target * log_odd) + 0.5 * np.sum(pull * uneven)
        return float(cost), scaled.T @ (expit(log_odd) - target) + pull

    start = np.append(np.full(learners, 1 / learners), logit(target.mean()))
    bounds = [(0, None)] * learners + [(None, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return np.append(found[:-1] / spread, found[-1])


def blended(scores: Floats, weights: Floats) -> Floats:
    """Return (rows, labels) from (rows, labels, learners) by (labels, learners + 1) weights."""
    total = np.broadcast_to(weights[:, -1], scores.shape[:2]).copy()
    for learner in range(scores.shape[2]):
        total += scores[:, :, learner] * weights[:, learner]
    return total


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
        What scores of cells it saw beside them; None where it saw none.
    """

    texts: tuple[str, ...]
    smooth: Smooth | None
    weights: Floats
    stack: Floats | None = None
    scales: PlateScales | None = None
    cells: CellScorer | None = None
    _parsed: dict[int, lgb.Booster] = field(default_factory=dict)

    @classmethod
    def boosting(cls, texts: tuple[str, ...]) -> FoldModel:
        """Return a model of trees alone."""
        return cls(texts, None, np.tile(ALONE, (len(texts), 1)))

    def see(
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

    def inputs(self, values: NDArray[np.float32]) -> Floats | None:
        """Return what the smooth learners see of each column, column by column."""
        return None if self.smooth is None else self.smooth.inputs.apply(values)

    @property
    def taught(self) -> list[int]:
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
            (rows, columns), as `see` gives them.
        inputs
            What `inputs` gives for them.
        """
        return self.combine(self.learner_scores(values, inputs, threads=threads))

    def learner_scores(
        self, values: NDArray[np.float32], inputs: Floats | None, *, threads: int = 1
    ) -> Floats:
        """Return (rows, fitted labels, learners) log-odds; arguments as of `log_odds`."""
        scores = np.zeros((len(values), len(self.taught), len(LEARNERS)))
        scores[:, :, 1:] = self.smooth_scores(inputs, len(values))
        for position, label in enumerate(self.taught):
            scores[:, position, 0] = self.tree_scores(label, values, threads=threads)
        return scores

    def tree_scores(self, label: int, values: NDArray[np.float32], *, threads: int = 1) -> Floats:
        """Return (rows,) log-odds of one label by its trees alone."""
        return log_odds(self._booster(label), values, threads) if len(values) else np.empty(0)

    def smooth_scores(self, inputs: Floats | None, rows: int) -> Floats:
        """Return (rows, fitted labels, 2) log-odds by kernel and line; 0 where nothing asks."""
        taught = self.taught
        if self.smooth is None or inputs is None or not self.weights[taught, 1:-1].any():
            return np.zeros((rows, len(taught), len(LEARNERS) - 1))
        return self.smooth.scores(inputs)[:, taught]

    def combine(self, scores: Floats) -> Floats:
        """Return (rows, fitted labels) log-odds from (rows, taught labels, learners)."""
        taught = self.taught
        raw = blended(scores, self.weights[taught])
        if self.stack is None or len(taught) < 2:
            return raw
        return stacked(raw, self.stack[taught], range(len(taught)))

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
            np.where(kept[:, None], self.weights, ALONE),
            self.stack,
            self.scales,
            self.cells,
        )

    def fresh(self) -> FoldModel:
        """Return the model of rows as it sees them, unparsed, to be sent to another process."""
        return replace(self, scales=None, cells=None, _parsed={})

    def _booster(self, label: int) -> lgb.Booster:
        if label not in self._parsed:
            self._parsed[label] = lgb.Booster(model_str=self.texts[label])
        return self._parsed[label]
