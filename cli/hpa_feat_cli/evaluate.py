"""hpa-feat evaluate: how good predictions are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpa_feat_cli.columns import interval, number, plain, print_columns
from hpa_feat_cli.console import Console
from hpa_feat_cli.options import Seed

if TYPE_CHECKING:
    from hpa_features.learn.bootstrap import Difference
    from hpa_features.learn.scores import Scores
    from hpa_features.pipeline.evaluate import EvaluateSummary

_HEADER = (
    "label",
    "F1",
    "95 % interval",
    "precision",
    "recall",
    "AP",
    "Brier",
    "ECE",
    "positives",
)

_Predictions = Annotated[
    str,
    typer.Argument(
        metavar="PREDICTIONS|MODEL",
        help="Output of predict, a Kaggle submission, or a model folder (its out-of-fold "
        "predictions).",
        show_default=False,
    ),
]
_Labels = Annotated[
    str,
    typer.Argument(
        metavar="LABELS",
        help="True labels, as for train; not needed for a model folder.",
        show_default=False,
    ),
]
_By = Annotated[
    str,
    typer.Option(
        metavar="FILE:COLUMN",
        help="Also report scores for each value of a column of a table, such as tiles.csv:kind.",
        show_default=False,
    ),
]
_GroupsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="CSV",
        help="Table with columns Id and Group; confidence intervals resample whole groups.",
    ),
]
_Compare = Annotated[
    str,
    typer.Option(
        metavar="PREDICTIONS|MODEL",
        help="Other predictions to compare with: prints the difference and its interval.",
        show_default=False,
    ),
]


def evaluate(
    console: Console,
    predictions: _Predictions,
    labels: _Labels = "",
    by: _By = "",
    groups_file: _GroupsFile = None,
    compare: _Compare = "",
    seed: Seed = 0,
) -> int:
    """Score predictions: macro F1 with a 95 % interval, and F1, AP and more for each label."""
    from hpa_features.core.judge_settings import EvaluateSettings
    from hpa_features.pipeline.evaluate import evaluate as run

    summary = run(
        predictions,
        labels,
        settings=EvaluateSettings(
            by=by,
            groups_file="" if groups_file is None else str(groups_file),
            compare=compare,
            seed=seed,
        ),
        progress=console,
    )
    if console.as_json:
        console.write_json(_as_json(summary))
    else:
        _print(summary)
    console.note(f"done: {summary.fields:,} fields, {summary.seconds:.1f} s")
    return 0


def _print(summary: EvaluateSummary) -> None:
    seen = f"{summary.in_training:,} of them training rows" if summary.in_training else ""
    _print_scores("", summary.scores, summary.kind or seen)
    for value, scores in summary.by.items():
        typer.echo()
        _print_scores(f"{value}: ", scores, "")
    if summary.compared is not None:
        typer.echo()
        _print_difference(summary.compared, tuple(summary.scores.labels), summary.differences)


def _print_scores(title: str, scores: Scores, kind: str) -> None:
    left_out = scores.without_positives
    counted = len(scores.labels) - len(left_out)
    how = f", {kind}" if kind else ""
    typer.echo(
        f"{title}macro F1 {number(scores.macro_f1)} {interval(scores.interval)} over {counted} "
        f"labels with positives ({number(scores.macro_f1_all)} over all {len(scores.labels)}), "
        f"mAP {number(scores.map)}, Brier {number(scores.brier)}, "
        f"ECE {number(scores.calibration_error)}; "
        f"{scores.rows:,} rows in {scores.groups:,} groups{how}"
    )
    rows = [
        (
            name,
            number(each.f1),
            interval(each.interval),
            number(each.precision),
            number(each.recall),
            number(each.ap),
            number(each.brier),
            number(each.calibration_error),
            f"{each.support:,}",
        )
        for name, each in scores.labels.items()
        if each.support
    ]
    print_columns(_HEADER, rows)
    if left_out:
        typer.echo(f"excluded from the mean, no positives: {', '.join(left_out)}")


def _print_difference(
    compared: Difference, labels: Sequence[str], differences: Sequence[str]
) -> None:
    typer.echo(
        f"difference in macro F1 (first minus second): {compared.macro:+.3f} "
        f"{interval(compared.interval)}; "
        f"the first is better in {compared.share_better:.0%} of bootstrap samples"
    )
    if differences:
        typer.echo(f"not scored under the same conditions: {'; '.join(differences)}")
    rows = [
        (name, f"{f1:+.3f}", interval((float(bounds[0]), float(bounds[1]))))
        for name, f1, bounds in zip(labels, compared.f1, compared.labels)
        if not math.isnan(bounds[0])
    ]
    print_columns(("label", "difference in F1", "95 % interval"), rows)


def _as_json(summary: EvaluateSummary) -> dict[str, Any]:
    facts = _scores_json(summary.scores)
    facts["by"] = {value: _scores_json(scores) for value, scores in summary.by.items()}
    facts["warnings"] = list(summary.warnings)
    facts["in_training"] = summary.in_training
    if summary.kind:
        facts["kind"] = summary.kind
    if summary.compared is not None:
        facts["compare"] = {
            "macro_f1": plain(summary.compared.macro),
            "interval": [plain(each) for each in summary.compared.interval],
            "share_better": plain(summary.compared.share_better),
            "differences": list(summary.differences),
            "labels": {
                name: {"f1": float(f1), "interval": [plain(float(bound)) for bound in bounds]}
                for name, f1, bounds in zip(
                    summary.scores.labels, summary.compared.f1, summary.compared.labels
                )
            },
        }
    return facts


def _scores_json(scores: Scores) -> dict[str, Any]:
    return {
        "macro_f1": plain(scores.macro_f1),
        "interval": [plain(each) for each in scores.interval],
        "macro_f1_all": plain(scores.macro_f1_all),
        "map": plain(scores.map),
        "brier": plain(scores.brier),
        "ece": plain(scores.calibration_error),
        "rows": scores.rows,
        "groups": scores.groups,
        "labels": {
            name: {
                "f1": each.f1,
                "precision": each.precision,
                "recall": each.recall,
                "ap": plain(each.ap),
                "brier": plain(each.brier),
                "ece": plain(each.calibration_error),
                "support": each.support,
                "interval": [plain(bound) for bound in each.interval],
            }
            for name, each in scores.labels.items()
        },
    }
