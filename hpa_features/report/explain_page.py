"""The page of `explain`: for each field its labels, what moves them, and its cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup

from hpa_features.core.reasons import FieldReasons, LabelReasons
from hpa_features.report.block_words import block_title
from hpa_features.report.pages.render import render
from hpa_features.report.reason_words import column_sentence, headline, label_line, shown_labels
from hpa_features.report.svg import box, picture

_MOST_BLOCKS = 10
_WIDTH, _HEIGHT = 180, 18


@dataclass(frozen=True, slots=True)
class FieldPictures:
    """Pictures of a field as ``data:`` URIs.

    Attributes
    ----------
    whole
        Landmarks and protein with outlines; empty: none.
    labels
        Label → the field's cells coloured by their evidence.
    """

    whole: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A block of a label: its title, value and error in nats."""

    title: str
    value: float
    error: float
    largest: float

    @property
    def number(self) -> str:
        return f"{self.value:+.2f} ± {self.error:.2f}"

    def draw(self) -> Markup:
        """Return a bar from the middle: to the right for the label, to the left against it."""
        middle = _WIDTH / 2
        length = middle * min(abs(self.value) / self.largest, 1) if self.largest else 0.0
        left = middle if self.value > 0 else middle - length
        line = Markup('<path class="zero" d="M{0} 0V{1}"/>').format(middle, _HEIGHT)
        kind = "bar acquisition" if self.value > 0 else "bar"  # as cells in the pictures
        return picture(_WIDTH, _HEIGHT, [box(left, 3, length, _HEIGHT - 6, kind), line], "")


@dataclass(frozen=True, slots=True)
class _Label:
    """A label of a field, as the page shows it."""

    name: str
    line: str
    sentences: tuple[str, ...]
    bars: tuple[_Bar, ...]
    rest: str
    picture: str


@dataclass(frozen=True, slots=True)
class _Field:
    """A field, as the page shows it."""

    title: str
    in_training: bool
    picture: str
    labels: tuple[_Label, ...]


def explain_html(
    reasons: Sequence[FieldReasons],
    pictures: Mapping[str, FieldPictures],
    *,
    model: str,
    version: str,
    asked: Sequence[str] = (),
    missing: str = "",
) -> str:
    """Return the page; it stands alone.

    Parameters
    ----------
    reasons
        One for each field.
    pictures
        Id → pictures.
    model, version
        Name of the model, and of this program's version.
    asked
        Labels to show; none: as `shown_labels` chooses.
    missing
        Why there are no pictures; empty: there are.
    """
    fields = [_field(each, pictures.get(each.id, FieldPictures()), asked) for each in reasons]
    what = reasons[0].id if len(reasons) == 1 else f"{len(reasons)} fields"
    return render(
        "explain.html.jinja",
        title=f"Why {what} has its labels"
        if len(reasons) == 1
        else f"Why {what} have their labels",
        fields=fields,
        model=model,
        missing=missing,
        has_cells=any(each.cells is not None for each in reasons) and bool(pictures),
        kind=next((each.cells.kind for each in reasons if each.cells is not None), ""),
        version=version,
    )


def evidence_of_label(reasons: FieldReasons, label: LabelReasons) -> np.ndarray | None:
    """Return (cells,) how far above the label's threshold each cell is, in nats; None: unknown.

    Scores of single-cell models have no threshold: the middle of the field's cells is taken.
    """
    cells = reasons.cells
    if cells is None or label.label not in cells.labels:
        return None
    evidence = cells.evidence[:, cells.labels.index(label.label)]
    if cells.kind == "alone":
        bounded = min(max(label.threshold, 1e-9), 1 - 1e-9)
        return np.asarray(evidence - math.log(bounded / (1 - bounded)))
    return np.asarray(evidence - np.median(evidence))


def _field(reasons: FieldReasons, shown: FieldPictures, asked: Sequence[str]) -> _Field:
    labels = tuple(
        _label(each, reasons.blocks, shown.labels.get(each.label, ""))
        for each in shown_labels(reasons, asked)
    )
    return _Field(headline(reasons), reasons.in_training, shown.whole, labels)


def _label(label: LabelReasons, blocks: Sequence[str], shown: str) -> _Label:
    order = np.argsort(-np.abs(label.values), kind="stable").tolist() if label.supported else []
    largest = float(np.abs(label.values).max())
    bars = tuple(
        _Bar(
            block_title(blocks[block]),
            float(label.values[block]),
            float(label.error[block]),
            largest,
        )
        for block in order[:_MOST_BLOCKS]
    )
    rest = float(label.values.sum()) - sum(bar.value for bar in bars)
    hidden = len(blocks) - len(bars)
    return _Label(
        name=label.label,
        line=label_line(label),
        sentences=tuple(column_sentence(each) for each in label.columns),
        bars=bars,
        rest=f"{hidden} smaller blocks together: {rest:+.2f}" if bars and hidden else "",
        picture=shown,
    )
