"""Two smooth learners next to the trees: logistic regression on inputs, and on a kernel of them.

The kernel is Gaussian, by landmarks (Williams & Seeger 2001, "Using the Nyström method to speed up
kernel machines"), here some of the training rows; small tables take all of them. What is kept is
numbers: a log-odd is a weighted sum of inputs, or of closeness to the landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from hpa_features.learn.boosting import prior_log_odds
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

Floats = NDArray[np.float64]

MOST_LANDMARKS = 500
# Inverse L2 penalties, chosen on mosaics and HeLa cells among 1, 3, 10 … 300.
_LINEAR_C = 10.0
_KERNEL_C = 100.0
_SHARPNESS = 0.5  # exp(−½·d²); inputs have mean squared distance 2
_DIRECTIONS = 1e-6  # of the landmarks' kernel, eigenvalues below this share of the first are noise
_ROUNDS = 2000
# Products of matrices of one size sum in one order: a row scores the same alone and among others.
_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """The two smooth learners of every label, of one fold.

    Attributes
    ----------
    inputs
        What turns columns into inputs.
    landmarks
        (landmarks, columns) inputs of some training rows.
    kernel
        (landmarks + 1, labels) weight of each landmark; the constant last.
    linear
        (columns + 1, labels) weight of each input; the constant last.
    """

    inputs: Inputs
    landmarks: Floats
    kernel: Floats
    linear: Floats

    def scores(self, inputs: Floats) -> Floats:
        """Return (rows, labels, 2) log-odds by kernel and by line of (rows, columns) inputs."""
        scores = np.empty((len(inputs), self.kernel.shape[1], 2))
        block = np.zeros((_ROWS_AT_ONCE, inputs.shape[1]))
        for at in range(0, len(inputs), _ROWS_AT_ONCE):
            rows = inputs[at : at + _ROWS_AT_ONCE]
            block[: len(rows)] = rows
            close = closeness(block, self.landmarks)
            by_kernel = close @ self.kernel[:-1] + self.kernel[-1]
            by_line = block @ self.linear[:-1] + self.linear[-1]
            scores[at : at + len(rows), :, 0] = by_kernel[: len(rows)]
            scores[at : at + len(rows), :, 1] = by_line[: len(rows)]
        return scores

    def of_labels(self, kept: NDArray[np.bool_]) -> Smooth:
        """Return the learners with nothing but a 0 for labels that are not `kept`."""
        return replace(self, kernel=self.kernel * kept, linear=self.linear * kept)


@dataclass(frozen=True, slots=True, eq=False)
class SmoothFit:
    """Learners (None where only scores were asked for) and held rows' (rows, labels, 2) scores."""

    model: Smooth | None
    raw: Floats


def closeness(rows: Floats, landmarks: Floats) -> Floats:
    """Return (rows, landmarks) exp(−½·squared distance)."""
    lengths = np.sum(rows**2, axis=1)[:, None] + np.sum(landmarks**2, axis=1)
    return closeness_at(lengths - 2 * (rows @ landmarks.T))


def closeness_at(squares: Floats) -> Floats:
    """Return exp(−½·d²) of squared distances, which rounding may have made negative."""
    return np.asarray(np.exp(-_SHARPNESS * np.maximum(squares, 0)))


def fit_smooth(
    stage: Stage,
    split: Split,
    labels: NDArray[np.bool_],
    seed: int,
    *,
    keep: bool,
    networks: NDArray[np.intp] | None = None,
) -> SmoothFit:
    """Fit the labels on the split's training rows and score its held rows.

    Parameters
    ----------
    labels
        (all labels,) which to fit; the others score 0.
    seed
        Draws the landmarks.
    keep
        Whether the learners are wanted too.
    networks
        Places of columns that count as far as they are more than chance (`Inputs.fit`).
    """
    truth = stage.truth()[split.train] & labels
    values = stage.values(split.bins)
    inputs = Inputs.fit(values[split.train], truth[:, labels], networks)
    rows = inputs.apply(values[split.train])
    drawn = np.random.default_rng(seed).permutation(len(rows))[:MOST_LANDMARKS]
    landmarks = rows[np.sort(drawn)]
    directions = _directions(landmarks)
    by_kernel = _fit_each(closeness(rows, landmarks) @ directions, truth, labels, _KERNEL_C)
    kernel = np.vstack([directions @ by_kernel[:-1], by_kernel[-1:]])
    linear = _fit_each(rows, truth, labels, _LINEAR_C)
    model = Smooth(inputs, landmarks, kernel, linear)
    return SmoothFit(model if keep else None, model.scores(inputs.apply(values[split.held])))


def _directions(landmarks: Floats) -> Floats:
    """Return (landmarks, directions): closeness times it has the kernel as inner product."""
    sizes, directions = np.linalg.eigh(closeness(landmarks, landmarks))
    kept = sizes > _DIRECTIONS * sizes[-1]
    return np.asarray(directions[:, kept] / np.sqrt(sizes[kept]))


def _fit_each(
    rows: Floats, truth: NDArray[np.bool_], labels: NDArray[np.bool_], inverse_penalty: float
) -> Floats:
    """Return (columns + 1, labels) coefficients, the constant last."""
    found = np.zeros((rows.shape[1] + 1, truth.shape[1]))
    for label in np.flatnonzero(labels):
        target = truth[:, label]
        if target.all() or not target.any():
            found[-1, label] = prior_log_odds(target)
            continue
        curve = LogisticRegression(C=inverse_penalty, max_iter=_ROUNDS).fit(rows, target)
        found[:-1, label] = curve.coef_[0]
        found[-1, label] = curve.intercept_[0]
    return found
