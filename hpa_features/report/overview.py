"""Overview of a model: figures of its labels, their curves, and what is confused with what."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from hpa_features.report.heatmap import heatmap
from hpa_features.report.pages.render import figure, percent
from hpa_features.report.svg import UNIT_TICKS, Frame, box, dot

Point = tuple[float, float]
_TOP_PAIRS = 12


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of similar probability: their mean, the share that has the label and its 95 % interval.

    Attributes
    ----------
    probability, share
        Means over the rows.
    low, high
        Wilson interval of `share`.
    rows
        How many.
    """

    probability: float
    share: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """What the overview shows of one label; NaN where undefined.

    Attributes
    ----------
    name
        The label.
    supported
        Whether it is ranked better than by chance.
    rows
        Positive rows.
    groups
        Groups with a positive row.
    f1, low, high
        F1 and its 95 % interval.
    precision, recall
        Of the decisions.
    ap, brier, ece
        Average precision; Brier score and expected calibration error of the probabilities.
    threshold
        Of the probability.
    curve
        (recall, precision) points; empty without positives.
    bins
        Rows by predicted probability.
    """

    name: str
    supported: bool
    rows: int
    groups: int
    f1: float
    low: float
    high: float
    precision: float
    recall: float
    ap: float
    brier: float
    ece: float
    threshold: float
    curve: tuple[Point, ...]
    bins: tuple[Bin, ...]

    def interval_bar(self) -> Markup:
        """Draw F1 and its interval on a scale from 0 to 1; the numbers stand next to it."""
        frame = Frame(110, 16, left=2, right=2, top=0, bottom=0)
        parts = [box(2, 4, 106, 8, "track"), box(2, 4, 106 * self.f1, 8, "bar")]
        if not math.isnan(self.low):
            low, high = frame.across(self.low), frame.across(self.high)
            parts.append(Markup('<path class="spread" d="M{} 8H{}"/>').format(low, high))
        return frame.picture(parts, "")

    def precision_recall(self) -> Markup:
        """Draw the curve, with the decisions at the chosen threshold as a dot."""
        frame = Frame(176, 158)
        at = f"recall {figure(self.recall, 2)}, precision {figure(self.precision, 2)}"
        parts = [frame.axes(UNIT_TICKS, UNIT_TICKS, "recall", "precision")]
        if self.curve:
            parts.append(frame.line(self.curve, "curve"))
        parts.append(dot(frame.across(self.recall), frame.down(self.precision), 5, "dot", at))
        return frame.picture(parts, f"Precision against recall of {self.name}; decisions: {at}")

    def reliability(self) -> Markup:
        """Draw the share of positives against the predicted probability."""
        frame = Frame(176, 158)
        parts = [
            frame.axes(UNIT_TICKS, UNIT_TICKS, "predicted probability", "share with label"),
            frame.line([(0, 0), (1, 1)], "ideal"),
        ]
        for each in self.bins:
            x, low, high = (
                frame.across(each.probability),
                frame.down(each.low),
                frame.down(each.high),
            )
            title = (
                f"{each.rows:,} rows: predicted {percent(each.probability)}, "
                f"observed {percent(each.share)}"
            )
            parts.append(Markup('<path class="error" d="M{} {}V{}"/>').format(x, low, high))
            parts.append(dot(x, frame.down(each.share), 3.5, "point", title))
        about = f"Reliability of {self.name}: expected calibration error {figure(self.ece)}"
        return frame.picture(parts, about)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Counts of label against label.

    Attributes
    ----------
    labels
        Names, of rows and of columns.
    counts
        One row of numbers for each label.
    totals
        (labels,) what a row is a share of.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    totals: tuple[int, ...]

    def share(self, row: int, column: int) -> float:
        """Return a count as a share of its row's total, 0 where that is 0."""
        return self.counts[row][column] / max(1, self.totals[row])

    def top(self) -> list[tuple[str, str, int, float]]:
        """Return the most frequent pairs of different labels: names, count, share of the first."""
        pairs = [
            (one, two, self.counts[at][to], self.share(at, to))
            for at, one in enumerate(self.labels)
            for to, two in enumerate(self.labels)
            if at != to and self.counts[at][to]
        ]
        return sorted(pairs, key=lambda each: (-each[2], -each[3], each[0], each[1]))[:_TOP_PAIRS]

    def draw(self, description: str, cell: str) -> Markup:
        """Draw shares as shades; `cell` describes one, with {one}, {two}, {count} and {share}."""
        places = range(len(self.labels))
        return heatmap(
            self.labels,
            [[self.share(at, to) if at != to else 0.0 for to in places] for at in places],
            [self._titles(at, cell) for at in places],
            description,
            numbered_rows=True,
        )

    def _titles(self, row: int, cell: str) -> list[str]:
        return [
            cell.format(
                one=self.labels[row],
                two=other,
                count=f"{self.counts[row][at]:,}",
                share=percent(self.share(row, at)),
            )
            if at != row
            else ""
            for at, other in enumerate(self.labels)
        ]


@dataclass(frozen=True, slots=True)
class Overview:
    """How a model does on held-out rows.

    Attributes
    ----------
    kind
        ``nested`` or ``cross-fitted``.
    macro_f1, low, high
        Mean F1 over labels with a positive row, and its 95 % interval over groups.
    mean_ap
        Mean average precision over the same labels.
    rows, groups, features
        How many.
    labels
        In the model's order.
    missed
        Fields where a label was missed and another was predicted wrongly, out of fields missed.
    together
        Fields with both labels, out of fields with the first.
    """

    kind: str
    macro_f1: float
    low: float
    high: float
    mean_ap: float
    rows: int
    groups: int
    features: int
    labels: tuple[LabelFigures, ...]
    missed: Pairs
    together: Pairs

    def heatmap_missed(self) -> Markup:
        """Draw which labels are confused with which."""
        return self.missed.draw(
            "Labels that were missed, by the label that was predicted wrongly in the same field; "
            "the table lists the most frequent pairs",
            "{one} missed, {two} predicted wrongly: {count} fields, {share} of the fields where "
            "{one} was missed",
        )

    def heatmap_together(self) -> Markup:
        """Draw which labels occur together."""
        return self.together.draw(
            "Labels that occur together in the training labels; the table lists the most frequent "
            "pairs",
            "{one} and {two}: {count} fields, {share} of the fields with {one}",
        )
