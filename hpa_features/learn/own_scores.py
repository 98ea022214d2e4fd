"""A learner that sees a label's own scores alone: what classifiers of this label gave the row.

Among the scores of all labels, those of the label itself drown: thirty networks' labels make a
thousand columns, of which a label needs a dozen. A logistic regression on that dozen is a fourth
learner of the blend (`learn.blend`); the other three still see every column, so that scores of
other labels count as far as they help.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import translate

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from hpa_features.core.errors import UsageError
from hpa_features.core.locations import location_index
from hpa_features.core.tables import Column
from hpa_features.learn.boosting import prior_log_odds
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Split

Floats = NDArray[np.float64]
Own = tuple[tuple[int, ...], ...]
"""(labels,) places of each label's own columns; without any label: there are none."""

PLACEHOLDER = "{label}"
# Inverse L2 penalty. On the scores of eleven networks 1 and 0.01 rank worse.
_PENALTY = 0.1
_ROUNDS = 500


def own_columns(columns: Sequence[Column], labels: Sequence[str], pattern: str) -> Own:
    """Return the places of the columns whose names a pattern ascribes to each label.

    Parameters
    ----------
    columns
        Of the table; a joined one's names also match without its block in front.
    labels
        Their names.
    pattern
        ``{label}.net*``: ``*`` and ``?`` stand for any letters, ``{label}`` for the label's name
        in any case, or for its number (``07``) if it is one of the 28 locations. Of labels that
        match one column the longest has it. Empty: no column is any label's own.

    Raises
    ------
    UsageError
        The pattern lacks ``{label}``, or matches no column.
    """
    if not pattern:
        return ()
    if PLACEHOLDER not in pattern:
        raise UsageError(
            f"--own-label-columns {pattern} lacks {PLACEHOLDER}, which marks a label's name.",
            hint="For example, '{label}.net*' finds the columns Nucleoli.net1, ….",
        )
    forms = [(form, at) for at, label in enumerate(labels) for form in _spellings(label)]
    forms.sort(key=lambda each: -len(each[0]))
    matchers = [(_matcher(pattern, form), at) for form, at in forms]
    own: list[list[int]] = [[] for _ in labels]
    for place, column in enumerate(columns):
        names = (column.name, column.name.removeprefix(f"{column.block}."))
        found = next((at for m, at in matchers if any(m.fullmatch(name) for name in names)), None)
        if found is not None:
            own[found].append(place)
    if not any(own):
        raise UsageError(
            f"--own-label-columns {pattern} matches no column for any label.",
            hint=f"Columns are called {columns[0].name}, labels {', '.join(labels[:2])}.",
        )
    return tuple(map(tuple, own))


def _spellings(label: str) -> set[str]:
    number = location_index(label)
    forms = {label, label.replace(" ", "_")}
    return forms if number is None else forms | {f"{number:02d}"}


def _matcher(pattern: str, label: str) -> re.Pattern[str]:
    # The label may hold what a pattern would take for its own signs.
    parts = [
        translate(part).removeprefix("(?s:").removesuffix(r")\Z")
        for part in pattern.split(PLACEHOLDER)
    ]
    return re.compile(re.escape(label).join(parts), re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class OwnScores:
    """The learner of every label, of one fold.

    Attributes
    ----------
    middles
        (columns,) mean of the training rows, which stands for a gap.
    weights
        (columns + 1, labels) weight of each column, 0 where it is not the label's own; the
        constant last.
    """

    middles: Floats
    weights: Floats

    def scores(self, values: NDArray[np.float32]) -> Floats:
        """Return (rows, labels) log-odds of (rows, columns) values."""
        scores = np.tile(self.weights[-1], (len(values), 1))
        for label, weights in enumerate(self.weights[:-1].T):
            own = np.flatnonzero(weights)
            seen = np.asarray(values[:, own], dtype=np.float64)
            seen = np.where(np.isnan(seen), self.middles[own], seen)
            # Row by row: a row scores the same alone and among others.
            scores[:, label] += np.sum(np.ascontiguousarray(seen * weights[own]), axis=1)
        return scores

    def parts(self, values: NDArray[np.float32]) -> Floats:
        """Return (columns, labels): what each of (columns,) values adds to the log-odds."""
        seen = np.where(np.isnan(values), self.middles, values.astype(np.float64))
        return np.asarray(self.weights[:-1] * seen[:, None])

    def weighs(self, places: NDArray[np.intp]) -> bool:
        """Return whether any label looks at any of these columns."""
        return bool(self.weights[places].any())

    def of_labels(self, kept: NDArray[np.bool_]) -> OwnScores:
        """Return the learner with nothing but a 0 for labels that are not `kept`."""
        return replace(self, weights=self.weights * kept)


@dataclass(frozen=True, slots=True, eq=False)
class OwnFit:
    """The learner (None where only scores were asked for) and (held rows, labels) scores."""

    model: OwnScores | None
    raw: Floats


def fit_own(
    stage: Stage, split: Split, own: Own, labels: NDArray[np.bool_], *, keep: bool
) -> OwnFit:
    """Fit labels to their own columns on the split's training rows and score its held rows.

    Parameters
    ----------
    own
        Places of each label's columns; a label without any scores its share.
    labels
        (all labels,) which to fit.
    keep
        Whether the learner is wanted too.
    """
    values, truth = stage.values(split.bins), stage.truth()[split.train]
    middles = np.zeros(values.shape[1])
    weights = np.zeros((values.shape[1] + 1, len(own)))
    for label in np.flatnonzero(labels):
        target, places = truth[:, label], list(own[label])
        if not places or target.all() or not target.any():
            weights[-1, label] = prior_log_odds(target)
            continue
        seen = np.asarray(values[split.train][:, places], dtype=np.float64)
        known = ~np.isnan(seen)
        middles[places] = np.where(known, seen, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        seen = np.where(known, seen - middles[places], 0)
        spread = np.sqrt(np.mean(seen**2, axis=0))
        spread[spread == 0] = 1
        curve = LogisticRegression(C=_PENALTY, max_iter=_ROUNDS).fit(seen / spread, target)
        weights[places, label] = curve.coef_[0] / spread
        weights[-1, label] = curve.intercept_[0] - np.sum(weights[places, label] * middles[places])
    model = OwnScores(middles, weights)
    return OwnFit(model if keep else None, model.scores(values[split.held]))
