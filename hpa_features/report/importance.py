"""A picture of what a model relies on: one bar a block, and which label needs which block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hpa_features.report.block_words import block_words

_MOST_BARS = 20
_MOST_COLUMNS = 12
_WIDTH, _LEFT, _ROW, _TOP = 960, 440, 42, 84
_INK, _FAINT, _BAR, _ACQUISITION = "#1b2733", "#5c6b7a", "#2f6fab", "#b7791f"
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
    """

    model: str
    labels: tuple[str, ...]
    bars: tuple[Bar, ...]
    rows: int

    @property
    def counted(self) -> tuple[int, ...]:
        """Positions of the labels that count."""
        return tuple(
            at for at in range(len(self.labels)) if not math.isnan(self.bars[0].label_drops[at])
        )

    @property
    def explanation(self) -> str:
        """What the bars are, in a sentence."""
        count = len(self.counted)
        labels = "1 label" if count == 1 else f"{count} labels"
        return (
            f"Loss of average precision (mean of {labels}) when a block's values are dealt "
            f"anew among {self.rows:,} rows that the models had not seen."
        )


def importance_svg(reliance: Reliance) -> str:
    """Return the bars as an SVG picture."""
    bars = reliance.bars[:_MOST_BARS]
    low = min(0.0, *(bar.drop - bar.spread for bar in bars))
    high = max(1e-6, *(bar.drop + bar.spread for bar in bars))
    scale = (_WIDTH - _LEFT - 90) / (high - low)
    zero = _LEFT - low * scale
    height = _TOP + _ROW * len(bars) + 34
    parts = [
        _words(20, 32, f"What the model “{reliance.model}” relies on", size=20, bold=True),
        _words(20, 56, reliance.explanation, size=13, fill=_FAINT),
    ]
    for number, bar in enumerate(bars):
        parts += _bar(bar, _TOP + _ROW * number, zero, scale)
    bottom = _TOP + _ROW * len(bars)
    parts.append(
        f"<line x1='{zero:.1f}' x2='{zero:.1f}' y1='{_TOP - 6}' y2='{bottom}' stroke='{_INK}'/>"
    )
    note = "Thin lines: ± one standard deviation over repeats."
    if len(reliance.bars) > len(bars):
        note += f" {len(reliance.bars) - len(bars)} smaller blocks are not shown."
    parts.append(_words(20, bottom + 22, note, size=12, fill=_FAINT))
    return _picture(_WIDTH, height, parts)


def label_svg(reliance: Reliance) -> str:
    """Return labels against the strongest blocks as a table of coloured numbers, SVG."""
    bars = reliance.bars[:_MOST_COLUMNS]
    left, top, wide, tall = 210, 190, 58, 24
    width, height = left + wide * len(bars) + 90, top + tall * len(reliance.counted) + 12
    strongest = max(1e-6, *(bar.label_drops[at] for bar in bars for at in reliance.counted))
    parts = []
    for number, bar in enumerate(bars):
        x = left + wide * (number + 0.5)
        parts.append(
            f"<text x='{x}' y='{top - 10}' font-size='12' fill='{_INK}' "
            f"transform='rotate(-50 {x} {top - 10})'>{escape(bar.block)}</text>"
        )
    for row, at in enumerate(reliance.counted):
        y = top + tall * row
        parts.append(_words(left - 8, y + 16, reliance.labels[at], size=12, anchor="end"))
        for number, bar in enumerate(bars):
            parts += _cell(left + wide * number, y, wide, tall, bar.label_drops[at], strongest)
    return _picture(width, height, parts)


def importance_html(reliance: Reliance) -> str:
    """Return a page that stands alone: the bars, labels against blocks, the whole table."""
    rows = "\n".join(
        "<tr>"
        f"<td><b>{escape(bar.block)}</b><br><small>{escape(block_words(bar.block))}</small>"
        f"</td><td>{bar.columns:,}</td><td>{bar.drop:.4f}</td><td>±&nbsp;{bar.spread:.4f}</td>"
        f"<td>{bar.gain:.1%}</td><td class='text'>{escape(bar.example)}</td></tr>"
        for bar in reliance.bars
    )
    title = f"What the model “{escape(reliance.model)}” relies on"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 Helvetica, Arial, sans-serif; color: {_INK}; max-width: 1000px;
  margin: 2em auto; padding: 0 1em; }}
svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ padding: .35em .7em; border-bottom: 1px solid #dde3e9; text-align: right;
  vertical-align: top; }}
td:first-child, th:first-child, .text {{ text-align: left; }}
small, .note {{ color: {_FAINT}; }}
</style></head><body>
{importance_svg(reliance)}
<h2>Which label needs which block</h2>
<p class="note">The same loss for each label; the darker, the more the label depends on the block.
Shuffling can also help by chance: small numbers around zero mean nothing.</p>
{label_svg(reliance)}
<h2>All blocks</h2>
<table><thead><tr><th>block</th><th>columns</th><th>loss</th><th>spread</th><th>gain*</th>
<th class="text">for example</th></tr></thead><tbody>
{rows}
</tbody></table>
<p class="note">* Share of what the splits gained while training. A footnote: it favours blocks of
many columns and counts what was merely learned by heart. The example is the block's column with
the most gain. A block can also lose little because another one tells the same.</p>
</body></html>
"""


def _bar(bar: Bar, y: float, zero: float, scale: float) -> list[str]:
    end = zero + bar.drop * scale
    colour = _ACQUISITION if bar.block == "Acquisition" else _BAR
    low, high = end - bar.spread * scale, end + bar.spread * scale
    middle = y + 12
    return [
        _words(_LEFT - 12, y + 11, bar.block, size=14, bold=True, anchor="end"),
        _words(_LEFT - 12, y + 27, block_words(bar.block), size=11.5, fill=_FAINT, anchor="end"),
        _box(min(zero, end), y + 2, abs(end - zero), 20, colour),
        f"<line x1='{low:.1f}' x2='{high:.1f}' y1='{middle}' y2='{middle}' stroke='{_INK}'/>",
        _words(max(high, zero) + 8, y + 17, _figure(bar.drop), size=13),
    ]


def _cell(
    x: float, y: float, wide: float, tall: float, drop: float, strongest: float
) -> Sequence[str]:
    share = min(1.0, max(0.0, drop / strongest))
    # From white to the colour of the bars, straight in RGB.
    red, green, blue = (round(255 - share * (255 - part)) for part in (0x2F, 0x6F, 0xAB))
    text = "" if abs(drop) < 0.0005 else _figure(drop)
    return (
        _box(x, y, wide - 2, tall - 2, f"rgb({red},{green},{blue})"),
        _words(
            x + wide / 2 - 1, y + 15, text, fill="white" if share > 0.55 else _INK, anchor="middle"
        ),
    )


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
    fill: str = _INK,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    weight = " font-weight='bold'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{fill}' "
        f"text-anchor='{anchor}'{weight}>{escape(text)}</text>"
    )


def _figure(drop: float) -> str:
    """Return three digits, without the sign of a zero."""
    return f"{round(drop, 3) + 0.0:.3f}"
