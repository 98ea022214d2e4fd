"""Does the reported 95 % interval hold the truth? Simulated feature sets whose truth is known.

    python benchmarks/bench_coverage.py [--sets 200] [--labels-by group|row] [--write]

A set has 600 rows in 120 groups and 6 labels, the rarest in 8 groups; each label shifts two of 20
columns, and rows of a group are alike. Fold models, nested choices, report and interval are those
of `hpa-feat train`, with smaller and faster trees. The truth is the mean score of the outer-fold
models, each with the calibrators and cuts chosen in its training part, on 2,000 fresh groups.
Labels go by group (as in HPAv18: all rows of a group have the same ones), or each row of a group
with a label shows it in four of five cases.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace

import numpy as np
from bench_helpers import in_turn, publish
from nested_scores import FOLDS, table
from numpy.typing import NDArray

from hpa_features.learn.boosting import learner
from hpa_features.learn.bootstrap import f1_intervals
from hpa_features.learn.crossfit import fit_folds
from hpa_features.learn.data import TrainingData
from hpa_features.learn.evaluation import (
    Choice,
    delivered_choices,
    is_supported,
    judged_answers,
    judged_choices,
    supported_labels,
)
from hpa_features.learn.fold_models import FoldModels, stack_labels
from hpa_features.learn.folds import stratified_folds
from hpa_features.learn.metrics import f1_scores
from hpa_features.learn.stage import Stage
from hpa_features.learn.supported import can_be_trained

ROWS, GROUPS, COLUMNS, RAREST = 5, 120, 20, 8
SHARES = np.array([0.5, 0.35, 0.25, 0.17, 0.12, RAREST / GROUPS])
SHIFTS = np.array([1.0, 1.2, 1.4, 1.6, 1.8, 2.0])
FRESH, FRESH_ROWS = 2000, 2
SMALL = {"learning_rate": 0.15, "num_leaves": 7}
DRAWS = 2000
Floats = NDArray[np.float64]


def simulated(groups: int, rows: int, by: str, rng: np.random.Generator) -> TrainingData:
    """Return a set; of 120 groups exactly 8 have the rarest label."""
    of_groups = rng.random((groups, len(SHARES))) < SHARES
    if groups == GROUPS:
        of_groups[:, -1] = rng.permutation(groups) < RAREST
    group = np.repeat(np.arange(groups), rows)
    truth = of_groups[group]
    if by == "row":
        truth = truth & (rng.random(truth.shape) < 0.8)
    values = rng.normal(size=(groups, COLUMNS))[group] + rng.normal(size=(len(group), COLUMNS))
    for label, shift in enumerate(SHIFTS):
        values[:, 2 * label : 2 * label + 2] += shift * truth[:, [label]]
    return table(values, truth, group)


@dataclass(frozen=True)
class Outcome:
    """Of one set: (labels,) F1 or (labels, 2) interval, and the same of their mean, last."""

    reported: Floats
    interval: Floats
    true: Floats
    delivered: Floats
    supported: NDArray[np.bool_]

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether each interval holds the truth."""
        return (self.interval[:, 0] <= self.true) & (self.true <= self.interval[:, 1])


def with_mean(f1: Floats) -> Floats:
    """Return F1 with their mean behind."""
    return np.append(f1, f1.mean())


def outcome(seed: int, by: str) -> Outcome:
    """Simulate, train, report, and look at what is true."""
    rng = np.random.default_rng(seed)
    data = simulated(GROUPS, ROWS, by, rng)
    models = trained(data, seed)
    supported = is_supported(supported_labels(data, models, seed))
    models = stack_labels(models, data.truth, supported)
    members = tuple(member.of_labels(supported) for member in models.members)
    models = replace(models, members=members)
    said = judged_answers(data, models, supported)
    intervals = f1_intervals(data.truth, said.decision, data.groups, draws=DRAWS, seed=seed)
    fresh = simulated(FRESH, FRESH_ROWS, by, rng)
    raw = [fresh_scores(models, fold, fresh.values) for fold in range(FOLDS)]
    true = [
        f1_scores(fresh.truth, probabilities(choices, scores) >= cuts(choices))
        for choices, scores in zip(judged_choices(data, models, supported), raw)
    ]
    final = delivered_choices(data, models, supported)
    mean = np.mean([probabilities(final, scores) for scores in raw], axis=0)
    return Outcome(
        reported=with_mean(f1_scores(data.truth, said.decision)),
        interval=np.vstack([intervals.labels, intervals.macro]),
        true=with_mean(np.mean(true, axis=0)),
        delivered=with_mean(f1_scores(fresh.truth, mean >= cuts(final))),
        supported=supported,
    )


