"""One learner fixed beforehand, so that benchmarks compare columns and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.metrics import macro_f1, mean_average_precision

FIXED = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "max_bin": 31,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "min_data_in_leaf": 10,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES, FOLDS, INNER, DRAWS = 200, 5, 3, 2000
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Groups = NDArray[np.intp]


class Run(NamedTuple):
    """Out-of-fold scores and decisions (rows, labels) of one seed, and inner mean AP per fold."""

    scores: Floats
    decisions: Truth
    folds: Groups
    inner: Floats


def fitted_scores(values: Floats, target: Truth, train: Truth, wanted: Truth) -> Floats:
    """Score the `wanted` rows with a model of the `train` rows."""
    data = lgb.Dataset(values[train], target[train].astype(float), params={"verbose": -1})
    model = lgb.train(FIXED, data, TREES)
    scores: Floats = np.asarray(model.predict(values[wanted], num_threads=1))
    return scores


def best_threshold(target: Truth, scores: Floats) -> float:
    """Return the cut of greatest F1, midway between neighbouring scores."""
    order = np.argsort(-scores)
    hits = np.cumsum(target[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + target.sum())
    at = int(np.argmax(f1))
    ranked = scores[order]
    return float(ranked[at] if at + 1 == len(ranked) else (ranked[at] + ranked[at + 1]) / 2)


def one_seed(values: Floats, truth: Truth, groups: Groups, seed: int) -> Run:
    """Return what one set of folds gives; thresholds come from folds inside the training part."""
    folds = stratified_folds(truth, groups, FOLDS, seed)
    scores, decisions = np.zeros(truth.shape), np.zeros(truth.shape, bool)
    ranked = np.zeros(FOLDS)
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        inner = np.full(len(folds), -1)
        inner[train] = stratified_folds(truth[train], renumber(groups[train]), INNER, 1000 + seed)
        seen = np.zeros(truth.shape)
        for label in range(truth.shape[1]):
            target = truth[:, label]
            for part in range(INNER):
                held = inner == part
                seen[held, label] = fitted_scores(values, target, train & ~held, held)
            scores[test, label] = fitted_scores(values, target, train, test)
            cut = best_threshold(target[train], seen[train, label])
            decisions[test, label] = scores[test, label] > cut
        ranked[fold] = mean_average_precision(truth[train], seen[train])
    return Run(scores, decisions, folds, ranked)


@dataclass(frozen=True)
class Kept:
    """Runs that are kept in a folder, named by all that they follow from."""

    folder: Path | None = None

    def run(self, seed: int, values: Floats, truth: Truth, groups: Groups) -> Run:
        """Return the kept run of these rows, or make it."""
        if self.folder is None:
            return one_seed(values, truth, groups, seed)
        said = f"{sorted(FIXED.items())} {TREES} {FOLDS} {INNER} {seed} {lgb.__version__}"
        digest = hashlib.sha256(said.encode())
        for part in (values, truth, groups):
            digest.update(np.ascontiguousarray(part).tobytes())
        path = self.folder / f"{digest.hexdigest()[:32]}.npz"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            np.savez(path, **one_seed(values, truth, groups, seed)._asdict())
        with np.load(path) as kept:
            return Run(*(kept[name] for name in Run._fields))


@dataclass(frozen=True)
class Result:
    """Macro F1 and mean AP of one set of columns, and of every draw, seeds averaged."""

    columns: int
    mean: Floats
    drawn: Floats
    runs: tuple[Run, ...] = ()

    def interval(self, at: int) -> str:
        """Return one figure with its interval."""
        low, high = np.percentile(self.drawn[:, at], [2.5, 97.5])
        return f"{self.mean[at]:.3f} ({low:.3f}–{high:.3f})"

    def minus(self, other: Result) -> Result:
        """Return the paired difference."""
        columns = self.columns - other.columns
        return Result(columns, self.mean - other.mean, self.drawn - other.drawn)


@dataclass(frozen=True)
class Task:
    """The rows that every set of columns is judged on; `scored` says which of them count."""

    truth: Truth
    groups: Groups
    seeds: int
    scored: Truth
    keep: Kept
    mapper: Callable[..., Iterable[Run]]

    def judge(self, values: Floats) -> Result:
        """Return the figures of one set of columns; identical columns count once."""
        known = np.nan_to_num(values, nan=-9e9)
        first = np.sort(np.unique(known, axis=1, return_index=True)[1])
        make = partial(self.keep.run, values=values[:, first], truth=self.truth, groups=self.groups)
        return self._result(len(first), tuple(self.mapper(make, range(self.seeds))))

    def chosen_inside(self, candidates: Sequence[Result]) -> Result:
        """Return what the candidate of greatest inner mean AP gives, fold by fold."""
        runs = []
        for each in zip(*(result.runs for result in candidates), strict=True):
            folds = each[0].folds
            best = np.argmax([run.inner for run in each], axis=0)[folds]
            at = np.arange(len(folds))
            scores = np.stack([run.scores for run in each])[best, at]
            decisions = np.stack([run.decisions for run in each])[best, at]
            runs.append(Run(scores, decisions, folds, np.zeros(FOLDS)))
        return self._result(max(result.columns for result in candidates), tuple(runs))

    def _result(self, columns: int, runs: tuple[Run, ...]) -> Result:
        draws = [np.flatnonzero(self.scored), *self._draws()]
        drawn = np.array([np.mean([self._figures(run, at) for run in runs], 0) for at in draws])
        return Result(columns, drawn[0], drawn[1:], runs)

    def _figures(self, run: Run, rows: Groups) -> tuple[float, float]:
        truth = self.truth[rows]
        return (
            macro_f1(truth, run.decisions[rows]),
            mean_average_precision(truth, run.scores[rows]),
        )

    def _draws(self) -> list[Groups]:
        """Return the scored rows of 2,000 draws of groups within their label set."""
        random = np.random.default_rng(0)
        members = [
            np.flatnonzero((self.groups == group) & self.scored)
            for group in np.unique(self.groups[self.scored])
        ]
        kinds: dict[bytes, list[int]] = {}
        for group, rows in enumerate(members):
            kinds.setdefault(self.truth[rows].any(0).tobytes(), []).append(group)
        return [
            np.concatenate(
                [members[g] for kind in kinds.values() for g in random.choice(kind, len(kind))]
            )
            for _ in range(DRAWS)
        ]
