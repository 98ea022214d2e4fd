"""Numbers of rows against columns as shades."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hpa_features.report.svg import box, picture, words

_CELL, _LONGEST, _LETTER = 16, 30, 7


def heatmap(
    rows: Sequence[str],
    values: Sequence[Sequence[float]],
    titles: Sequence[Sequence[str]],
    description: str,
    *,
    numbered_rows: bool = False,
) -> Markup:
    """Return values from 0 to the largest as shades; columns carry their numbers.

    Parameters
    ----------
    rows
        Names.
    values, titles
        For each row one of each column; a title is shown where the pointer rests, and a cell
        without one is empty.
    description
        What a screen reader reads.
    numbered_rows
        Rows are the same things as columns, and carry their numbers too.
    """
    left = (34 if numbered_rows else 14) + _LETTER * min(_LONGEST, max(map(len, rows)))
    top, columns = 34, len(values[0])
    strongest = max([value for row in values for value in row], default=0) or 1
    parts = [
        words(left + _CELL * (at + 0.5), top - 6, str(at + 1), anchor="middle", kind="tiny")
        for at in range(columns)
    ]
    for number, name in enumerate(rows):
        y = top + _CELL * number
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
        end = left - 26 if numbered_rows else left - 6
        parts.append(words(end, y + 12, short, anchor="end", kind="name"))
        if numbered_rows:
            parts.append(words(left - 4, y + 12, str(number + 1), anchor="end"))
        parts += [
            _shade(left + _CELL * at, y, value / strongest, title)
            for at, (value, title) in enumerate(zip(values[number], titles[number]))
        ]
    return picture(left + _CELL * columns + 8, top + _CELL * len(rows) + 4, parts, description)


def _shade(x: float, y: float, strength: float, title: str) -> Markup:
    if not title or strength <= 0:
        return box(x, y, _CELL - 1, _CELL - 1, "track", title)
    shade = Markup(
        '<rect class="track" x="{0}" y="{1}" width="{2}" height="{2}"/>'
        '<rect class="heat" x="{0}" y="{1}" width="{2}" height="{2}" fill-opacity="{3}">'
        "<title>{4}</title></rect>"
    )
    return shade.format(x, y, _CELL - 1, round(min(1.0, strength), 2), title)
