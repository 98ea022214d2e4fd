"""Model card: what a model is, what it was trained on, and how far to trust it; Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]

_SHOWN = 20

_KINDS = {
    "nested": "nested: model, calibration and threshold were made again inside each training part; "
    "the rows that score them took no part in any choice",
    "cross-fitted": "cross-fitted: each fold is scored with calibration and thresholds chosen on "
    "the other folds' out-of-fold scores",
}
_TREES = (
    "where the log loss on a grouped fifth of the training part is least; labels with under 20 "
    "positive groups take the others' median, or 150 where fewer than three labels have as many"
)
_NOVELTY = (
    "distance along and beyond the training rows' principal directions, of all columns and of "
    "those that do not read the protein; `predict` warns above 1, a limit that 1 in 100 rows of "
    "their kind or fewer exceed (95 % tolerance limit of rows of other folds)"
)
_BLEND = (
    "up to 20,000 rows (`--nested-rows`), boosting is joined by logistic regression on rank-normal "
    "columns (linear) and on a Gaussian kernel of them (kernel); log-odds are weighted, never "
    "below 0, so that the log loss of inner folds is least; the table has each learner's share"
)

_STACKING = (
    "each label's log-odds, in units of their spread, are weighed anew beside ln Σ exp of the "
    "others', by two weights that all labels share and a constant of its own (`--no-stack`: not)"
)


def model_card(facts: Facts) -> str:
    """Return the card of a model.

    Parameters
    ----------
    facts
        ``model.json`` as `learn.packing.facts_of` makes it.
    """
    sections = [
        "# Model card",
        _data(facts),
        "## How well it does",
        _score(facts["report"]),
        _label_table(facts["labels"]),
        _unsupported(facts["labels"]),
        "## How it was made",
        _method(facts),
        "## Columns left out",
        _dropped(facts),
        "## Warnings",
        "\n".join(f"- {warning}" for warning in facts["warnings"]) or "None.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _data(facts: Facts) -> str:
    data = facts["data"]
    return _bullets(
        (
            "Trained with",
            f"hpa-feat {facts['hpa_feat']}, LightGBM {facts['libraries']['lightgbm']}",
        ),
        ("Rows", f"{data['rows']:,}"),
        *_simulated(data),
        ("Groups", f"{data['groups']:,} ({data['group']}), in {data['folds']} folds{_alone(data)}"),
        ("Features", f"{len(facts['features']):,}"),
        ("Labels", f"{len(facts['labels']):,}"),
        ("Data digest (sha256)", f"`{data['digest']}`"),
    )


def _simulated(data: Facts) -> list[tuple[str, str]]:
    count, rows = data.get("simulated", 0), data["rows"]
    if not count:
        return []
    said = f"{count:,} of {rows:,} ({count / rows:.0%}); real fields may be predicted differently"
    return [("Rows of simulated fields", said)]


def _alone(data: Facts) -> str:
    return f"; {data['ungrouped']}" if data.get("ungrouped") else ""


def _score(report: Facts) -> str:
    sure = f"95 % interval {_span(report['macro_f1_interval'])}"
    draws = f"{report['bootstrap']:,} draws of whole groups"
    return _bullets(
        (f"Macro F1, {report['kind']}", f"{_figure(report['macro_f1'])} ({sure}, {draws})"),
        ("Mean average precision (out-of-fold log-odds)", _figure(report["mean_ap"])),
        ("Macro F1 over all labels", _figure(report["macro_f1_all_labels"])),
    ) + (
        f"\n\nThese figures are {_KINDS[report['kind']]}. Means take the labels with at least one "
        "positive row; an F1 that would divide by zero is 0. Brier score and expected calibration "
        "error (ECE, ten bins of equally many rows) are of the probabilities: 0 is perfect."
    )


def _label_table(labels: Sequence[Facts]) -> str:
    head = (
        "| label | rows | groups | F1 (95 %) | precision | recall | AP | threshold | rule "
        "| calibration | Brier | ECE | blend |\n"
        "|---|--:|--:|---|--:|--:|--:|--:|---|---|--:|--:|---|"
    )
    rows = [
        f"| {_cell(label['name'])} | {label['positives']:,} | {label['positive_groups']:,} "
        f"| {_figure(label['f1'])} {_span(label['f1_interval'])} "
        f"| {_figure(label['precision'])} | {_figure(label['recall'])} | {_figure(label['ap'])} "
        f"| {_figure(label['threshold'])} | {label['rule']} | {label['calibration']['kind']} "
        f"| {_figure(label['brier'])} | {_figure(label['ece'])} | {_blend(label['learners'])} |"
        for label in labels
    ]
    return "\n".join([head, *rows])


def _blend(learners: Facts) -> str:
    used = (f"{name} {100 * share:.0f} %" for name, share in learners.items() if share > 0)
    return ", ".join(used) or "–"


def _unsupported(labels: Sequence[Facts]) -> str:
    poor = [label for label in labels if not label["supported"]]
    if not poor:
        return ""
    lines = [
        f"- {label['name']}: {label['positives']:,} rows in {label['positive_groups']:,} groups, "
        f"p = {label['p_value']:.3f}; answers {label['rule']}"
        for label in poor
    ]
    return (
        "Labels that these data cannot teach (out-of-fold ranking no better than 1,000 "
        "permutations, or fewer than 3 groups with or without the label). They answer by their "
        "share of rows alone and are scored as they answer:\n\n" + "\n".join(lines)
    )


def _method(facts: Facts) -> str:
    learner = facts["learner"]
    trees = f"{learner['num_leaves']} leaves, {learner['max_bin']} bins"
    columns = f"{learner['feature_fraction']:.2f} of the columns a tree"
    rate = f"rate {learner['learning_rate']}, seed {learner['seed']}"
    return _bullets(
        ("Boosting", f"LightGBM per label: {trees}, {columns}, {rate}"),
        *_tuned(facts.get("tuned", []), facts["training"]),
        ("Trees", _TREES),
        ("Blend", _BLEND),
        *([("Stacking", _STACKING)] if facts["training"].get("stack") else []),
        *_normalized(facts.get("normalized", {})),
        *_cells(facts.get("cells", {})),
        ("Probability", "mean of the fold models' calibrated probabilities"),
        ("Threshold", "half the best F1 of the calibrated out-of-fold probabilities (Lipton 2014)"),
        ("Novelty", _NOVELTY),
    )


def _tuned(tuned: Sequence[Facts], training: Facts) -> list[tuple[str, str]]:
    if not tuned:
        return []
    said = (
        f"each training part tried {training['tune']:,} sets of parameters, the above first, and "
        "kept the one of least mean log loss on grouped parts of its own rows"
    )
    lines = [
        f"  - fold {fold}: {tuned_parameters(each['changed'])}; log loss "
        f"{_figure(each['default_loss'])} → {_figure(each['loss'])}"
        for fold, each in enumerate(tuned)
    ]
    return [("Search", "\n".join([said, *lines]))]


def tuned_parameters(changed: Facts) -> str:
    """Return in words which parameters a search changed."""
    words = (f"{name} {_short(value)}" for name, value in changed.items())
    return ", ".join(words) or "as it is"


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _normalized(normalized: Facts) -> list[tuple[str, str]]:
    if not normalized:
        return []
    column, fewest = normalized["column"], normalized["fewest_rows"]
    said = (
        f"columns are (x − median) / (1.4826 · MAD) within each of {len(normalized['plates']):,} "
        f"{column}, by the rows of each training part alone; one with fewer than {fewest} rows "
        f"there, or a new one, by all its own rows ({fewest} at least); novelty is that of "
        "normalized columns"
    )
    return [("Normalized", said)]


def _cells(cells: Facts) -> list[tuple[str, str]]:
    if not cells:
        return []
    said = (
        f"{len(cells['columns']):,} columns of single cells, which take their image's labels, are "
        f"scored for {len(cells['labels']):,} labels by three models inside each training part "
        "(each of two thirds of its groups, which never score their own images); the block "
        "CellScores is their mean, the mean of the highest twentieth, and the share above the 95th "
        "percentile of cells in images without the label. Bins are each training part's own"
    )
    return [("Cells", said)]


def _dropped(facts: Facts) -> str:
    lines = []
    for kind, names in facts["dropped"].items():
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        listed = ", ".join(f"`{name}`" for name in names[:_SHOWN])
        lines.append(
            (kind.capitalize(), f"{len(names):,}" + (f": {listed}{more}" if names else ""))
        )
    blocks = facts["training"].get("without", [])
    if blocks:
        lines.append(("Blocks left out on request", ", ".join(blocks)))
    return _bullets(*lines)


def _bullets(*pairs: tuple[str, str]) -> str:
    return "\n".join(f"- **{name}**: {value}" for name, value in pairs)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _span(pair: Sequence[float | None]) -> str:
    return f"[{_figure(pair[0])}, {_figure(pair[1])}]"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
