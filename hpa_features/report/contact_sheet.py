"""Contact sheets: many fields or cells with outlines, protein and labels, as PNG or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from hpa_features.report.pages.render import render
from hpa_features.report.thumbnails import data_uri

_TEXT_PX, _LINE_PX, _MARGIN, _LINES = 14, 19, 10, 5
_LETTER = 0.55  # of the size of the text: a letter's width in Pillow's own font, on average
_WIDTH = 1600
_INK, _PAPER, _FAINT = (20, 28, 36), (255, 255, 255), (90, 100, 110)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture of a sheet.

    Attributes
    ----------
    picture
        (rows, columns, 3) uint8.
    title
        What it shows.
    lines
        What is known about it, a text each.
    """

    picture: NDArray[np.uint8]
    title: str
    lines: tuple[str, ...]


def sheet_html(title: str, key: str, tiles: Sequence[Tile]) -> str:
    """Return the sheet as a page; `key` explains the pictures."""
    cards = [(data_uri(tile.picture), tile.title, tile.lines) for tile in tiles]
    height, width = tiles[0].picture.shape[:2]
    return render("sheet.html.jinja", title=title, key=key, cards=cards, size=(width, height))


def sheet_picture(title: str, tiles: Sequence[Tile]) -> NDArray[np.uint8]:
    """Return the sheet as (rows, columns, 3) uint8, about 1600 columns wide."""
    height, width = tiles[0].picture.shape[:2]
    across = max(1, min(len(tiles), (_WIDTH - _MARGIN) // (width + _MARGIN)))
    letters = int(width / (_TEXT_PX * _LETTER))
    texts = [_wrapped(tile, letters) for tile in tiles]
    step = height + _LINE_PX * max(map(len, texts)) + 2 * _MARGIN
    down = -(-len(tiles) // across)
    top = 3 * _MARGIN + _LINE_PX
    whole = Image.new(
        "RGB", (across * (width + _MARGIN) + _MARGIN, top + down * step + _MARGIN), _PAPER
    )
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=_TEXT_PX)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=ImageFont.load_default(size=_TEXT_PX + 4))
    for number, (tile, lines) in enumerate(zip(tiles, texts)):
        row, column = divmod(number, across)
        x, y = _MARGIN + column * (width + _MARGIN), top + row * step
        whole.paste(Image.fromarray(tile.picture), (x, y))
        for at, line in enumerate(lines):
            ink = _INK if at == 0 else _FAINT
            draw.text((x, y + height + 4 + at * _LINE_PX), line, fill=ink, font=font)
    return np.asarray(whole)


def _wrapped(tile: Tile, letters: int) -> list[str]:
    lines = [part for text in (tile.title, *tile.lines) for part in wrap(text, letters)]
    return lines if len(lines) <= _LINES else [*lines[: _LINES - 1], "…"]
