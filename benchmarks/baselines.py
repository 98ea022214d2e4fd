"""scikit-learn's learners as a reader would use them, on the folds that ours gets.

Each is fitted to one label after another (what `OneVsRestClassifier` does) with its library's own
parameters, its threshold by `TunedThresholdClassifierCV` for F1 on three grouped inner folds; the
chain of classifiers has no thresholds to tune.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from training_tables import Answer, Case, Flags, Floats, NotRun

from hpa_features.core.locations import location_index
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.metrics import f1_scores

INNER = 3
F1 = make_scorer(f1_scores)  # scikit-learn's "f1" without its checks of every cut: 0.4 s a fit
MEASURED = 0.1  # share of the allowed time after which the whole is estimated
Values = NDArray[np.float32]
Own = tuple[tuple[int, ...], ...]
Step = Callable[[float], None]
Fit = Callable[["Part", Values, Step], tuple[Floats, Flags]]


@dataclass(frozen=True)
class Part:
    """Rows to fit to; `own`: the columns that are scores of each label, by another classifier."""

    values: Values
    truth: Flags
    groups: NDArray[np.intp]
    own: Own
    seed: int


class TooLongError(Exception):
    """It would take longer than allowed."""

    def __init__(self, minutes: float) -> None:
        super().__init__(f"{minutes:.0f} minutes")
        self.minutes = minutes


def scaled(model: Any) -> Pipeline:
    """Return the model on standardised columns without gaps."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)


def own_scores(case: Case) -> Own:
    """Return the columns named ``…_LABEL`` of each label; empty where some label has none.

    A location may also stand as its number, ``…_07``.
    """
    names = [column.name for column in case.data.columns]
    own = []
    for label in case.data.labels:
        number = location_index(label)
        ends = (f"_{label}", f"_{label if number is None else f'{number:02d}'}")
        own.append(tuple(at for at, name in enumerate(names) if name.endswith(ends)))
    return tuple(own) if all(own) else ()


def by_label(
    model: Any, part: Part, held: Values, step: Step, *, own: bool = False
) -> tuple[Floats, Flags]:
    """Fit the model with a tuned threshold to each label and answer for `held`."""
    inner = stratified_folds(part.truth, part.groups, INNER, part.seed + 1)
    labels = part.truth.shape[1]
    scores = np.zeros((len(held), labels))
    decision = np.zeros(scores.shape, dtype=bool)
    # In random order, so that the first ones tell how long all take.
    for done, label in enumerate(np.random.default_rng(0).permutation(labels), start=1):
        target = part.truth[:, label]
        columns = list(part.own[label]) if own else slice(None)
        if target.any() and not target.all():
            fitted = tuned(model, part.values[:, columns], target, inner)
            decision[:, label] = fitted.predict(held[:, columns])
            scores[:, label] = score(fitted, held[:, columns])
        else:
            decision[:, label] = target[0]
        step(done / labels)
    return scores, decision


def tuned(model: Any, values: Values, target: Flags, inner: NDArray[np.int16]) -> Any:
    """Return the model with its threshold, where some inner fold has both classes on both sides."""
    parts = [(np.flatnonzero(inner != k), np.flatnonzero(inner == k)) for k in range(INNER)]
    parts = [part for part in parts if all(0 < target[rows].mean() < 1 for rows in part)]
    whole = TunedThresholdClassifierCV(clone(model), scoring=F1, cv=parts) if parts else model
    return clone(whole).fit(values, target)


def score(model: Any, values: Values) -> Floats:
    """Return what the model ranks rows by."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(values))
    return np.asarray(model.predict_proba(values)[:, 1])


def chain(part: Part, held: Values, step: Step) -> tuple[Floats, Flags]:
    """Fit a chain of classifiers to the labels that have both classes."""
    share = part.truth.mean(axis=0)
    able = np.flatnonzero((share > 0) & (share < 1))
    links = ClassifierChain(LogisticRegression(max_iter=5000), order="random", random_state=0)
    model = scaled(links).fit(part.values, part.truth[:, able])
    scores = np.tile(share, (len(held), 1))
    scores[:, able] = model.predict_proba(held)
    step(1.0)
    return scores, scores >= 0.5


_OWN = "logistic, own label's scores"
_FITS: dict[str, Fit] = {
    _OWN: partial(by_label, scaled(LogisticRegression(max_iter=5000)), own=True),
    "RBF-SVM": partial(by_label, scaled(SVC())),
    "chain of logistic": chain,
    "LightGBM": partial(by_label, lgb.LGBMClassifier(n_jobs=1, random_state=0, verbose=-1)),
    "logistic": partial(by_label, scaled(LogisticRegression(max_iter=5000))),
    "random forest": partial(by_label, scaled(RandomForestClassifier(n_jobs=1, random_state=0))),
}


def baselines(case: Case) -> Mapping[str, Fit]:
    """Return the learners that this table can be given to, quick ones first."""
    return {name: fit for name, fit in _FITS.items() if name != _OWN or own_scores(case)}


def answer(fit: Fit, case: Case, minutes: float, commit: str) -> Answer | NotRun:
    """Return what a baseline says of a table, or that it would take more than `minutes`."""
    try:
        return _answer(fit, case, minutes, commit)
    except TooLongError as error:
        return NotRun(error.minutes)


def _answer(fit: Fit, case: Case, minutes: float, commit: str) -> Answer:
    began = time.process_time()
    data, own = case.data, own_scores(case)
    folds = int(case.folds.max()) + 1
    parts = folds + case.tested
    scores, decision = np.zeros(data.truth.shape), np.zeros(data.truth.shape, dtype=bool)

    def part(rows: Flags) -> Part:
        groups = renumber(data.groups[rows])
        return Part(data.values[rows], data.truth[rows], groups, own, case.seed)

    def step(before: int, share: float) -> None:
        spent = (time.process_time() - began) / 60
        estimate = spent * parts / (before + share)
        if before == 0 and spent > MEASURED * minutes and estimate > minutes:
            raise TooLongError(estimate)

    for fold in range(folds):
        held = case.folds == fold
        said = fit(part(~held), data.values[held], partial(step, fold))
        scores[held], decision[held] = said
    test = np.zeros(case.test_truth.shape), np.zeros(case.test_truth.shape, dtype=bool)
    if case.tested:
        test = fit(part(np.ones(len(held), dtype=bool)), case.test_values, partial(step, folds))
    return Answer(scores, decision, *test, time.process_time() - began, commit)
