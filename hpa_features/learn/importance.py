"""What the model relies on: how much worse it ranks unseen rows when a block is shuffled.

Breiman 2001, section 10, with three changes: all columns of a block are shuffled together, since
correlated columns stand in for one another; within each fold's held-out rows, scored by the models
that had not seen them; and what is compared is the average precision, which no threshold touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.learn.blend import FoldModel
from hpa_features.learn.boosting import Stage
from hpa_features.learn.metrics import average_precision

Floats = NDArray[np.float64]
Number = TypeVar("Number", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Shuffling:
    """What all labels' tasks share.

    Attributes
    ----------
    stage
        Holds values (rows, columns) and truth (rows, labels).
    folds
        (rows,) fold that held the row out.
    blocks
        Positions of each block's columns.
    repeats
        Permutations of each block.
    seed
        Seeds them; one permutation serves all labels.
    """

    stage: Stage
    folds: NDArray[np.int16]
    blocks: tuple[NDArray[np.intp], ...]
    repeats: int
    seed: int


@dataclass(frozen=True, slots=True)
class LabelDrops:
    """One label's average precision, whole and with each block shuffled.

    Attributes
    ----------
    raw
        (rows,) out-of-fold log-odds of the whole table.
    whole
        Average precision of `raw`.
    shuffled
        (blocks, repeats) average precision with the block shuffled.
    """

    raw: Floats
    whole: float
    shuffled: Floats


@dataclass(frozen=True, slots=True)
class BlockImportance:
    """What one block is worth.

    Attributes
    ----------
    block
        Its name.
    columns
        How many columns it has.
    drop
        Mean over labels of the loss of average precision, mean over repeats.
    spread
        Standard deviation of that mean over repeats; 0 for a single one.
    gain
        Share of the loss that the trees' splits on it removed while training (a footnote: it
        favours large blocks, and counts what was merely learned by heart).
    label_drop, label_spread
        (labels,) the same for each label; NaN where the label has no models or no positives.
    """

    block: str
    columns: int
    drop: float
    spread: float
    gain: float
    label_drop: Floats
    label_spread: Floats

    def most_for(self, labels: Sequence[str]) -> str:
        """Return the name of the label that loses most, empty where none loses anything."""
        drops = np.nan_to_num(self.label_drop, nan=-np.inf)
        return labels[int(drops.argmax())] if drops.max() > 0 else ""


def blocks_of(columns: Sequence[Column]) -> dict[str, NDArray[np.intp]]:
    """Return the positions of each block's columns, blocks in alphabetical order."""
    places: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        places.setdefault(column.block, []).append(at)
    return {block: np.array(places[block], dtype=np.intp) for block in sorted(places)}


def label_drops(shuffling: Shuffling, label: int, members: Sequence[FoldModel]) -> LabelDrops:
    """Score one label's held-out rows, whole and with each block shuffled.

    Parameters
    ----------
    shuffling
        Table, folds and blocks.
    label
        Column of the truth.
    members
        Each fold's models.
    """
    values = shuffling.stage.values()
    truth = shuffling.stage.truth()[:, label]
    raw = np.empty(len(truth))
    shuffled = np.empty((len(shuffling.blocks), shuffling.repeats, len(truth)))
    for fold, member in enumerate(members):
        held = shuffling.folds == fold
        raw[held], shuffled[:, :, held] = _score(shuffling, fold, member, label, values[held])
    return LabelDrops(
        raw=raw,
        whole=average_precision(truth, raw),
        shuffled=np.array([[average_precision(truth, each) for each in of] for of in shuffled]),
    )


def _score(
    shuffling: Shuffling, fold: int, member: FoldModel, label: int, held: NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """Return the held rows' log-odds, and (blocks, repeats, rows) those with a block shuffled."""
    if not len(held):
        return np.empty(0), np.empty((len(shuffling.blocks), shuffling.repeats, 0))
    inputs = member.inputs(held)
    whole = member.log_odds(held, inputs, [label])[:, 0]
    shuffled = np.tile(whole, (len(shuffling.blocks), shuffling.repeats, 1))
    for number, places in enumerate(shuffling.blocks):
        if not member.relies_on(label, places):
            continue
        for repeat in range(shuffling.repeats):
            rng = np.random.default_rng((shuffling.seed, fold, number, repeat))
            order = rng.permutation(len(held))
            dealt = _dealt(held, places, order)
            seen = None if inputs is None else _dealt(inputs, places, order)
            shuffled[number, repeat] = member.log_odds(dealt, seen, [label])[:, 0]
    return whole, shuffled


def _dealt(
    table: NDArray[Number], places: NDArray[np.intp], order: NDArray[np.intp]
) -> NDArray[Number]:
    """Return the table with the columns at `places` in another order of rows."""
    dealt = table.copy()
    dealt[:, places] = table[np.ix_(order, places)]
    return dealt


def rank_blocks(
    blocks: dict[str, NDArray[np.intp]], drops: Sequence[LabelDrops | None], gain: Floats
) -> list[BlockImportance]:
    """Return the blocks, the most important first.

    Parameters
    ----------
    blocks
        As in the shuffling.
    drops
        Of each label; None for labels without models.
    gain
        (columns,) share of the model's gain.
    """
    fell = np.array(
        [
            np.full((len(blocks), _repeats(drops)), np.nan)
            if each is None
            else each.whole - each.shuffled
            for each in drops
        ]
    )
    counted = ~np.isnan(fell).any(axis=(1, 2))
    ranked = []
    for number, (block, places) in enumerate(blocks.items()):
        per_repeat = fell[counted, number].mean(axis=0)
        ranked.append(
            BlockImportance(
                block=block,
                columns=len(places),
                drop=float(per_repeat.mean()),
                spread=_spread(per_repeat),
                gain=float(gain[places].sum()),
                label_drop=fell[:, number].mean(axis=1),
                label_spread=np.array([_spread(each) for each in fell[:, number]]),
            )
        )
    return sorted(ranked, key=lambda each: (-each.drop, each.block))


def _repeats(drops: Sequence[LabelDrops | None]) -> int:
    return next(int(each.shuffled.shape[1]) for each in drops if each is not None)


def _spread(values: Floats) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
