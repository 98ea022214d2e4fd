"""Small SVG plots for pages: axes, curves, bars. Colours are the page's, by class.

Numbers are in CSS pixels of the page, and pictures are shown at their size, so that their text is
as large as the page's on any screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Frame:
    """The axes of a plot.

    Attributes
    ----------
    width, height
        Of the whole picture.
    x, y
        Ends of the axes.
    left, right, top, bottom
        Margins.
    """

    width: int
    height: int
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    left: int = 44
    right: int = 10
    top: int = 8
    bottom: int = 36

    def across(self, value: float) -> float:
        """Return where a value of x lies, in pixels from the left."""
        low, high = self.x
        inside = self.width - self.left - self.right
        return round(self.left + inside * (value - low) / (high - low), 1)

    def down(self, value: float) -> float:
        """Return where a value of y lies, in pixels from the top."""
        low, high = self.y
        inside = self.height - self.top - self.bottom
        return round(self.height - self.bottom - inside * (value - low) / (high - low), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """Return points as the path of a line."""
        return "M" + "L".join(f"{self.across(x)} {self.down(y)}" for x, y in points)

    def line(self, points: Iterable[tuple[float, float]], kind: str) -> Markup:
        """Return a line through points, drawn as the class `kind`."""
        return Markup('<path class="{}" d="{}"/>').format(kind, self.path(points))

    def area(
        self, upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], kind: str
    ) -> Markup:
        """Return the area between two lines with points at the same x."""
        outline = self.path([*upper, *reversed(lower)]) + "Z"
        return Markup('<path class="{}" d="{}"/>').format(kind, outline)

    def axes(
        self,
        x_ticks: Sequence[tuple[float, str]],
        y_ticks: Sequence[tuple[float, str]],
        x_title: str = "",
        y_title: str = "",
    ) -> Markup:
        """Return grid lines with their numbers, and the titles of both axes."""
        parts = []
        right, base = self.width - self.right, self.height - self.bottom
        for at, text in y_ticks:
            y = self.down(at)
            parts.append(
                Markup('<path class="grid" d="M{} {}H{}"/>').format(self.left, y, right)
                + words(self.left - 5, y + 4, text, anchor="end")
            )
        for at, text in x_ticks:
            x = self.across(at)
            parts.append(
                Markup('<path class="grid" d="M{} {}V{}"/>').format(x, self.top, base)
                + words(x, base + 15, text, anchor="middle")
            )
        if x_title:
            middle = (self.left + right) / 2
            parts.append(words(middle, self.height - 4, x_title, anchor="middle"))
        if y_title:
            turned = Markup(
                '<text text-anchor="middle" transform="translate(10 {}) rotate(-90)">{}</text>'
            )
            parts.append(turned.format((self.top + base) / 2, y_title))
        return Markup().join(parts)

    def picture(self, parts: Iterable[Markup], description: str) -> Markup:
        """Return the picture; `description` is what a screen reader reads in its place."""
        return picture(self.width, self.height, parts, description)


UNIT_TICKS = ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))


def picture(width: int, height: int, parts: Iterable[Markup], description: str) -> Markup:
    """Return an SVG element; without `description` it is decoration next to the same numbers."""
    about = (
        Markup('role="img" aria-label="{}"').format(description)
        if description
        else Markup('aria-hidden="true"')
    )
    return Markup('<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" {2}>{3}</svg>').format(
        width, height, about, Markup().join(parts)
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> Markup:
    """Return a text with its baseline at (x, y)."""
    style = Markup(' class="{}"').format(kind) if kind else ""
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        round(x, 1), round(y, 1), anchor, style, text
    )


def box(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> Markup:
    """Return a rectangle; `title` is shown where the pointer rests on it."""
    about = Markup("<title>{}</title>").format(title) if title else ""
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>').format(
        kind, round(x, 1), round(y, 1), round(width, 1), round(height, 1), about
    )


def dot(x: float, y: float, radius: float, kind: str, title: str = "") -> Markup:
    """Return a filled circle."""
    about = Markup("<title>{}</title>").format(title) if title else ""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}">{}</circle>').format(
        kind, round(x, 1), round(y, 1), radius, about
    )
