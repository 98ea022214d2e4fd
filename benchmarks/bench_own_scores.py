"""Scores of eleven networks: `--own-label-columns` against none, and against a logistic regression.

    python benchmarks/bench_own_scores.py CNN KEEP [--seed 0] [--write]

CNN is a folder as `training_tables` takes it, columns named …_LABEL. Trees, kernels and lines are
fitted once, nested, and kept in KEEP; both answers of ours blend these same learners, so that they
differ in the learner of own scores only. The logistic regression sees each label's own scores; its
thresholds are tuned inside each training part (`baselines`). Intervals: paired, over rows.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from baselines import answer, baselines
from bench_helpers import in_turn, publish
from numpy.typing import NDArray
from training_history import commit_of_code
from training_tables import Answer, Case, Kept, read_case

from hpa_features.learn.boosting import Fits, learner
from hpa_features.learn.bootstrap import f1_difference
from hpa_features.learn.crossfit import _blend, _inner, _scattered, _Work
from hpa_features.learn.evaluation import is_supported, judged_answers, supported_labels
from hpa_features.learn.fold_models import FoldModels, stack_labels
from hpa_features.learn.metrics import macro_f1, mean_average_precision
from hpa_features.learn.own_scores import OwnFit, fit_own, own_columns
from hpa_features.learn.precision_draws import precision_draws
from hpa_features.learn.smooth import SmoothFit
from hpa_features.learn.splits import inner_splits, outer_splits
from hpa_features.learn.stage import Stage
from hpa_features.learn.supported import can_be_trained
from hpa_features.learn.tasks import Split

BASELINE = "logistic, own label's scores"
DRAWS = 2000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Learned:
    """Held rows' log-odds of all splits: outer ones first, then each outer one's inner ones."""

    outer: list[Split]
    inner: list[list[Split]]
    trees: list[Floats]
    smooth: list[Floats]
    rounds: NDArray[np.intp]

    @property
    def splits(self) -> list[Split]:
        """All splits in order."""
        return [*self.outer, *(split for each in self.inner for split in each)]


def learned(case: Case, able: NDArray[np.bool_], kept: Path) -> Learned:
    """Fit trees, kernels and lines of all splits, or read them where they are kept."""
    outer = outer_splits(case.folds)
    inner = [inner_splits(case.data, each, case.seed) for each in outer]
    splits = [*outer, *(split for each in inner for split in each)]
    path = kept / f"own-{case.name}-{case.digest}-{case.seed}.npz"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        parameters = learner(*case.data.values.shape, seed=case.seed, threads=1)
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(folder)
            stage.lay_out(case.data.values, case.data.truth)
            for split in outer:
                stage.write_bins(split.bins, split.binned, parameters)
            work = _Work(case.data, able, parameters, stage, in_turn)
            rounds = work.find_rounds(outer, of=splits)
            counts = [*rounds, *(rounds[k] for k, each in enumerate(inner) for _ in each)]
            trees = [each.raw for each in work.fit_all(splits, counts)]
            smooth = [each.raw for each in work.fit_smooth(splits, kept=0)]
        write(path, trees, smooth, np.stack(rounds))
    with np.load(path) as arrays:
        trees = [arrays[f"trees{at}"] for at in range(len(splits))]
        smooth = [arrays[f"smooth{at}"] for at in range(len(splits))]
        return Learned(outer, inner, trees, smooth, arrays["rounds"])


def write(
    path: Path, trees: Sequence[Floats], smooth: Sequence[Floats], rounds: NDArray[np.intp]
) -> None:
    """Keep scores."""
    arrays = {f"trees{at}": each for at, each in enumerate(trees)}
    arrays |= {f"smooth{at}": each for at, each in enumerate(smooth)}
    np.savez_compressed(path, rounds=rounds, **arrays)


def ours(case: Case, able: NDArray[np.bool_], found: Learned, own: list[OwnFit] | None) -> Answer:
    """Blend, stack and decide as `train` does, nested."""
    data = case.data
    fits = [Fits(tuple("fitted" for _ in data.labels), raw) for raw in found.trees]
    smooth = [SmoothFit(None, raw) for raw in found.smooth]
    members, raw = _blend(data, able, found.outer, found.inner, fits, smooth, own)
    later = iter(raw[len(found.outer) :])
    models = FoldModels(
        folds=case.folds,
        trained=able,
        members=tuple(members),
        rounds=found.rounds,
        raw=_scattered(found.outer, raw, data.truth.shape),
        inner=tuple(
            _inner(split, inners, [next(later) for _ in inners], data.truth.shape)
            for split, inners in zip(found.outer, found.inner)
        ),
        bins=(),
        tuned=(),
    )
    supported = is_supported(supported_labels(data, models, case.seed))
    models = stack_labels(models, data.truth, supported)
    decision = judged_answers(data, models, supported).decision
    nothing = np.zeros((0, len(data.labels)))
    return Answer(models.raw, decision, nothing, nothing.astype(bool), 0.0, commit_of_code())


def own_fits(case: Case, able: NDArray[np.bool_], splits: Sequence[Split]) -> list[OwnFit]:
    """Fit the learner of own scores on all splits."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        stage.lay_out(case.data.values, case.data.truth)
        return [
            fit_own(stage, replace(split, bins=""), case.data.own, able, keep=True)
            for split in splits
        ]


