"""evaluate: predictions or a bundle's out-of-fold answers against the truth."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import EvaluateSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hpa_features.core.tables import LabelTable
    from hpa_features.io.predictions import Predictions
    from hpa_features.learn.bootstrap import Difference
    from hpa_features.learn.scores import Scores


@dataclass(frozen=True, slots=True)
class EvaluateSummary:
    """What `evaluate` found.

    Attributes
    ----------
    kind
        ``nested`` or ``cross-fitted`` for a bundle's own answers, empty for other predictions.
    scores
        Figures of all rows.
    by
        Figures of each value of ``--by``'s column.
    compared
        How much better these predictions are than ``--compare``'s; None without it.
    fields
        Rows that were scored.
    seconds
        Time it took.
    """

    kind: str
    scores: Scores
    by: Mapping[str, Scores]
    compared: Difference | None
    fields: int
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
        A file that `predict` writes, a Kaggle submission, or a bundle: its out-of-fold answers,
        which no model, calibrator or threshold chosen on the same rows has touched.
    labels
        The truth, as `io.labels.read_labels` reads it; may be empty for a bundle, which knows.
    settings
        Break-down, groups, comparison, draws.
    progress
        Told what is left out of the figures, and why.

    Raises
    ------
    UsageError
        A file is missing or malformed, or no truth is given.
    DataError
        No id is in both predictions and truth.
    """
    from hpa_features.io.labels import read_labels

    begun = time.monotonic()
    settings = settings or EvaluateSettings()
    answers = _read(predictions, progress)
    truth = read_labels(labels, progress=progress) if labels else answers.truth
    if truth is None:
        raise UsageError(
            f"{predictions} are predictions; the truth is needed beside them.",
            hint="Type: hpa-feat evaluate PREDICTIONS LABELS",
        )
    other = _read(settings.compare, progress).predictions if settings.compare else None
    told = _Told(predictions, labels or predictions, settings.compare)
    rows = _align(answers, truth, other, told, progress)
    groups = _groups(rows.ids, answers, settings, progress)
    score = _Scorer(rows, groups, settings)
    parts = _parts(rows.ids, settings.by, progress)
    return EvaluateSummary(
        kind=answers.kind,
        scores=score.rows(list(range(len(rows.ids)))),
        by={value: score.rows(at) for value, at in parts.items()},
        compared=score.compared(),
        fields=len(rows.ids),
        seconds=time.monotonic() - begun,
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """Predictions and, from a bundle, the truth and groups that lie beside them.

    `ranking` has log-odds in place of probabilities: calibrators of different folds would shift
    folds against one another where average precision ranks rows.
    """

    predictions: Predictions
    truth: LabelTable | None
    groups: Mapping[str, str] | None
    kind: str
    ranking: Predictions | None = None


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


def _read(path: str, progress: Progress) -> _Answers:
    from hpa_features.core.tables import LabelTable
    from hpa_features.io.bundle import read_bundle
    from hpa_features.io.prediction_files import read_predictions
    from hpa_features.io.predictions import Predictions

    if not Path(path).is_dir():
        return _Answers(read_predictions(path), None, None, "")
    bundle = read_bundle(Path(path))
    for warning in bundle.facts["warnings"]:
        progress.warn(f"{path}: {warning}")
    oof = bundle.oof
    return _Answers(
        predictions=Predictions(oof.ids, oof.labels, oof.decision, oof.nested),
        truth=LabelTable(oof.ids, oof.labels, oof.truth),
        groups=dict(zip(oof.ids, oof.groups)),
        kind=str(bundle.facts["report"]["kind"]),
        ranking=Predictions(oof.ids, oof.labels, oof.decision, oof.ranking),
    )


def _align(
    answers: _Answers,
    truth: LabelTable,
    other: Predictions | None,
    told: _Told,
    progress: Progress,
) -> _Rows:
    """Bring predictions and truth to the same rows and labels, and tell what has no counterpart."""
    said = answers.predictions
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
    extra = tuple(label for label in truth.labels if label not in said.labels)
    labels = (*said.labels, *extra)
    if extra:
        progress.warn(
            f"{told.predictions} knows nothing of {', '.join(extra)}: counted as never predicted."
        )
    at = {each: row for row, each in enumerate(truth.ids)}
    truth_rows = truth.truth[[at[each] for each in ids]]
    return _Rows(
        ids=ids,
        labels=labels,
        truth=_columns(truth_rows, truth.labels, labels, missing=False),
        decision=_columns(said.rows(ids).decision, said.labels, labels, missing=False),
        probability=_probability(said, ids, labels),
        ranking=_probability(answers.ranking, ids, labels),
        other=None
        if other is None
        else _columns(other.rows(ids).decision, other.labels, labels, missing=False),
    )


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
    ids: tuple[str, ...], answers: _Answers, settings: EvaluateSettings, progress: Progress
) -> tuple[str, ...]:
    from hpa_features.io.groups import groups_from_file

    if settings.groups_file:
        return groups_from_file(ids, settings.groups_file, progress=progress).values
    if answers.groups is not None:
        return tuple(answers.groups[each] for each in ids)
    progress.note(
        "No groups are given: rows are drawn one by one, and the interval is too narrow where "
        "several rows show one gene or antibody (--groups-file CSV)."
    )
    return ids


def _parts(ids: tuple[str, ...], by: str, progress: Progress) -> dict[str, list[int]]:
    """Return the positions of rows by value of ``FILE:COLUMN``, values in order."""
    from hpa_features.io.arrow import ids_of, name_some, read_arrow, texts

    if not by:
        return {}
    path, _, column = by.rpartition(":")
    if not path or not column:
        raise UsageError(f"--by {by}: wanted FILE:COLUMN, such as tiles.csv:kind.")
    table = read_arrow(path, text=None)
    if column not in table.column_names:
        raise UsageError(
            f"--by {by}: {path} has no column {column}; it has {name_some(table.column_names)}."
        )
    value_of = dict(zip(ids_of(table, path), texts(table, column)))
    parts: dict[str, list[int]] = {}
    for row, each in enumerate(ids):
        parts.setdefault(value_of.get(each, ""), []).append(row)
    without = parts.pop("", [])
    if not parts:
        raise DataError(f"--by {by}: none of the scored ids has a value there.")
    if without:
        lone = [ids[row] for row in without]
        progress.warn(f"--by {by}: {len(lone):,} ids have no value: {name_some(lone, 3)}.")
    return dict(sorted(parts.items()))