def trained(data: TrainingData, seed: int) -> FoldModels:
    """Fit fold models and inner fold models."""
    folds = stratified_folds(data.truth, data.groups, FOLDS, seed)
    able = can_be_trained(data.truth, data.groups, folds)
    parameters = learner(*data.values.shape, seed=seed, threads=1) | SMALL
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        stage.lay_out(data.values, data.truth)
        return fit_folds(data, folds, able, parameters, stage, in_turn, nested=True)


def fresh_scores(models: FoldModels, fold: int, values: NDArray[np.float32]) -> Floats:
    """Return (rows, labels) log-odds by one fold's models, 0 where a label has none."""
    member = models.members[fold]
    raw = np.zeros((len(values), len(SHARES)))
    raw[:, member.fitted_labels] = member.log_odds(values, member.inputs(values))
    return raw


def probabilities(choices: tuple[Choice, ...], raw: Floats) -> Floats:
    """Return what choices make of log-odds."""
    return np.column_stack([each.probabilities(raw[:, at]) for at, each in enumerate(choices)])


def cuts(choices: tuple[Choice, ...]) -> Floats:
    """Return the cut of each label."""
    return np.array([each.threshold for each in choices])


def lines_of(found: list[Outcome]) -> list[str]:
    """Return one row a label and one for macro F1."""
    columns = ["F1 of", "groups", "supported", "true", "reported", "bias (± SE)"]
    columns += ["95 % interval holds the truth", "its width", "delivered model"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    names = [f"label {at + 1}" for at in range(len(SHARES))]
    rows = [(name, f"{GROUPS * share:.0f}") for name, share in zip(names, SHARES)]
    supported = np.mean([each.supported for each in found], axis=0)
    for at, (name, groups) in enumerate([*rows, ("**all, mean**", "")]):
        true, reported, delivered = (
            np.array([getattr(each, kind)[at] for each in found])
            for kind in ("true", "reported", "delivered")
        )
        holds = np.array([each.holds[at] for each in found])
        width = np.mean([np.ptp(each.interval[at]) for each in found])
        bias = reported - true
        error = bias.std(ddof=1) / np.sqrt(len(found))
        share = f"{supported[at]:.0%}" if at < len(SHARES) else ""
        sure = np.sqrt(holds.mean() * (1 - holds.mean()) / len(found))
        lines.append(
            f"| {name} | {groups} | {share} | {true.mean():.3f} | {reported.mean():.3f} "
            f"| {bias.mean():+.4f} (± {error:.4f}) | {holds.mean():.1%} (± {sure:.1%}) "
            f"| {width:.3f} | {delivered.mean():.3f} |"
        )
    return lines


def main() -> None:
    """Simulate the sets and print how often intervals hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--labels-by", choices=("group", "row"), default="group")
    parser.add_argument("--write", action="store_true", help="keep as results/coverage-BY.md")
    options = parser.parse_args()
    began = time.process_time()
    found = []
    for seed in range(options.sets):
        found.append(outcome(seed, options.labels_by))
        if seed % 10 == 9:
            print(f"{seed + 1} sets, {time.process_time() - began:.0f} s", flush=True)
    seconds = time.process_time() - began
    sets = f"{options.sets} sets of {GROUPS * ROWS} rows in {GROUPS} groups"
    lines = [f"{sets}, labels by {options.labels_by}; {seconds:.0f} s of processor time.", ""]
    lines += lines_of(found)
    name = f"coverage-{options.labels_by}"
    title = "Does the reported interval hold the truth?"
    publish(name, title, lines, "hpa-feat", "lightgbm", "numpy", write=options.write)


if __name__ == "__main__":
    main()
