"""Bars of blocks: how far a label leans on each, against what chance reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from markupsafe import Markup

from hpa_features.report.block_words import block_title
from hpa_features.report.heatmap import heatmap
from hpa_features.report.pages.render import figure, percent
from hpa_features.report.svg import Frame, box

_WIDTH, _HEIGHT = 170, 18


@dataclass(frozen=True, slots=True)
class BlockBar:
    """One block; NaN where unknown.

    Attributes
    ----------
    name
        As columns carry it.
    columns
        How many it has.
    value
        Length of the bar.
    error
        Standard error of `value`.
    chance
        What `value` reaches in one of twenty trainings on shuffled labels.
    loss
        Average precision that is lost when the block is shuffled.
    alone
        Average precision of a model of this block's columns alone.
    """

    name: str
    columns: int
    value: float
    error: float = math.nan
    chance: float = math.nan
    loss: float = math.nan
    alone: float = math.nan

    @property
    def title(self) -> str:
        """The block in a biologist's words."""
        return block_title(self.name)

    @property
    def kind(self) -> str:
        """Class of its colour."""
        if self.value <= self.chance:
            return "bar chance"
        return "bar acquisition" if self.name == "Acquisition" else "bar"


@dataclass(frozen=True, slots=True)
class BlockBars:
    """The blocks of one label, or of all labels together.

    Attributes
    ----------
    measure
        What the bars are, in a sentence.
    unit
        Heading of their numbers.
    bars
        The longest first; not all blocks need be shown.
    hidden
        Blocks that are not shown.
    shares
        Whether values are shares of one whole.
    remark
        What else is known, a sentence; empty: nothing.
    """

    measure: str
    unit: str
    bars: tuple[BlockBar, ...]
    hidden: int = 0
    shares: bool = False
    remark: str = ""

    @property
    def has_chance(self) -> bool:
        """Whether chance levels are known."""
        return any(not math.isnan(bar.chance) for bar in self.bars)

    @property
    def has_loss(self) -> bool:
        """Whether losses by shuffling are known."""
        return any(not math.isnan(bar.loss) for bar in self.bars)

    @property
    def has_alone(self) -> bool:
        """Whether it is known what single blocks reach."""
        return any(not math.isnan(bar.alone) for bar in self.bars)

    def number(self, bar: BlockBar) -> str:
        """Return the value of a bar as text."""
        return percent(max(0.0, bar.value)) if self.shares else figure(bar.value, 2)

    def draw(self, bar: BlockBar) -> Markup:
        """Draw one bar on the scale of all; its numbers stand next to it."""
        ends = [
            end
            for each in self.bars
            for end in (each.value, each.value + each.error, each.value - each.error, each.chance)
            if not math.isnan(end)
        ]
        low, high = min(0.0, *ends), max(1e-9, *ends)
        frame = Frame(_WIDTH, _HEIGHT, x=(low, high), left=2, right=4, top=0, bottom=0)
        zero, end = frame.across(0), frame.across(bar.value)
        parts = [box(min(zero, end), 3, abs(end - zero), 12, bar.kind)]
        if not math.isnan(bar.error):
            start, stop = frame.across(bar.value - bar.error), frame.across(bar.value + bar.error)
            parts.append(Markup('<path class="spread" d="M{} 9H{}"/>').format(start, stop))
        if not math.isnan(bar.chance):
            tick = Markup('<path class="null" d="M{} 0V18"><title>chance level {}</title></path>')
            parts.append(tick.format(frame.across(bar.chance), figure(bar.chance, 2)))
        parts.append(Markup('<path class="zero" d="M{} 0V18"/>').format(zero))
        return frame.picture(parts, "")


@dataclass(frozen=True, slots=True)
class Reliance:
    """What all labels together rely on.

    Attributes
    ----------
    bars
        Means over the labels.
    labels
        Names of the labels that were learned.
    values
        (labels, bars) the same measure for each label.
    """

    bars: BlockBars
    labels: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]

    def map(self) -> Markup:
        """Draw labels against blocks."""
        titles = [
            [
                f"{label}: {bar.title}: {self.bars.number(replace(bar, value=value))}"
                for bar, value in zip(self.bars.bars, row)
            ]
            for label, row in zip(self.labels, self.values)
        ]
        about = "Which label relies on which block; the sections of the labels have the numbers"
        return heatmap(self.labels, self.values, titles, about)
