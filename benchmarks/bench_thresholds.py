"""Thresholds and calibrators compared, nested: each chosen where it does not see what scores it.

    python benchmarks/bench_thresholds.py DIR … [--seeds 2] [--rows 0] [--kept DIR] [--write]

Each DIR holds features.parquet and labels.csv, perhaps groups.csv. Fold models and inner fold
models are fitted once a table and seed, and kept. Then, for every outer fold, calibrators and cuts
are chosen on the inner out-of-fold scores of its training part and score the fold. Labels that the
permutation test calls unsupported answer by their share, whatever the rule. Also printed: what
cross-fitting (calibrators and cuts from the other folds' own scores) says instead; what labels gain
by looking at one another's scores; what becomes of answers when fold models are averaged, as the
delivered model does, on rows that none had seen; and what --force-one does.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench_helpers import publish
from nested_scores import Scores, nested_scores, outer_scores
from numpy.typing import NDArray
from scipy.special import logit
from threshold_rules import FITS, RULES, Fit, Floats, Rule, Truth

from hpa_features.learn.bootstrap import f1_difference
from hpa_features.learn.evaluation import is_supported, supported_labels
from hpa_features.learn.fold_models import FoldModels, stack_labels
from hpa_features.learn.metrics import macro_f1, mean_average_precision
from hpa_features.learn.reliability import brier_scores, calibration_errors
from hpa_features.learn.thresholds import prevalence_cut

OURS, AUTO = next(iter(FITS)), next(iter(RULES))
MANY = 50  # positives from which a shift of their number is looked at
Supported = NDArray[np.bool_]


class Chosen:
    """Calibrators and cuts of each fold, chosen without it.

    `models` with inner scores: nested; without: cross-fitted.
    """

    def __init__(self, scores: Scores, supported: Supported, fit: Fit = FITS[OURS]) -> None:
        data, models = scores
        self.scores, self.supported = scores, supported
        self.fits, self.seen = [], []
        for fold in range(int(models.folds.max()) + 1):
            rows = np.flatnonzero(models.folds != fold)
            raw = (models.inner[fold].raw if models.inner else models.raw)[rows]
            truth, groups = data.truth[rows], data.groups[rows]
            able = [
                fit(raw[:, at], truth[:, at], groups) if supported[at] else None
                for at in range(truth.shape[1])
            ]
            self.fits.append(able)
            self.seen.append((truth, self.probability(fold, raw, truth)))

    def probability(self, fold: int, raw: Floats, truth: Truth) -> Floats:
        """Return what the fold's calibrators make of log-odds; a share where there are none."""
        shares = truth.mean(axis=0)
        columns = [
            np.full(len(raw), share) if fitted is None else fitted.apply(raw[:, at])
            for at, (fitted, share) in enumerate(zip(self.fits[fold], shares))
        ]
        return np.column_stack(columns)

    def cuts(self, fold: int, rule: Rule) -> Floats:
        """Return the fold's cuts by a rule."""
        truth, said = self.seen[fold]
        fixed = [prevalence_cut(share) for share in truth.mean(axis=0)]
        return np.where(self.supported, rule(truth, said), fixed)

    def said(self, raw: Floats) -> Floats:
        """Return every row's probabilities, of (rows, labels) log-odds."""
        said = np.empty(raw.shape)
        for fold, (truth, _) in enumerate(self.seen):
            held = self.scores[1].folds == fold
            said[held] = self.probability(fold, raw[held], truth)
        return said

    def all_cuts(self, rule: Rule) -> Floats:
        """Return every row's cuts, (rows, labels)."""
        cuts = np.array([self.cuts(fold, rule) for fold in range(len(self.seen))])
        return cuts[self.scores[1].folds]


def by_rule(scores: Scores, supported: Supported) -> dict[str, Truth]:
    """Return the decisions by each rule."""
    chosen = Chosen(scores, supported)
    said = chosen.said(scores[1].raw)
    return {name: said >= chosen.all_cuts(rule) for name, rule in RULES.items()}


def forced(scores: Scores, supported: Supported) -> tuple[float, float]:
    """Return share of rows without a label, and what forcing one on them adds to macro F1."""
    chosen = Chosen(scores, supported)
    said = chosen.said(scores[1].raw)
    decided = said >= chosen.all_cuts(RULES[AUTO])
    empty = np.flatnonzero(~decided.any(axis=1))
    one = decided.copy()
    one[empty, said[empty].argmax(axis=1)] = True
    truth = scores[0].truth
    return len(empty) / len(truth), macro_f1(truth, one) - macro_f1(truth, decided)