def row(case: Case, name: str, found: Answer, best: Answer) -> str:
    """Return a row of the result: figures, and by how much `best` is better."""
    truth, groups = case.data.truth, case.data.groups
    figures = f"{macro_f1(truth, found.decision):.3f} | "
    figures += f"{mean_average_precision(truth, found.scores):.3f}"
    if found is best:
        return f"| {name} | {figures} |  |  |"
    f1 = f1_difference(truth, best.decision, found.decision, groups, draws=DRAWS)
    ranks = [
        precision_draws(truth, each.scores, groups, draws=DRAWS, seed=0) for each in (best, found)
    ]
    ap = ranks[0].minus(ranks[1])
    gaps = ((f1.macro, *f1.interval), (ap.mean, *ap.interval))
    said = " | ".join(f"{gap:+.3f} ({low:+.3f} to {high:+.3f})" for gap, low, high in gaps)
    return f"| {name} | {figures} | {said} |"


def main() -> None:
    """Print three answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("keep", type=Path)
    parser.add_argument("--pattern", default="*_{label}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep as results/own_scores.md")
    options = parser.parse_args()
    case = read_case(options.table, options.seed)
    able = can_be_trained(case.data.truth, case.data.groups, case.folds)
    found = learned(case, able, options.keep)
    together = ours(case, able, found, None)
    own = own_columns(case.data.columns, case.data.labels, options.pattern)
    case = replace(case, data=replace(case.data, own=own))
    mine = ours(case, able, found, own_fits(case, able, found.splits))
    kept = Kept(options.keep)
    logistic = kept.read(case, BASELINE)
    if not isinstance(logistic, Answer):
        logistic = answer(baselines(case)[BASELINE], case, 60, commit_of_code())
        kept.write(case, BASELINE, logistic)
    rows, columns = case.data.values.shape
    labels, pattern = len(case.data.labels), f"`--own-label-columns '{options.pattern}'`"
    about = f"{rows:,} rows, {columns} columns, {labels} labels; nested, fold seed {case.seed}"
    lines = [
        f"{case.name}: {about}.",
        "",
        "| learner | macro F1 | mAP | F1: the first − it (95 %) | mAP: the first − it (95 %) |",
        "|---|--:|--:|---|---|",
        row(case, f"hpa-feat, {pattern}", mine, mine),
        row(case, "hpa-feat without it", together, mine),
        row(case, BASELINE, logistic, mine),
    ]
    title = "Scores of networks: each label's own"
    packages = ("hpa-feat", "scikit-learn", "lightgbm", "numpy")
    publish("own_scores", title, lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
