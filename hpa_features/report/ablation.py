"""A picture of an ablation: what is lost without some columns, and what each label gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hpa_features.report.still_svg import BAR, FAINT, INK, WIDTH, box, paragraph, picture, words

NETWORK = "#b7791f"
_LEFT, _RIGHT, _ROW = 330, 90, 28


@dataclass(frozen=True, slots=True)
class Loss:
    """A difference in average precision with its 95 % interval.

    Attributes
    ----------
    name
        What is excluded, or the label that gains.
    value, low, high
        Of the model with all columns minus the other one.
    """

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """What is drawn.

    Attributes
    ----------
    about
        Rows, groups, and how they were judged, in a sentence.
    sides, families
        A row for classical features or networks alone, and for what lacks one family; either may
        be empty.
    gains
        By what is added (classical features, the network), a row a label; empty without networks.
    """

    about: str
    sides: tuple[Loss, ...]
    families: tuple[Loss, ...]
    gains: tuple[tuple[str, tuple[Loss, ...]], ...]


def ablation_svg(ablation: Ablation) -> str:
    """Return losses, then gains of labels, each with its interval, as an SVG picture."""
    parts, top = paragraph("What blocks of features add to each other", 12, size=20, bold=True)
    more, top = paragraph(ablation.about, top, size=13, fill=FAINT)
    parts += more
    lost = "Loss of average precision (mean over labels)"
    for title, losses in (
        (f"{lost} compared with everything", ablation.sides),
        (f"{lost} without one family", ablation.families),
    ):
        if losses:
            found, top = _panel(title, [(each, BAR) for each in losses], top + 18)
            parts += found
    for (what, losses), colour in zip(ablation.gains, (BAR, NETWORK)):
        title = f"Average precision that each label gains from {what}"
        found, top = _panel(title, [(each, colour) for each in losses], top + 24)
        parts += found
    note = (
        "Lines: 95 % intervals; both models are compared in the same draws of groups. Each part "
        "has its own scale."
    )
    more, top = paragraph(note, top + 14, size=12, fill=FAINT)
    return picture(WIDTH, top + 12, parts + more)


def _panel(title: str, rows: Sequence[tuple[Loss, str]], top: float) -> tuple[list[str], float]:
    """Return a panel with a row for each loss, and where it ends."""
    low = min(0.0, *(loss.low for loss, _ in rows))
    high = max(1e-3, *(loss.high for loss, _ in rows))
    scale = (WIDTH - _LEFT - _RIGHT) / (high - low)
    zero = _LEFT - low * scale
    parts = [words(20, top + 12, title, size=14, bold=True)]
    top += 24
    for number, (loss, colour) in enumerate(rows):
        parts += _row(loss, colour, top + _ROW * number, zero, scale)
    bottom = top + _ROW * len(rows)
    parts.append(
        f"<line x1='{zero:.1f}' x2='{zero:.1f}' y1='{top - 4}' y2='{bottom}' stroke='{INK}'/>"
    )
    return parts, bottom


def _row(loss: Loss, colour: str, y: float, zero: float, scale: float) -> list[str]:
    middle = y + 12
    at, low, high = (zero + each * scale for each in (loss.value, loss.low, loss.high))
    return [
        words(_LEFT - 12, y + 16, loss.name, size=12.5, anchor="end"),
        box(low, middle - 1, high - low, 2, colour),
        f"<circle cx='{at:.1f}' cy='{middle:.1f}' r='5' fill='{colour}'/>",
        words(max(high, zero) + 10, y + 16, f"{loss.value:+.3f}", size=12.5),
    ]
