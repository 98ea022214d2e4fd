"""What the report shows of one label: blocks, columns, profile, cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hpa_features.report.blocks import BlockBars
from hpa_features.report.overview import LabelFigures
from hpa_features.report.pages.render import figure, short
from hpa_features.report.svg import UNIT_TICKS, Frame, dot, words

_UNCLEAR = 0.05
_GROUP_STEPS = tuple(m * 10**n for n in range(7) for m in (1, 2, 5))
_STEPS = (1, 2, 4, 5, 10, 20, 50, 100, 1000)  # µm between marks of an axis


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column that a label leans on.

    Attributes
    ----------
    name
        The column.
    meaning
        A sentence in a biologist's words; empty for tables that are not ours.
    share
        Share of the gain of the label's trees.
    auc
        Probability that a row with the label has the larger value than one without; NaN: unknown.
    low, high
        Ends of the histogram.
    positives, negatives
        Share of the rows with and without the label in each bin; empty: unknown.
    """

    name: str
    meaning: str
    share: float
    auc: float
    low: float
    high: float
    positives: tuple[float, ...]
    negatives: tuple[float, ...]

    @property
    def direction(self) -> str:
        """In which direction the column speaks for the label."""
        if math.isnan(self.auc):
            return ""
        area = f"area under the ROC curve {figure(max(self.auc, 1 - self.auc), 2)}"
        if abs(self.auc - 0.5) < _UNCLEAR:
            return f"Neither high nor low values alone indicate the label ({area})."
        more = "Higher" if self.auc > 0.5 else "Lower"
        return f"{more} values indicate the label ({area})."

    def histogram(self) -> Markup:
        """Draw rows with and without the label."""
        if not self.positives:
            return Markup()
        top = max(*self.positives, *self.negatives)
        frame = Frame(
            230, 74, x=(self.low, self.high), y=(0, top), left=6, right=6, top=4, bottom=18
        )
        parts = [
            frame.axes([(self.low, ""), (self.high, "")], ()),
            words(6, 70, short(self.low)),
            words(224, 70, short(self.high), anchor="end"),
        ]
        for values, kind in ((self.negatives, "rest-area"), (self.positives, "area")):
            steps = _steps(values, self.low, self.high)
            parts.append(frame.area(steps, [(x, 0) for x, _ in steps], kind))
        about = f"Distribution of {self.name} with and without the label. {self.direction}"
        return frame.picture(parts, about)


def _steps(values: Sequence[float], low: float, high: float) -> list[tuple[float, float]]:
    width = (high - low) / len(values)
    return [
        point
        for at, value in enumerate(values)
        for point in ((low + at * width, value), (low + (at + 1) * width, value))
    ]


@dataclass(frozen=True, slots=True)
class Shell:
    """Fields' brightness of the protein at one distance, relative to the whole cell, as log2.

    Attributes
    ----------
    start, end
        Distance from the edge in µm, negative inside.
    label, rest
        First quartile, median and third quartile of the fields with and without the label.
    """

    start: float
    end: float
    label: tuple[float, float, float]
    rest: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """The protein by distance from an edge.

    Attributes
    ----------
    title
        From which edge.
    axis
        Title of the axis of distance.
    shells
        By rising distance.
    """

    title: str
    axis: str
    shells: tuple[Shell, ...]

    def draw(self, label: str) -> Markup:
        """Draw medians as lines, quartiles as bands, of fields with the label and of the rest."""
        values = [v for shell in self.shells for v in (*shell.label, *shell.rest)]
        low, high = min(-0.5, *values), max(0.5, *values)
        start, end = self.shells[0].start, self.shells[-1].end
        frame = Frame(356, 220, x=(start, end), y=(low, high), left=66)
        step = next(each for each in _STEPS if (end - start) / each <= 7)
        marks = range(math.ceil(start / step), math.floor(end / step) + 1)
        parts = [
            frame.axes(
                [(at * step, f"{at * step:g}") for at in marks],
                [(at, _times(at)) for at in _levels(low, high)],
                self.axis,
                "brightness, relative to the cell",
            )
        ]
        if start < 0 < end:
            parts.append(frame.line([(0, low), (0, high)], "zero"))
        for kind, band, values_of in (
            ("rest", "rest-band", [shell.rest for shell in self.shells]),
            ("curve", "band", [shell.label for shell in self.shells]),
        ):
            middles = [(shell.start + shell.end) / 2 for shell in self.shells]
            upper = [(x, v[2]) for x, v in zip(middles, values_of)]
            lower = [(x, v[0]) for x, v in zip(middles, values_of)]
            parts.append(frame.area(upper, lower, band))
            parts.append(frame.line([(x, v[1]) for x, v in zip(middles, values_of)], kind))
        about = f"{self.title} of fields with {label} (solid line) and of the rest (dashed line)"
        return frame.picture(parts, about)


def _levels(low: float, high: float) -> list[int]:
    """Return whole steps of log2 between the ends, at most seven."""
    step = max(1, math.ceil((high - low) / 7))
    return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _times(level: int) -> str:
    return f"{2**level}×" if level >= 0 else f"1/{2**-level}×"


@dataclass(frozen=True, slots=True)
class GroupCurve:
    """How well the label is ranked with fewer training groups.

    Attributes
    ----------
    points
        (groups, average precision, its standard deviation over folds) by rising groups.
    last_doubling
        Average precision that the last doubling of the groups gained.
    """

    points: tuple[tuple[float, float, float], ...]
    last_doubling: float

    def draw(self, label: str) -> Markup:
        """Draw average precision against the number of groups, with its spread."""
        last = self.points[-1][0]
        frame = Frame(348, 180, x=(0, last * 1.04))
        step = next(each for each in _GROUP_STEPS if last / each <= 6)
        marks = [(at * step, f"{at * step:,}") for at in range(int(last // step) + 1)]
        upper = [(groups, min(1.0, ap + spread)) for groups, ap, spread in self.points]
        lower = [(groups, max(0.0, ap - spread)) for groups, ap, spread in self.points]
        parts = [
            frame.axes(marks, UNIT_TICKS, "training groups", "average precision"),
            frame.area(upper, lower, "band"),
            frame.line([(groups, ap) for groups, ap, _ in self.points], "curve"),
        ]
        parts += [
            dot(frame.across(groups), frame.down(ap), 3.5, "point", f"{groups:.0f}: {figure(ap)}")
            for groups, ap, _ in self.points
        ]
        return frame.picture(parts, f"Average precision of {label} against training groups")


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A field that shows something about a label.

    Attributes
    ----------
    id, group
        Of the field.
    why
        What it shows.
    probability
        Of the label, held-out.
    labels
        All labels of the field.
    picture
        ``data:`` URI of one of its cells; empty: none.
    cell
        What the picture shows, for those who do not see it.
    """

    id: str
    group: str
    why: str
    probability: float
    labels: tuple[str, ...]
    picture: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class LabelSection:
    """One label.

    Attributes
    ----------
    figures
        Its scores.
    blocks
        What it leans on; None for labels that are not learned.
    columns
        Its top columns.
    profiles
        The protein by distance from the nuclear and the cell edge; empty: unknown.
    curve
        How well it is ranked with fewer groups; None: unknown.
    exemplars
        Fields that show it.
    """

    figures: LabelFigures
    blocks: BlockBars | None
    columns: tuple[ColumnFacts, ...]
    profiles: tuple[Profile, ...]
    curve: GroupCurve | None
    exemplars: tuple[Exemplar, ...]

    @property
    def has_pictures(self) -> bool:
        """Whether any example has a picture."""
        return any(each.picture for each in self.exemplars)