def calibrated(scores: Scores, supported: Supported) -> dict[str, tuple[float, float, float]]:
    """Return per calibrator Brier score, calibration error and macro F1 by auto."""
    truth, found = scores[0].truth, {}
    for name, fit in FITS.items():
        chosen = Chosen(scores, supported, fit)
        said = chosen.said(scores[1].raw)
        decided = said >= chosen.all_cuts(RULES[AUTO])
        brier = brier_scores(truth, said)[supported].mean()
        error = calibration_errors(truth, said)[supported].mean()
        found[name] = (float(brier), float(error), macro_f1(truth, decided))
    return found


def averaged(scores: Scores, supported: Supported) -> dict[str, float]:
    """Return what averaging inner fold models does to the answers on the rows of the outer fold.

    One inner model alone is what thresholds are chosen for; the mean of their probabilities is
    what a delivered model says. `own cuts` are F*/2 of the other folds' means, `calibrated anew`
    also puts Platt's curve on the means first.
    """
    (data, models), chosen = scores, Chosen(scores, supported)
    alone = [chosen.said(raw) for raw in outer_scores(models)]
    mean = np.mean(alone, axis=0)
    cuts = chosen.all_cuts(RULES[AUTO])
    many = supported & (data.truth.sum(axis=0) >= MANY)
    one = np.mean([(said >= cuts).sum(axis=0) for said in alone], axis=0)[many]
    shift = (mean >= cuts).sum(axis=0)[many] / np.maximum(one, 1) - 1
    own = mean >= own_cuts(mean, scores, supported, cuts)
    again = calibrated_anew(mean, scores, supported)
    anew = again >= own_cuts(again, scores, supported, cuts)
    return {
        "labels": int(many.sum()),
        "mean shift": float(shift.mean()),
        "over 10 %": int((np.abs(shift) > 0.1).sum()),
        "one model": float(np.mean([macro_f1(data.truth, said >= cuts) for said in alone])),
        "mean": macro_f1(data.truth, mean >= cuts),
        "mean, own cuts": macro_f1(data.truth, own),
        "mean, calibrated anew": macro_f1(data.truth, anew),
        "AP one": float(np.mean([mean_average_precision(data.truth, said) for said in alone])),
        "AP mean": mean_average_precision(data.truth, mean),
    }


def calibrated_anew(mean: Floats, scores: Scores, supported: Supported) -> Floats:
    """Return the means after Platt's curve of the other folds' means."""
    (data, models), again = scores, mean.copy()
    for fold in range(int(models.folds.max()) + 1):
        others = models.folds != fold
        for at in np.flatnonzero(supported):
            raw, truth = logit(mean[:, at]), data.truth[others, at]
            fitted = FITS["Platt"](raw[others], truth, data.groups[others])
            again[~others, at] = fitted.apply(raw[~others])
    return again


def own_cuts(mean: Floats, scores: Scores, supported: Supported, cuts: Floats) -> Floats:
    """Return every row's cuts, chosen on the means of the other folds' rows."""
    truth, folds = scores[0].truth, scores[1].folds
    own = cuts.copy()
    for fold in range(int(folds.max()) + 1):
        others = folds != fold
        own[~others] = np.where(
            supported, RULES[AUTO](truth[others], mean[others]), cuts[~others][0]
        )
    return own


