"""evaluate: predictions, or those of a bundle out of fold, against the truth."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.judge_settings import EvaluateSettings
from hpa_features.core.progress import SILENT, Progress, WarningRecorder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.core.tables import LabelTable
    from hpa_features.io.predictions import Predictions
    from hpa_features.learn.bootstrap import Difference
    from hpa_features.learn.scores import Scores
    from hpa_features.pipeline.evaluate_sides import Side


@dataclass(frozen=True, slots=True)
class EvaluateSummary:
    """What `evaluate` found.

    Attributes
    ----------
    kind
        ``nested`` or ``cross-fitted`` for a bundle's own predictions, empty for others.
    scores
        Figures of all rows.
    by
        Figures of each value of ``--by``'s column.
    compared
        How much better these predictions are than ``--compare``'s; None without it.
    fields
        Rows that were scored.
    in_training
        How many of them the model is known to have been trained on.
    differences
        What differs between the conditions of these predictions and of ``--compare``'s.
    warnings
        Lines that the user was warned with.
    seconds
        Time it took.
    """

    kind: str
    scores: Scores
    by: Mapping[str, Scores]
    compared: Difference | None
    fields: int
    in_training: int
    differences: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float


def evaluate(
    predictions: str,
    labels: str = "",
    *,
    settings: EvaluateSettings | None = None,
    progress: Progress = SILENT,
) -> EvaluateSummary:
    """Score predictions.

    Parameters
    ----------
    predictions
        A file that `predict` writes, a Kaggle submission, or a bundle: its out-of-fold predictions,
        which no model, calibrator or threshold chosen on the same rows has touched.
    labels
        The truth, as `io.labels.read_labels` reads it; may be empty for a bundle, which knows.
    settings
        Break-down, groups, comparison, draws.
    progress
        Receives what is excluded from the scores, and why.

    Raises
    ------
    UsageError
        A file is missing or malformed, or no truth is given.
    DataError
        No id is in both predictions and truth.
    """
    from hpa_features.io.labels import read_labels
    from hpa_features.pipeline.evaluate_conditions import count_in_training
    from hpa_features.pipeline.evaluate_parts import parts_by
    from hpa_features.pipeline.evaluate_sides import read_side

    begun = time.monotonic()
    settings = settings or EvaluateSettings()
    progress = WarningRecorder(progress)
    side = read_side(predictions, progress)
    truth = read_labels(labels, progress=progress) if labels else side.truth
    if truth is None:
        raise UsageError(
            f"{predictions} has predictions; the true labels are needed too.",
            hint="Type: hpa-feat evaluate PREDICTIONS LABELS",
        )
    other = read_side(settings.compare, progress) if settings.compare else None
    told = _Told(predictions, labels or predictions, settings.compare)
    rows = _align(side, truth, None if other is None else other.predictions, told, progress)
    groups = _groups(rows.ids, side, other, settings, progress)
    differences = _warn(rows.ids, side, other, groups, settings.groups_file, progress)
    score = _Scorer(rows, groups, settings)
    parts = parts_by(rows.ids, settings.by, progress)
    return EvaluateSummary(
        kind=side.kind,
        scores=score.rows(list(range(len(rows.ids)))),
        by={value: score.rows(at) for value, at in parts.items()},
        compared=score.compared(),
        fields=len(rows.ids),
        in_training=count_in_training(side, rows.ids),
        differences=differences,
        warnings=tuple(progress.warnings),
        seconds=time.monotonic() - begun,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """Names of the files for messages."""

    predictions: str
    labels: str
    compare: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that are scored, in the order of the predictions; arrays are (rows, labels)."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    truth: NDArray[np.bool_]
    decision: NDArray[np.bool_]
    probability: NDArray[np.float64] | None
    ranking: NDArray[np.float64] | None
    other: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Scorer:
    """Scores any part of the rows alike."""

    all: _Rows
    groups: tuple[str, ...]
    settings: EvaluateSettings

    def rows(self, at: Sequence[int]) -> Scores:
        """Return the figures of the rows at those positions."""
        from hpa_features.learn.scores import score

        probability, ranking = self.all.probability, self.all.ranking
        return score(
            self.all.labels,
            self.all.truth[at],
            self.all.decision[at],
            None if probability is None else probability[at],
            [self.groups[row] for row in at],
            ranking=None if ranking is None else ranking[at],
            draws=self.settings.bootstrap,
            seed=self.settings.seed,
        )

    def compared(self) -> Difference | None:
        """Return how much better the decisions are than the others, None without others."""
        from hpa_features.learn.bootstrap import f1_difference

        if self.all.other is None:
            return None
        return f1_difference(
            self.all.truth,
            self.all.decision,
            self.all.other,
            self.groups,
            draws=self.settings.bootstrap,
            seed=self.settings.seed,
        )


def _warn(
    ids: tuple[str, ...],
    side: Side,
    other: Side | None,
    groups: tuple[str, ...],
    groups_file: str,
    progress: Progress,
) -> tuple[str, ...]:
    """Warn of figures that are too good, and return in what the conditions of both sides differ."""
    from hpa_features.pipeline import evaluate_conditions as conditions

    conditions.warn_of_training_rows(side, ids, progress)
    if groups_file:
        conditions.warn_of_split_groups(side, ids, groups, groups_file, progress)
    if other is None:
        return ()
    found = conditions.warn_of_comparison(side, other, ids, progress)
    if not found:
        conditions.warn_of_training_rows(other, ids, progress)
    return found


def _check_labels_in_common(
    path: str, labels: Sequence[str], truth_path: str, truth: Sequence[str]
) -> None:
    """Refuse predictions of other labels: every score would be 0, as of a poor model."""
    if set(labels).isdisjoint(truth):
        raise DataError(
            f"{path} and {truth_path} have no label in common: {labels[0]!r} against {truth[0]!r}.",
            hint="Labels must be spelled the same in both.",
        )


def _align(
    side: Side,
    truth: LabelTable,
    other: Predictions | None,
    told: _Told,
    progress: Progress,
) -> _Rows:
    """Bring predictions and truth to the same rows and labels, and report the rest."""
    said = side.predictions
    known = set(truth.ids) if other is None else set(truth.ids) & set(other.ids)
    ids = tuple(each for each in said.ids if each in known)
    _tell_lone_ids(set(said.ids), set(truth.ids), (told.predictions, told.labels), progress)
    if other is not None:
        _tell_lone_ids(set(said.ids), set(other.ids), (told.predictions, told.compare), progress)
    if not ids:
        against, theirs, what = told.labels, truth.ids, "Id"
        if other is not None and not set(said.ids).isdisjoint(truth.ids):
            against, theirs, what = told.compare, other.ids, "labelled Id"
        raise DataError(
            f"{told.predictions} and {against} have no {what} in common: "
            f"{said.ids[0]!r} against {theirs[0]!r}."
        )
    _check_labels_in_common(told.predictions, said.labels, told.labels, truth.labels)
    if other is not None:
        _check_labels_in_common(told.compare, other.labels, told.labels, truth.labels)
    extra = tuple(label for label in truth.labels if label not in said.labels)
    labels = (*said.labels, *extra)
    if extra:
        progress.warn(
            f"{told.predictions} has no label {', '.join(extra)}: counted as never predicted."
        )
    at = {each: row for row, each in enumerate(truth.ids)}
    truth_rows = truth.truth[[at[each] for each in ids]]
    if other is not None:
        _tell_unknown_labels(other, truth.labels, truth_rows, told.compare, progress)
    return _Rows(
        ids=ids,
        labels=labels,
        truth=_columns(truth_rows, truth.labels, labels, missing=False),
        decision=_columns(said.rows(ids).decision, said.labels, labels, missing=False),
        probability=_probability(said, ids, labels),
        ranking=_probability(side.ranking, ids, labels),
        other=None
        if other is None
        else _columns(other.rows(ids).decision, other.labels, labels, missing=False),
    )


def _tell_unknown_labels(
    other: Predictions,
    labels: Sequence[str],
    truth: NDArray[np.bool_],
    name: str,
    progress: Progress,
) -> None:
    """Warn of labels that scored rows have and the other predictions do not know."""
    unknown = [
        label for label, hits in zip(labels, truth.T) if hits.any() and label not in other.labels
    ]
    if unknown:
        progress.warn(f"{name} has no label {', '.join(unknown)}: counted as never predicted.")


def _probability(
    said: Predictions | None, ids: Sequence[str], labels: Sequence[str]
) -> NDArray[np.float64] | None:
    """Return (ids, labels) probabilities, 0 for labels that `said` does not know."""
    chosen = None if said is None else said.rows(ids)
    if chosen is None or chosen.probability is None:
        return None
    return _columns(chosen.probability, chosen.labels, labels, missing=0.0)


def _columns(
    values: NDArray[Any], names: Sequence[str], wanted: Sequence[str], *, missing: float
) -> NDArray[Any]:
    """Return the wanted columns, filled with `missing` where there is none of that name."""
    import numpy as np

    at = {name: column for column, name in enumerate(names)}
    filled = np.full((len(values), len(wanted)), missing, dtype=values.dtype)
    for column, name in enumerate(wanted):
        if name in at:
            filled[:, column] = values[:, at[name]]
    return filled


def _tell_lone_ids(
    first: set[str], second: set[str], names: tuple[str, str], progress: Progress
) -> None:
    from hpa_features.io.arrow import name_some

    for mine, others, where, lacking in (
        (first, second, names[0], names[1]),
        (second, first, names[1], names[0]),
    ):
        lone = sorted(mine - others)
        if lone:
            progress.warn(
                f"{len(lone):,} ids of {where} are not in {lacking} and not scored: "
                f"{name_some(lone, 3)}."
            )


def _groups(
    ids: tuple[str, ...],
    side: Side,
    other: Side | None,
    settings: EvaluateSettings,
    progress: Progress,
) -> tuple[str, ...]:
    """Return the groups of the rows: of the file, else of the side that has fewer."""
    from hpa_features.io.groups import Groups, groups_from_file

    known = [
        tuple(each.groups[row] for row in ids)
        for each in (side, other)
        if each is not None and each.groups is not None
    ]
    if settings.groups_file:
        known = [groups_from_file(ids, settings.groups_file, progress=progress).values]
    groups = min(known, key=lambda each: len(set(each)), default=ids)
    if Groups(groups, "").nearly_none:
        given = "Nearly every row is its own group" if known else "No groups are given"
        progress.note(
            f"{given}: rows are drawn one by one, and the interval is too narrow where several "
            "rows show one gene or antibody (--groups-file CSV)."
        )
    return groups
