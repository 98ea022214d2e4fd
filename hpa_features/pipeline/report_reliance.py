"""What labels rely on: blocks by what is known of them.

Shapley values with chance levels from ``train --diagnostics``, else losses by shuffling, else gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.reasons import BlockReasons, Diagnostics
from hpa_features.learn.importance import BlockImportance, blocks_of
from hpa_features.report.blocks import BlockBar, BlockBars, Reliance
from hpa_features.report.label_section import GroupCurve

if TYPE_CHECKING:
    from hpa_features.learn.model import Model

_TOP_BLOCKS, _TOP_OF_ALL = 10, 20
_OF_REASONS = (
    "How far each block moves the log-odds of held-out fields with the label away from those "
    "without it (Shapley values"
)
_OF_LOSSES = (
    "Loss of average precision when the values of a block are shuffled among held-out rows (line: "
    "one standard deviation over repeats). Another block can hold the same information: then both "
    "losses are small."
)
_OF_GAIN = (
    "Share of the gain of all splits in training. It favours blocks with many columns and has no "
    "chance level: train with `--diagnostics` for both."
)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the blocks of a model.

    Attributes
    ----------
    learned
        The model.
    gains
        (labels, seen columns) shares of gain.
    diagnostics
        What training found; None: it did not look.
    losses
        Of `importance`, for all labels; empty: unknown.
    """

    learned: Model
    gains: NDArray[np.float64]
    diagnostics: Diagnostics | None
    losses: Sequence[BlockImportance]

    def of_label(self, at: int) -> BlockBars:
        """Return the blocks of one label."""
        name = self.learned.labels[at]
        for each in self.diagnostics.labels if self.diagnostics else ():
            if each.label == name:
                return _of_reasons(each)
        if self.losses and not np.isnan(self.losses[0].label_drop[at]):
            return _of_losses(self.losses, at)
        return _of_gain(_gain_bars(self.learned, self.gains[at]))

    def curve_of(self, label: str) -> GroupCurve | None:
        """Return how well a label is ranked with fewer groups; None: unknown."""
        for each in self.diagnostics.curves if self.diagnostics else ():
            if each.label == label:
                columns = (each.groups, each.precision, each.spread)
                points = zip(*(column.tolist() for column in columns))
                return GroupCurve(tuple(points), each.last_doubling)
        return None

    def of_all(self) -> Reliance | None:
        """Return the means over the labels that were learned; None: none was."""
        if self.diagnostics is not None:
            return _all_reasons(self.diagnostics)
        able = np.flatnonzero(self.gains.sum(axis=1) > 0).tolist()
        if not able:
            return None
        labels = tuple(self.learned.labels[at] for at in able)
        if self.losses:
            counted = [at for at in able if not np.isnan(self.losses[0].label_drop[at])]
            shown = self.losses[:_TOP_OF_ALL]
            bars = tuple(
                BlockBar(each.block, each.columns, each.drop, error=each.spread) for each in shown
            )
            table = BlockBars(
                measure=_OF_LOSSES,
                unit="AP lost",
                bars=bars,
                hidden=len(self.losses) - len(bars),
            )
            values = tuple(tuple(float(each.label_drop[at]) for each in shown) for at in counted)
            return Reliance(table, tuple(self.learned.labels[at] for at in counted), values)
        mean = _of_gain(_gain_bars(self.learned, self.gains[able].mean(axis=0)), _TOP_OF_ALL)
        places = blocks_of(self.learned.seen)
        values = tuple(
            tuple(float(self.gains[at][places[bar.name]].sum()) for bar in mean.bars) for at in able
        )
        return Reliance(mean, labels, values)


def _all_reasons(found: Diagnostics) -> Reliance:
    first = found.labels[0]
    table = np.array([each.separation for each in found.labels])
    losses = np.array([each.loss for each in found.labels])
    order = np.argsort(-table.mean(axis=0), kind="stable")[:_TOP_OF_ALL].tolist()
    bars = tuple(
        BlockBar(
            first.blocks[at],
            int(first.columns[at]),
            float(table[:, at].mean()),
            loss=float(losses[:, at].mean()),
        )
        for at in order
    )
    shown = BlockBars(
        measure=f"{_OF_REASONS}), mean over the labels.",
        unit="log-odds",
        bars=bars,
        hidden=len(first.blocks) - len(bars),
    )
    values = tuple(tuple(float(row[at]) for at in order) for row in table)
    return Reliance(shown, tuple(each.label for each in found.labels), values)


def _of_losses(losses: Sequence[BlockImportance], label: int) -> BlockBars:
    order = sorted(losses, key=lambda each: -each.label_drop[label])
    bars = tuple(
        BlockBar(
            each.block,
            each.columns,
            float(each.label_drop[label]),
            error=float(each.label_spread[label]),
        )
        for each in order[:_TOP_BLOCKS]
    )
    return BlockBars(measure=_OF_LOSSES, unit="AP lost", bars=bars, hidden=len(order) - len(bars))


def _gain_bars(learned: Model, gains: NDArray[np.float64]) -> list[BlockBar]:
    bars = [
        BlockBar(name=name, columns=len(at), value=float(gains[at].sum()))
        for name, at in blocks_of(learned.seen).items()
    ]
    return sorted(bars, key=lambda bar: (-bar.value, bar.name))


def _of_gain(bars: list[BlockBar], most: int = _TOP_BLOCKS) -> BlockBars:
    shown = tuple(bar for bar in bars[:most] if bar.value > 0)
    return BlockBars(
        measure=_OF_GAIN,
        unit="gain",
        bars=shown,
        hidden=len(bars) - len(shown),
        shares=True,
    )


def _of_reasons(reasons: BlockReasons) -> BlockBars:
    """Return the blocks of a label as ``train --diagnostics`` found them."""
    order = reasons.order[:_TOP_BLOCKS]
    best = reasons.best_alone
    remark = ""
    if best:
        alone = reasons.alone[reasons.blocks.index(best)]
        remark = (
            f"The best single block, {best}, reaches an average precision of {alone:.3f} alone; "
            f"the whole model reaches {reasons.whole:.3f}, guessing {reasons.prevalence:.3f}."
        )
    return BlockBars(
        measure=f"{_OF_REASONS}; line: standard error). A grey bar does not exceed the orange "
        "line, which training on shuffled labels reaches.",
        unit="log-odds",
        bars=tuple(
            BlockBar(
                name=reasons.blocks[at],
                columns=int(reasons.columns[at]),
                value=float(reasons.separation[at]),
                error=float(reasons.error[at]),
                chance=float(reasons.chance[at]),
                loss=float(reasons.loss[at]),
                alone=float(reasons.alone[at]),
            )
            for at in order.tolist()
        ),
        hidden=len(reasons.blocks) - len(order),
        remark=remark,
    )
