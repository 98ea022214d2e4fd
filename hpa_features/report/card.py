"""Model card: what a model is, what it was trained on, and how far to trust it; Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]

_SHOWN = 20

_KINDS = {
    "nested": "nested: model, calibration and threshold were fitted again inside each training "
    "part, without the rows that are scored",
    "cross-fitted": "cross-fitted: each fold is scored with calibration and thresholds chosen on "
    "the out-of-fold scores of the other folds",
}
_TREES = (
    "number with the smallest log loss on a grouped fifth of the training part; labels with fewer "
    "than 20 positive groups use the median of the other labels, or 150 if fewer than three labels "
    "have that many"
)
_NOVELTY = (
    "distance along and beyond the principal directions of the training rows, in all columns and "
    "in those that do not depend on the protein; `predict` warns above 1, a limit exceeded by at "
    "most 1 in 100 similar rows (95 % tolerance limit of out-of-fold rows)"
)
_BLEND = (
    "up to 20,000 rows (`--nested-rows`), boosting is blended with logistic regression on "
    "rank-normal columns (linear) and on a Gaussian kernel of them (kernel); the non-negative "
    "weights of their log-odds minimise the log loss of inner folds; the table gives the share of "
    "each learner"
)

_STACKING = (
    "the log-odds of each label, in units of their spread, are combined with ln Σ exp of those of "
    "the other labels, with two weights shared by all labels and a constant per label (not with "
    "`--no-stack`)"
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
        _bullets(*data_facts(facts)),
        "## Performance",
        _score(facts["report"]),
        _label_table(facts["labels"]),
        _unsupported(facts["labels"]),
        "## Method",
        _bullets(*method_facts(facts)),
        "## Excluded columns",
        _dropped(facts),
        "## Warnings",
        "\n".join(f"- {warning}" for warning in facts["warnings"]) or "None.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def data_facts(facts: Facts) -> list[tuple[str, str]]:
    """Return terms and texts of what a model was trained on; parameters as `model_card`."""
    data = facts["data"]
    return [
        (
            "Trained with",
            f"hpa-feat {facts['hpa_feat']}, LightGBM {facts['libraries']['lightgbm']}",
        ),
        ("Rows", f"{data['rows']:,}"),
        *_simulated(data),
        ("Groups", _groups(data)),
        ("Features", f"{len(facts['features']):,}"),
        ("Labels", f"{len(facts['labels']):,}"),
        ("Data digest (sha256)", f"`{data['digest']}`"),
    ]


def _simulated(data: Facts) -> list[tuple[str, str]]:
    count, rows = data.get("simulated", 0), data["rows"]
    if not count:
        return []
    said = f"{count:,} of {rows:,} ({count / rows:.0%}); performance on real fields may differ"
    return [("Rows of simulated fields", said)]


def _groups(data: Facts) -> str:
    groups = "none" if data["group"] == "none" else f"{data['groups']:,} ({data['group']})"
    alone = f"; {data['ungrouped']}" if data.get("ungrouped") else ""
    return f"{groups}, in {data['folds']} folds{alone}"


def _score(report: Facts) -> str:
    sure = f"95 % interval {_span(report['macro_f1_interval'])}"
    draws = f"{report['bootstrap']:,} bootstrap samples of whole groups"
    return _bullets(
        (f"Macro F1, {report['kind']}", f"{_figure(report['macro_f1'])} ({sure}, {draws})"),
        ("Mean average precision (out-of-fold log-odds)", _figure(report["mean_ap"])),
        ("Macro F1 over all labels", _figure(report["macro_f1_all_labels"])),
    ) + (
        f"\n\nThese scores are {_KINDS[report['kind']]}. Means are over the labels with at least "
        f"one positive row; an undefined F1 counts as 0. Brier score and expected calibration "
        f"error (ECE, ten bins with equal numbers of rows) measure the probabilities: 0 is perfect."
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
        f"- {label['name']}: {label['positives']:,} rows in {label['positive_groups']:,} groups, p "
        f"= {label['p_value']:.3f}; {label['rule']} predicted"
        for label in poor
    ]
    return (
        "Labels that cannot be learned from these data (out-of-fold ranking no better than 1,000 "
        "permutations, or fewer than 3 groups with or without the label). They are predicted by "
        "their prevalence only, and scored like the others:\n\n" + "\n".join(lines)
    )


def method_facts(facts: Facts) -> list[tuple[str, str]]:
    """Return terms and texts of how a model was trained; parameters as `model_card`."""
    learner = facts["learner"]
    trees = f"{learner['num_leaves']} leaves, {learner['max_bin']} bins"
    columns = f"{learner['feature_fraction']:.2f} of the columns per tree"
    rate = f"rate {learner['learning_rate']}, seed {learner['seed']}"
    return [
        ("Boosting", f"LightGBM per label: {trees}, {columns}, {rate}{_trees_on(facts)}"),
        *_tuned(facts.get("tuned", []), facts["training"]),
        ("Trees", _TREES),
        ("Blend", _BLEND),
        *([("Stacking", _STACKING)] if facts["training"].get("stack") else []),
        *_normalized(facts.get("normalized", {})),
        *_cells(facts.get("cells", {})),
        ("Probability", "mean of the fold models' calibrated probabilities"),
        ("Threshold", "half the best F1 of the calibrated out-of-fold probabilities (Lipton 2014)"),
        ("Novelty", _NOVELTY),
    ]


def _trees_on(facts: Facts) -> str:
    where = facts["training"].get("trees_on", {"backend": "cpu"})
    if where["backend"] == "cpu":
        return ""
    return f"; grown with {where['backend']} on {where['device'] or 'an unnamed device'}"


def _tuned(tuned: Sequence[Facts], training: Facts) -> list[tuple[str, str]]:
    if not tuned:
        return []
    said = (
        f"in each training part {training['tune']:,} sets of parameters were tried, starting with "
        "the above; the one with the smallest mean log loss on grouped parts of its rows was used"
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
    return ", ".join(words) or "unchanged"


def _short(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _normalized(normalized: Facts) -> list[tuple[str, str]]:
    if not normalized:
        return []
    column, fewest = normalized["column"], normalized["fewest_rows"]
    said = (
        f"columns are (x − median) / (1.4826 · MAD) within each of {len(normalized['plates']):,} "
        f"{column}, from the rows of each training part only; one with fewer than {fewest} rows "
        f"there, or a new one, uses all its own rows (at least {fewest}); novelty is computed on "
        "normalized columns"
    )
    return [("Normalized", said)]


def _cells(cells: Facts) -> list[tuple[str, str]]:
    if not cells:
        return []
    said = (
        f"single cells ({len(cells['columns']):,} columns), labelled like their image, are scored "
        f"for {len(cells['labels']):,} labels by three models inside each training part (each "
        "fitted on two thirds of its groups and never applied to these); the block CellScores has "
        "their mean, the mean of the top 5 %, and the share above the 95th percentile of cells in "
        "images without the label. Bins are computed in each training part"
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
        lines.append(("Blocks excluded on request", ", ".join(blocks)))
    return _bullets(*lines)


def _bullets(*pairs: tuple[str, str]) -> str:
    return "\n".join(f"- **{name}**: {value}" for name, value in pairs)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _span(pair: Sequence[float | None]) -> str:
    return f"[{_figure(pair[0])}, {_figure(pair[1])}]"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
