"""What is below a picture: lines of text and a scale bar."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

LEGEND_PX = 68
TEXT_PX = 20
LINE_PX = 28
_WHITE = (255, 255, 255)


def draw_text(image: Image.Image, place: tuple[int, int], text: str) -> None:
    """Write one or two lines in the legend that has `place` (column, row) as its left corner."""
    column, row = place
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=TEXT_PX)
    for number, line in enumerate(text.splitlines()):
        middle = row + LINE_PX * (number + 1) - 8
        draw.text((column, middle), line, fill=_WHITE, anchor="lm", font=font)


def draw_scale_bar(
    image: Image.Image, place: tuple[int, int], length_um: float, px_per_um: float
) -> None:
    """Draw a bar of `length_um` in the legend that has `place` as its right corner."""
    right, row = place
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=TEXT_PX)
    base = row + LINE_PX
    before = f"{length_um:.0f} u"
    start = right - font.getlength(f"{before}m")
    draw.text((start, base), f"{before}m", fill=_WHITE, anchor="ls", font=font)
    # Pillow's own font has no µ: a stem below the left of the u makes one.
    left, _, _, _ = draw.textbbox((start + font.getlength(before[:-1]), base), "u", font, "ls")
    draw.rectangle((left, base - 8, left + 1, base + 5), fill=_WHITE)
    bar = row + LINE_PX + 12
    draw.rectangle((right - length_um * px_per_um, bar, right, bar + 3), fill=_WHITE)
