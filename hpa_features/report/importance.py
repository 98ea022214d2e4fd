"""A picture of what a model relies on: one bar a block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from hpa_features.report.block_words import block_title
from hpa_features.report.still_svg import (
    BAR,
    FAINT,
    INK,
    LETTER,
    WIDTH,
    box,
    paragraph,
    picture,
    words,
)

MOST_BARS = 20
ACQUISITION = "#b7791f"
COLOURS = (
    (BAR, "what the cells look like"),
    (ACQUISITION, "how the image was taken; may not hold for other microscopes"),
)
_LEFT, _ROW, _LINE = 440, 42, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One block.

    Attributes
    ----------
    block
        Its name.
    columns
        How many columns it has.
    drop, spread
        Mean loss of average precision when it is shuffled, and its standard deviation.
    gain
        Share of the gain in training.
    example
        What its strongest column measures; may be empty.
    label_drops
        Loss for each label, NaN where a label does not count.
    """

    block: str
    columns: int
    drop: float
    spread: float
    gain: float
    example: str
    label_drops: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reliance:
    """What is drawn.

    Attributes
    ----------
    model
        Name of the model.
    labels
        Names, in the order of each bar's `label_drops`.
    bars
        The most important first.
    rows
        Rows that were scored.
    caution
        What limits the figures as a whole, in a sentence; empty: nothing.
    """

    model: str
    labels: tuple[str, ...]
    bars: tuple[Bar, ...]
    rows: int
    caution: str = ""

    @property
    def counted(self) -> tuple[int, ...]:
        """Positions of the labels that count."""
        return tuple(
            at for at in range(len(self.labels)) if not math.isnan(self.bars[0].label_drops[at])
        )

    @property
    def title(self) -> str:
        """What the picture is about."""
        return f"What the model “{self.model}” relies on"

    @property
    def explanation(self) -> str:
        """What the bars are, in a sentence."""
        count = len(self.counted)
        labels = "1 label" if count == 1 else f"{count} labels"
        return (
            f"Loss of average precision (mean of {labels}) when the values of a block are "
            f"shuffled among {self.rows:,} held-out rows."
        )

    @property
    def note(self) -> str:
        """What the thin lines are, and how many bars are not drawn."""
        more = len(self.bars) - MOST_BARS
        left = f" {more} smaller blocks are not shown." if more > 0 else ""
        return f"Thin lines: ± one standard deviation over repeats.{left}"


def bar_range(bars: Sequence[Bar]) -> tuple[float, float]:
    """Return the ends of the axis: zero and every bar with its spread lie between them."""
    low = min(0.0, *(bar.drop - bar.spread for bar in bars))
    return low, max(1e-6, *(bar.drop + bar.spread for bar in bars))


def bar_colour(bar: Bar) -> str:
    """Return the colour of a bar."""
    return ACQUISITION if bar.block == "Acquisition" else BAR


def figure(drop: float) -> str:
    """Return three digits, without the sign of a zero."""
    return f"{round(drop, 3) + 0.0:.3f}"


def importance_svg(reliance: Reliance) -> str:
    """Return the bars as an SVG picture."""
    bars = reliance.bars[:MOST_BARS]
    low, high = bar_range(bars)
    scale = (WIDTH - _LEFT - 90) / (high - low)
    zero = _LEFT - low * scale
    parts, top = paragraph(reliance.title, 12, size=20, bold=True)
    for text in filter(None, (reliance.caution, reliance.explanation)):
        more, top = paragraph(text[0].upper() + text[1:], top, size=13, fill=FAINT)
        parts += more
    for colour, meaning in COLOURS:
        parts += [box(20, top + 5, 12, 12, colour), words(38, top + 16, meaning, size=13)]
        top += _LINE
    top += 18
    for number, bar in enumerate(bars):
        parts += _bar(bar, top + _ROW * number, zero, scale)
    bottom = top + _ROW * len(bars)
    parts.append(
        f"<line x1='{zero:.1f}' x2='{zero:.1f}' y1='{top - 6}' y2='{bottom}' stroke='{INK}'/>"
    )
    parts.append(words(20, bottom + 22, reliance.note, size=12, fill=FAINT))
    return picture(WIDTH, bottom + 34, parts)


def _bar(bar: Bar, y: float, zero: float, scale: float) -> list[str]:
    end = zero + bar.drop * scale
    low, high = end - bar.spread * scale, end + bar.spread * scale
    middle = y + 12
    size = 12.5
    lines = wrap(block_title(bar.block), int((_LEFT - 32) / (size * LETTER)))[:2]
    return [
        *(
            words(_LEFT - 12, y + 14 + 16 * number, line, size=size, anchor="end")
            for number, line in enumerate(lines)
        ),
        box(min(zero, end), y + 2, abs(end - zero), 20, bar_colour(bar)),
        f"<line x1='{low:.1f}' x2='{high:.1f}' y1='{middle}' y2='{middle}' stroke='{INK}'/>",
        words(max(high, zero) + 8, y + 17, figure(bar.drop), size=13),
    ]
