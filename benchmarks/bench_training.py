"""Our learner against scikit-learn's, on the same rows, columns, folds and groups.

    python benchmarks/bench_training.py --tables DIR … [--seeds 1] [--write]

Each DIR holds features.parquet and labels.csv, perhaps groups.csv. Five grouped, stratified outer
folds; every learner makes all its choices inside each training part. Baselines are fitted once a
label with their library's own parameters, their thresholds by `TunedThresholdClassifierCV` for F1
on three grouped inner folds; the chain of classifiers has no thresholds to tune. macro F1 is of
pooled out-of-fold decisions, mAP of pooled out-of-fold scores. Intervals: bootstrap over groups.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from bench_helpers import publish
from bench_learner import read_table
from nested_scores import FOLDS, table
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from hpa_features.core.progress import SILENT
from hpa_features.core.train_settings import TrainSettings
from hpa_features.learn.boosting import Stage
from hpa_features.learn.bootstrap import f1_difference
from hpa_features.learn.data import TrainingData, drop_useless
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.metrics import macro_f1, mean_average_precision
from hpa_features.learn.train import train

OURS = "hpa-feat"
INNER = 3
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Answer:
    """Out-of-fold scores and decisions, (rows, labels), and how long they took."""

    scores: NDArray[np.float64]
    decision: NDArray[np.bool_]
    seconds: float


def scaled(model: Any) -> Pipeline:
    """Return the model on standardised columns without gaps."""
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), model)


BASELINES: dict[str, Any] = {
    "LightGBM": lgb.LGBMClassifier(n_jobs=1, random_state=0, verbose=-1),
    "random forest": scaled(RandomForestClassifier(n_jobs=1, random_state=0)),
    "RBF-SVM": scaled(SVC()),
    "logistic": scaled(LogisticRegression(max_iter=5000)),
}
CHAIN = scaled(ClassifierChain(LogisticRegression(max_iter=5000), order="random", random_state=0))


def ours(data: TrainingData, seed: int) -> Answer:
    """Train as `hpa-feat train` does."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainSettings(seed=seed, bootstrap=10)
        oof = train(data, settings, Stage(folder), lambda tasks: [t() for t in tasks], SILENT).oof
    return Answer(oof.ranking, oof.decision, time.process_time() - began)


def by_label(model: Any) -> Callable[[TrainingData, int], Answer]:
    """Return what fits `model` with a tuned threshold to one label after another."""

    def answer(data: TrainingData, seed: int) -> Answer:
        began = time.process_time()
        folds = stratified_folds(data.truth, data.groups, FOLDS, seed)
        scores, decision = np.zeros(data.truth.shape), np.zeros(data.truth.shape, dtype=bool)
        for fold in range(FOLDS):
            rows, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            groups = renumber(data.groups[rows])
            inner = stratified_folds(data.truth[rows], groups, INNER, seed + 1)
            for label in range(data.truth.shape[1]):
                target = data.truth[rows, label]
                if target.any() and not target.all():
                    fitted = tuned(model, data.values[rows], target, inner)
                    decision[held, label] = fitted.predict(data.values[held])
                    scores[held, label] = score(fitted, data.values[held])
        return Answer(scores, decision, time.process_time() - began)

    return answer


def tuned(
    model: Any, values: NDArray[np.float32], target: NDArray[np.bool_], inner: NDArray[np.int16]
) -> Any:
    """Return the model with its threshold, where some inner fold has both classes on both sides."""
    parts = [(np.flatnonzero(inner != k), np.flatnonzero(inner == k)) for k in range(INNER)]
    parts = [part for part in parts if all(0 < target[rows].mean() < 1 for rows in part)]
    whole = TunedThresholdClassifierCV(clone(model), scoring="f1", cv=parts) if parts else model
    return clone(whole).fit(values, target)


