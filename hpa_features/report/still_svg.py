"""Parts of SVG pictures that stand alone: their colours and sizes are in the file itself.

No font is sure to be there. The widest usual one (DejaVu Sans) takes `LETTER` of its size a
letter; lines are broken so that they fit in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap

INK, FAINT, BAR = "#1b2733", "#5c6b7a", "#2f6fab"
WIDTH, LETTER = 960, 0.62
_FONT = "font-family='Helvetica, Arial, sans-serif'"


def paragraph(
    text: str, top: float, *, size: float, fill: str = INK, bold: bool = False
) -> tuple[list[str], float]:
    """Return lines that fit between the margins in any font, and the row below them."""
    lines = wrap(text, int((WIDTH - 40) / (size * LETTER)))
    step = size * 1.4
    parts = [
        words(20, top + step * (number + 0.8), line, size=size, fill=fill, bold=bold)
        for number, line in enumerate(lines)
    ]
    return parts, top + step * len(lines)


def picture(width: float, height: float, parts: Sequence[str]) -> str:
    """Return parts on white as a picture."""
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}' {_FONT}>"
    )
    return "\n".join([head, box(0, 0, width, height, "white"), *parts, "</svg>"])


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """Return a filled box."""
    return (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{fill}'/>"
    )


def words(
    x: float,
    y: float,
    text: str,
    *,
    size: float = 11,
    fill: str = INK,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    """Return a line of text; `anchor`: which part of it lies at x."""
    weight = " font-weight='bold'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{fill}' "
        f"text-anchor='{anchor}'{weight}>{escape(text)}</text>"
    )