class Table:
    """All figures of one table, one entry a seed."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.name = folder.name
        self.apart = [
            nested_scores(folder, seed, options.rows, options.kept) for seed in range(options.seeds)
        ]
        self.supported = [
            is_supported(supported_labels(*scores, seed)) for seed, scores in enumerate(self.apart)
        ]
        self.scores = [
            (data, stack_labels(models, data.truth, able))
            for (data, models), able in zip(self.apart, self.supported)
        ]
        both = list(zip(self.scores, self.supported))
        self.rules = [by_rule(*each) for each in both]
        flat = [(data, without_inner(models)) for data, models in self.scores]
        self.crossed = [by_rule(*each) for each in zip(flat, self.supported)]
        self.calibrated = [calibrated(*each) for each in both]
        self.averaged = [averaged(*each) for each in both]
        self.forced = [forced(*each) for each in both]

    def f1(self, rule: str, *, nested: bool = True) -> float:
        """Return macro F1 by a rule, mean over seeds."""
        decisions = self.rules if nested else self.crossed
        truths = [data.truth for data, _ in self.scores]
        return float(np.mean([macro_f1(t, each[rule]) for t, each in zip(truths, decisions)]))

    def stacking(self) -> str:
        """Return macro F1 by auto and mAP with each label alone and beside the others."""
        apart = [by_rule(*each)[AUTO] for each in zip(self.apart, self.supported)]
        beside = [each[AUTO] for each in self.rules]
        cells = []
        for scores, decisions in ((self.apart, apart), (self.scores, beside)):
            pairs = [(data.truth, models.raw) for data, models in scores]
            f1 = [macro_f1(truth, each) for (truth, _), each in zip(pairs, decisions)]
            ap = [mean_average_precision(*each) for each in pairs]
            cells += [f"{np.mean(f1):.3f}", f"{np.mean(ap):.3f}"]
        data = self.scores[0][0]
        found = f1_difference(data.truth, beside[0], apart[0], data.groups)
        gap = f"{found.macro:+.3f} ({found.interval[0]:+.3f}, {found.interval[1]:+.3f})"
        return f"| {self.name} | {' | '.join([*cells, gap])} |"

    def gap(self, rule: str) -> str:
        """Return how much better a rule is than auto, first seed, with its 95 % interval."""
        data = self.scores[0][0]
        found = f1_difference(data.truth, self.rules[0][rule], self.rules[0][AUTO], data.groups)
        return f"{found.macro:+.3f} ({found.interval[0]:+.3f}, {found.interval[1]:+.3f})"


def without_inner(models: FoldModels) -> FoldModels:
    """Return the fold models as a cross-fitted run has them."""
    return replace(models, inner=())


def head(columns: list[str]) -> list[str]:
    """Return the first two lines of a table."""
    return ["| | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]


def rule_lines(tables: list[Table]) -> list[str]:
    """Return the tables on rules."""
    names = [table.name for table in tables]
    lines = ["## Macro F1 by rule, nested", "", *head([*names, "mean", "cross-fitted − nested"])]
    for rule in RULES:
        f1 = [table.f1(rule) for table in tables]
        gap = np.mean([table.f1(rule, nested=False) for table in tables]) - np.mean(f1)
        figures = " | ".join(f"{each:.3f}" for each in f1)
        lines.append(f"| {rule} | {figures} | {np.mean(f1):.3f} | {gap:+.4f} |")
    gaps = [table.f1(AUTO, nested=False) - table.f1(AUTO) for table in tables]
    lines += ["", "Cross-fitted − nested, auto: " + listed(names, gaps, "{:+.3f}") + "."]
    lines += ["", f"## Difference from {AUTO}, first seed (95 %)", "", *head(names)]
    others = [rule for rule in RULES if rule != AUTO]
    lines += [f"| {rule} | {' | '.join(t.gap(rule) for t in tables)} |" for rule in others]
    return lines


def listed(names: list[str], values: list[float], form: str) -> str:
    """Return names with their values."""
    return ", ".join(f"{name} {form.format(each)}" for name, each in zip(names, values))


def stacking_lines(tables: list[Table]) -> list[str]:
    """Return the table on labels that look at one another."""
    columns = ["F1 apart", "mAP apart", "F1 beside", "mAP beside", "F1, first seed (95 %)"]
    lines = ["", "## Labels apart and beside one another, nested, auto", "", *head(columns)]
    return [*lines, *(table.stacking() for table in tables)]


def mean_lines(tables: list[Table]) -> list[str]:
    """Return the tables on averaging and on --force-one."""
    keys = list(tables[0].averaged[0])
    lines = ["", "## One fold model and the mean of three, on rows that none had seen", ""]
    lines += head(keys)
    for table in tables:
        values = [np.mean([each[key] for each in table.averaged]) for key in keys]
        lines.append(f"| {table.name} | {' | '.join(f'{each:.3f}' for each in values)} |")
    lines += ["", "## --force-one", "", *head(["rows without a label", "gain in macro F1"])]
    for table in tables:
        empty, gain = np.mean(table.forced, axis=0)
        lines.append(f"| {table.name} | {empty:.1%} | {gain:+.4f} |")
    return lines


def calibration_lines(tables: list[Table]) -> list[str]:
    """Return the table on calibrators."""
    names = [table.name for table in tables]
    lines = ["", "## Calibrators, nested: Brier score / calibration error / macro F1 by auto", ""]
    lines += head([*names, "mean"])
    for fit in FITS:
        figures = [np.mean([each[fit] for each in t.calibrated], axis=0) for t in tables]
        cells = [f"{b:.4f} / {e:.4f} / {f:.3f}" for b, e, f in [*figures, np.mean(figures, axis=0)]]
        lines.append(f"| {fit} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Fit what is not kept, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=0, help="at most about so many; 0: all")
    parser.add_argument("--kept", type=Path, default=Path("kept-scores"), help="for scores")
    parser.add_argument("--write", action="store_true", help="keep as results/thresholds.md")
    options = parser.parse_args()
    tables = [Table(folder, options) for folder in options.folders]
    shape = ", ".join(
        f"{t.name} {t.scores[0][0].truth.shape[0]:,} × {t.scores[0][0].truth.shape[1]} labels "
        f"({t.supported[0].sum()} supported)"
        for t in tables
    )
    lines = [f"Fold seeds 0–{options.seeds - 1}. Rows: {shape}.", ""]
    lines += [*rule_lines(tables), *stacking_lines(tables)]
    lines += [*mean_lines(tables), *calibration_lines(tables)]
    packages = ("hpa-feat", "lightgbm", "numpy", "scikit-learn")
    publish("thresholds", "Thresholds and calibration", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