def score(model: Any, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what the model ranks rows by."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(values))
    return np.asarray(model.predict_proba(values)[:, 1])


def chain(data: TrainingData, seed: int) -> Answer:
    """Fit a chain of classifiers to the labels that have both classes in every training part."""
    began = time.process_time()
    folds = stratified_folds(data.truth, data.groups, FOLDS, seed)
    parts = [data.truth[folds != fold].mean(axis=0) for fold in range(FOLDS)]
    able = np.all([(share > 0) & (share < 1) for share in parts], axis=0)
    scores = np.zeros(data.truth.shape)
    for fold in range(FOLDS):
        held = np.flatnonzero(folds == fold)
        model = clone(CHAIN).fit(data.values[folds != fold], data.truth[folds != fold][:, able])
        scores[np.ix_(held, np.flatnonzero(able))] = model.predict_proba(data.values[held])
    return Answer(scores, scores >= 0.5, time.process_time() - began)


LEARNERS: dict[str, Callable[[TrainingData, int], Answer]] = {
    OURS: ours,
    **{name: by_label(model) for name, model in BASELINES.items()},
    "chain of logistic": chain,
}


def read(folder: Path) -> TrainingData:
    """Return a table without useless columns."""
    names = ("features.parquet", "labels.csv", "groups.csv")
    paths = ",".join(str(folder / name) for name in names if (folder / name).exists())
    return drop_useless(table(*read_table(paths)))[0]


def rows_of(name: str, data: TrainingData, answers: dict[str, list[Answer]]) -> tuple[str, ...]:
    """Return the table's rows of the result, best baseline by macro F1 marked."""
    lines, best = [], best_of(data, answers)
    for learner, runs in answers.items():
        f1 = np.mean([macro_f1(data.truth, run.decision) for run in runs])
        ap = np.mean([mean_average_precision(data.truth, run.scores) for run in runs])
        paired = "" if learner == OURS else difference(data, answers[OURS][0], runs[0])
        mark = " (best)" if learner == best else ""
        seconds = np.mean([run.seconds for run in runs])
        cells = (name, learner + mark, f"{f1:.3f}", f"{ap:.3f}", paired, f"{seconds:.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return tuple(lines)


def best_of(data: TrainingData, answers: dict[str, list[Answer]]) -> str:
    """Return the baseline of greatest macro F1."""
    means = {
        name: np.mean([macro_f1(data.truth, run.decision) for run in runs])
        for name, runs in answers.items()
        if name != OURS
    }
    return max(means, key=lambda name: means[name])


def difference(data: TrainingData, first: Answer, second: Answer) -> str:
    """Return ours minus theirs in macro F1 with its interval."""
    names = [data.group_names[group] for group in data.groups]
    found = f1_difference(data.truth, first.decision, second.decision, names, draws=2000, seed=0)
    low, high = found.interval
    return f"{found.macro:+.3f} ({low:+.3f} to {high:+.3f})"


def measure(folders: Sequence[Path], seeds: int) -> list[str]:
    """Run every learner on every table; return the result's lines."""
    lines = [
        "| table | learner | macro F1 | mAP | ours − it, seed 0: macro F1 (95 %) | CPU s |",
        "|---|---|---|---|---|--:|",
    ]
    gains = []
    for folder in folders:
        data = read(folder)
        answers = {
            name: [learn(data, seed) for seed in range(seeds)] for name, learn in LEARNERS.items()
        }
        rows, columns = data.values.shape
        about = f"{folder.name} ({rows:,} × {columns}, {data.truth.shape[1]} labels)"
        lines += rows_of(about, data, answers)
        print(*lines[-len(LEARNERS) :], sep="\n", flush=True)
        pairs = zip(answers[OURS], answers[best_of(data, answers)], strict=True)
        gains.append(
            np.mean(
                [
                    macro_f1(data.truth, a.decision) - macro_f1(data.truth, b.decision)
                    for a, b in pairs
                ]
            )
        )
    return [*lines, "", f"Mean gain over the best baseline of each table: {np.mean(gains):+.3f}."]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of folds")
    parser.add_argument("--write", action="store_true", help="keep as results/training.md")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    lines = measure(options.tables, options.seeds)
    title = "Our learner against scikit-learn's"
    packages = ("hpa-feat", "scikit-learn", "lightgbm", "numpy")
    publish("training", title, lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
