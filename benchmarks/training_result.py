"""The comparison in words: ours against each baseline of each table, and whether it passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from training_tables import Answer, Case, Flags, Floats, NotRun

from hpa_features.learn.bootstrap import Difference, f1_difference
from hpa_features.learn.metrics import macro_f1, mean_average_precision

OURS = "hpa-feat"
DRAWS = 2000
HEADER = (
    "| table | learner | macro F1 | mAP | ours − it (95 %) | test F1 | mAP | ours − it | CPU s |",
    "|---|---|--:|--:|---|--:|--:|---|--:|",
)

SUMMARY = (
    "| table | size, labels | ours | best | ours − it (95 %) | test: ours | it | ours − it |",
    "|---|---|--:|---|---|--:|--:|---|",
)


@dataclass(frozen=True)
class Beside:
    """Our learner's answer from another tool's columns of the same rows."""

    columns: int
    answer: Answer


@dataclass(frozen=True)
class Result:
    """All answers for one table.

    Attributes
    ----------
    case
        The table.
    ours
        Our learner's answer.
    baselines
        What others say, by name.
    peers
        Our learner's answer from the peers' columns of the same rows; None: not asked.
    """

    case: Case
    ours: Answer
    baselines: Mapping[str, Answer | NotRun]
    peers: Beside | None = None

    @property
    def best(self) -> str:
        """The baseline of greatest macro F1 on training rows."""
        truth = self.case.data.truth
        means = {
            name: macro_f1(truth, answer.decision)
            for name, answer in self.baselines.items()
            if isinstance(answer, Answer)
        }
        return max(means, key=lambda name: means[name])

    def gap(self, other: Answer) -> Difference:
        """Return ours minus the other on training rows."""
        first, second = self.ours.decision, other.decision
        groups = self.case.row_groups()
        return f1_difference(self.case.data.truth, first, second, groups, draws=DRAWS, seed=0)

    def test_gap(self, other: Answer) -> Difference:
        """Return ours minus the other on test rows, each row a group."""
        truth = self.case.test_truth
        first, second = self.ours.test_decision, other.test_decision
        return f1_difference(truth, first, second, np.arange(len(truth)), draws=DRAWS, seed=0)


def lines_of(results: Sequence[Result]) -> list[str]:
    """Return ours beside the best baseline of each table, the verdict, and all rows."""
    rows = [row for result in results for row in table_rows(result)]
    return [*summary(results), "", *verdict(results), "", *HEADER, *rows]


def summary(results: Sequence[Result]) -> list[str]:
    """Return one row a table: macro F1 of ours and of what is best on training rows."""
    lines = [*SUMMARY]
    for result in results:
        case, best = result.case, result.baselines[result.best]
        if not isinstance(best, Answer):
            continue
        rows, columns = case.data.values.shape
        truth, tests = case.data.truth, ["", "", ""]
        if case.tested:
            tests = [
                f"{macro_f1(case.test_truth, answer.test_decision):.3f}"
                for answer in (result.ours, best)
            ]
            tests.append(_told(result.test_gap(best)))
        cells = (
            case.name,
            f"{rows:,} × {columns:,}, {truth.shape[1]}",
            f"{macro_f1(truth, result.ours.decision):.3f}",
            f"{result.best} {macro_f1(truth, best.decision):.3f}",
            _told(result.gap(best)),
            *tests,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def table_rows(result: Result) -> list[str]:
    """Return one row a learner, ours first, the best baseline marked."""
    case, best = result.case, result.best
    rows, columns = case.data.values.shape
    name = f"{case.name} ({rows:,} × {columns:,}, {case.data.truth.shape[1]} labels"
    name += f"; {len(case.test_truth):,} test rows)" if case.tested else ")"
    lines = [_row(name, f"{OURS} at {result.ours.commit}", result, result.ours)]
    if result.peers:
        said = f"{OURS}, the peers' {result.peers.columns:,} columns"
        lines.append(_row(name, said, result, result.peers.answer))
    for learner, answer in result.baselines.items():
        mark = " (best)" if learner == best else ""
        if isinstance(answer, NotRun):
            why = (
                "not run yet" if np.isnan(answer.minutes) else f"not run: {answer.minutes:.0f} min"
            )
            cells = (name, learner, why, *[""] * 6)
            lines.append(f"| {' | '.join(cells)} |")
        else:
            lines.append(_row(name, learner + mark, result, answer))
    return lines


def _row(table: str, learner: str, result: Result, answer: Answer) -> str:
    case, other = result.case, answer is not result.ours
    cells = [
        *_figures(case.data.truth, answer.decision, answer.scores),
        _told(result.gap(answer)) if other else "",
    ]
    if len(answer.test_decision):
        cells += [
            *_figures(case.test_truth, answer.test_decision, answer.test_scores),
            _told(result.test_gap(answer)) if other else "",
        ]
    else:
        cells += ["", "", ""]
    return f"| {' | '.join((table, learner, *cells, f'{answer.seconds:.0f}'))} |"


def _figures(truth: Flags, decision: Flags, scores: Floats) -> tuple[str, str]:
    return f"{macro_f1(truth, decision):.3f}", f"{mean_average_precision(truth, scores):.3f}"


def _told(gap: Difference) -> str:
    low, high = gap.interval
    return f"{gap.macro:+.3f} ({low:+.3f} to {high:+.3f})"


def verdict(results: Sequence[Result]) -> list[str]:
    """Return whether the rule holds: no interval below the best baseline, mean gain above 0."""
    against = [(result, result.baselines[result.best]) for result in results]
    pairs = [(result, best) for result, best in against if isinstance(best, Answer)]
    gaps = {result.case.name: result.gap(best) for result, best in pairs}
    tests = {r.case.name: r.test_gap(best) for r, best in pairs if r.case.tested}
    kinds = {"training rows, nested": gaps, "test rows alone": tests}
    if tests:
        kinds["test rows where there are, else training rows"] = gaps | tests
    lines, passed = [], True
    for kind, found in kinds.items():
        if not found:
            continue
        below = [name for name, gap in found.items() if gap.interval[1] < 0]
        above = [name for name, gap in found.items() if gap.interval[0] > 0]
        mean = float(np.mean([gap.macro for gap in found.values()]))
        holds = not below and mean > 0
        passed = passed and (holds or kind == "test rows alone")
        lines.append(
            f"Against the best baseline ({kind}): mean gain {mean:+.4f} over {len(found)} tables; "
            f"interval entirely above 0: {', '.join(above) or 'none'}; "
            f"entirely below 0: {', '.join(below) or 'none'}; "
            f"the rule {'holds' if holds else 'does NOT hold'}."
        )
    rule = "over all tables, no interval entirely below the best baseline, mean gain above zero"
    return [*(f"{line}\n" for line in lines), f"Pass ({rule}): {'yes' if passed else 'NO'}."]
