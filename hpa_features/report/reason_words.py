"""Reasons as sentences: which blocks move a label, by which value, and how unusual that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from hpa_features.core.reasons import ColumnReason, FieldReasons, LabelReasons
from hpa_features.report.block_words import block_title

RUNNERS_UP = 2
_FIGURES = 3


def shown_labels(reasons: FieldReasons, asked: Sequence[str] = ()) -> tuple[LabelReasons, ...]:
    """Return the labels asked for; of none, those that are predicted and the two nearest to it."""
    if asked:
        by_name = {each.label: each for each in reasons.labels}
        return tuple(by_name[name] for name in asked)
    able = [each for each in reasons.labels if each.supported]
    given = sorted((each for each in able if each.decision), key=lambda each: -each.probability)
    others = sorted((each for each in able if not each.decision), key=_distance)
    return (*given, *others[:RUNNERS_UP])


def _distance(label: LabelReasons) -> float:
    """How far a label is from being predicted, in nats."""
    return _log_odds(label.threshold) - _log_odds(label.probability)


def headline(reasons: FieldReasons) -> str:
    """Return a field's id and what is predicted of it."""
    predicted = [each.label for each in reasons.labels if each.decision]
    return f"{reasons.id}: {', '.join(predicted) or 'no label'}"


def label_line(label: LabelReasons) -> str:
    """Return in one line what is predicted, and of how many training fields."""
    if not label.supported:
        rule = "always" if label.decision else "never"
        return f"{label.label} could not be learned from the training data: {rule} predicted"
    state = "predicted" if label.decision else "not predicted"
    return (
        f"{label.label}: {state}, probability {label.probability:.3f} "
        f"(threshold {label.threshold:.3f}; average training field {_expit(label.base):.3f})"
    )


def sentences(label: LabelReasons, blocks: Sequence[str]) -> Iterable[str]:
    """Yield a sentence for each of the blocks that move the label most.

    Each begins with the block's value, so that it can stand under `label_line`.
    """
    if not label.supported:
        return
    by_block = dict(zip(blocks, label.values.tolist(), strict=True))
    for each in label.columns:
        yield f"{by_block[each.block]:+.2f}  {block_title(each.block)}. {column_sentence(each)}"
    rest = sum(by_block.values()) - sum(by_block[each.block] for each in label.columns)
    if len(blocks) > len(label.columns):
        yield f"{rest:+.2f}  all other blocks ({len(blocks) - len(label.columns)})."


def field_text(reasons: FieldReasons, asked: Sequence[str] = ()) -> str:
    """Return a field's reasons for a terminal; labels as `shown_labels` chooses them."""
    lines = [headline(reasons)]
    if reasons.in_training:
        lines.append("  The model was trained on this field, so its scores are too certain.")
    for label in shown_labels(reasons, asked):
        lines.append("")
        lines.append(f"  {label_line(label)}")
        lines += [f"    {each}" for each in sentences(label, reasons.blocks)]
    return "\n".join(lines) + "\n"


def column_sentence(reason: ColumnReason) -> str:
    """Return what a column measures, its value, and where that lies among training rows."""
    what = reason.meaning.split(". ")[0].rstrip(".") or reason.column
    if math.isnan(reason.value):
        return f"{what}: it has no value in this field."
    return f"{what}: {reason.value:.{_FIGURES}g}, {place(reason.percentile)}."


def place(percentile: float) -> str:
    """Return where a percentile of training rows lies, in words."""
    side, share = "higher", percentile
    if percentile < 50:
        side, share = "lower", 100 - percentile
    if share >= 100:
        return f"{side} than in all training fields"
    if share > 99:
        return f"{side} than in over 99 % of the training fields"
    return f"{side} than in {share:.0f} % of the training fields"


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


def _expit(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
