"""A picture of what a model relies on: one bar a block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from hpa_features.report.block_words import block_title

MOST_BARS = 20
INK, FAINT, BAR, ACQUISITION = "#1b2733", "#5c6b7a", "#2f6fab", "#b7791f"
COLOURS = (
    (BAR, "what the cells look like"),
    (ACQUISITION, "how the image was taken; may not hold for other microscopes"),
)
_WIDTH, _LEFT, _ROW, _LINE = 960, 440, 42, 18
# No font is sure to be there. The widest usual one (DejaVu Sans) takes this much of its size a
# letter; lines are broken so that they fit in it.
_LETTER = 0.62
_FONT = "font-family='Helvetica, Arial, sans-serif'"


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
    scale = (_WIDTH - _LEFT - 90) / (high - low)
    zero = _LEFT - low * scale
    parts, top = _paragraph(reliance.title, 12, size=20, bold=True)
    for text in filter(None, (reliance.caution, reliance.explanation)):
        more, top = _paragraph(text[0].upper() + text[1:], top, size=13, fill=FAINT)
        parts += more
    for colour, meaning in COLOURS:
        parts += [_box(20, top + 5, 12, 12, colour), _words(38, top + 16, meaning, size=13)]
        top += _LINE
    top += 18
    for number, bar in enumerate(bars):
        parts += _bar(bar, top + _ROW * number, zero, scale)
    bottom = top + _ROW * len(bars)
    parts.append(
        f"<line x1='{zero:.1f}' x2='{zero:.1f}' y1='{top - 6}' y2='{bottom}' stroke='{INK}'/>"
    )
    parts.append(_words(20, bottom + 22, reliance.note, size=12, fill=FAINT))
    return _picture(_WIDTH, bottom + 34, parts)


def _paragraph(
    text: str, top: float, *, size: float, fill: str = INK, bold: bool = False
) -> tuple[list[str], float]:
    """Return lines that fit between the margins in any font, and the row below them."""
    lines = wrap(text, int((_WIDTH - 40) / (size * _LETTER)))
    step = size * 1.4
    parts = [
        _words(20, top + step * (number + 0.8), line, size=size, fill=fill, bold=bold)
        for number, line in enumerate(lines)
    ]
    return parts, top + step * len(lines)


def _bar(bar: Bar, y: float, zero: float, scale: float) -> list[str]:
    end = zero + bar.drop * scale
    low, high = end - bar.spread * scale, end + bar.spread * scale
    middle = y + 12
    size = 12.5
    words = wrap(block_title(bar.block), int((_LEFT - 32) / (size * _LETTER)))[:2]
    return [
        *(
            _words(_LEFT - 12, y + 14 + 16 * number, line, size=size, anchor="end")
            for number, line in enumerate(words)
        ),
        _box(min(zero, end), y + 2, abs(end - zero), 20, bar_colour(bar)),
        f"<line x1='{low:.1f}' x2='{high:.1f}' y1='{middle}' y2='{middle}' stroke='{INK}'/>",
        _words(max(high, zero) + 8, y + 17, figure(bar.drop), size=13),
    ]


def _picture(width: float, height: float, parts: Sequence[str]) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}' {_FONT}>"
    )
    return "\n".join([head, _box(0, 0, width, height, "white"), *parts, "</svg>"])


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{fill}'/>"
    )


def _words(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 11,
    fill: str = INK,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    weight = " font-weight='bold'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{fill}' "
        f"text-anchor='{anchor}'{weight}>{escape(text)}</text>"
    )
