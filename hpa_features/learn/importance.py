"""What the model relies on: how much worse it ranks unseen rows when a block is shuffled.

Breiman 2001, section 10, with three changes: all columns of a block are shuffled together, since
correlated columns stand in for one another; within each fold's held-out rows, scored by the models
that were not trained on them; and what is compared is the average precision, which does not depend
on thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.learn.fold_models import SMOOTH, FoldModel
from hpa_features.learn.metrics import average_precisions
from hpa_features.learn.stage import Stage

Floats = NDArray[np.float64]
Number = TypeVar("Number", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Shuffling:
    """What the tasks of all blocks share.

    Attributes
    ----------
    stage
        Holds values (rows, columns) and truth (rows, labels).
    folds
        (rows,) fold that held the row out.
    members
        Each fold's models, of the same labels.
    repeats
        Permutations of each block.
    seed
        Seeds them; one permutation serves all labels.
    """

    stage: Stage
    folds: NDArray[np.int16]
    members: tuple[FoldModel, ...]
    repeats: int
    seed: int

    @property
    def fitted_labels(self) -> list[int]:
        """Numbers of the labels with models."""
        return self.members[0].fitted_labels


@dataclass(frozen=True, slots=True)
class BlockImportance:
    """The importance of one block.

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


def whole_scores(shuffling: Shuffling) -> Floats:
    """Return (rows, labels) out-of-fold log-odds of the whole table; NaN without models."""
    values = shuffling.stage.values()
    raw = np.full(shuffling.stage.truth().shape, np.nan)
    for fold, member in enumerate(shuffling.members):
        held = np.flatnonzero(shuffling.folds == fold)
        seen = values[held]
        raw[held[:, None], shuffling.fitted_labels] = member.log_odds(seen, member.inputs(seen))
    return raw


def shuffled_precisions(shuffling: Shuffling, number: int, places: NDArray[np.intp]) -> Floats:
    """Return (repeats, labels) average precisions with one block shuffled; NaN without models.

    Parameters
    ----------
    shuffling
        Table, folds and models.
    number
        Of the block: with fold and repeat it seeds the permutation.
    places
        Positions of its columns.
    """
    truth = shuffling.stage.truth()
    scores = np.full((shuffling.repeats, *truth.shape), np.nan)
    for fold, member in enumerate(shuffling.members):
        held = np.flatnonzero(shuffling.folds == fold)
        values = shuffling.stage.values()[held]
        orders = [
            np.random.default_rng((shuffling.seed, fold, number, repeat)).permutation(len(held))
            for repeat in range(shuffling.repeats)
        ]
        scores[:, held[:, None], shuffling.fitted_labels] = _shuffled_scores(
            member, values, places, orders
        )
    return np.array([precisions(truth, each) for each in scores])


def precisions(truth: NDArray[np.bool_], raw: Floats) -> Floats:
    """Return (labels,) average precisions of (rows, labels) log-odds; NaN where those are NaN."""
    scored = ~np.isnan(raw).any(axis=0)
    found = np.full(raw.shape[1], np.nan)
    found[scored] = average_precisions(truth[:, scored], raw[:, scored])
    return found


def _shuffled_scores(
    member: FoldModel,
    values: NDArray[np.float32],
    places: NDArray[np.intp],
    orders: Sequence[NDArray[np.intp]],
) -> Floats:
    """Return (orders, rows, trained labels) log-odds with the block's rows in each order."""
    inputs = member.inputs(values)
    whole = member.learner_scores(values, inputs)
    found = []
    for order in orders:
        scores = whole.copy()
        dealt = _dealt(values, places, order)
        for position, label in enumerate(member.fitted_labels):
            if member.splits_on(label, places):
                scores[:, position, 0] = member.tree_scores(label, dealt)
        if inputs is not None and member.weighs(places):
            dealt_inputs = _dealt(inputs, places, order)
            scores[:, :, SMOOTH] = member.smooth_scores(dealt_inputs, len(values))
        if member.own is not None and member.own.weighs(places):
            scores[:, :, -1] = member.own.scores(dealt)[:, member.fitted_labels]
        found.append(member.combine(scores))
    return np.array(found)


def _dealt(
    table: NDArray[Number], places: NDArray[np.intp], order: NDArray[np.intp]
) -> NDArray[Number]:
    """Return the table with the columns at `places` in another order of rows."""
    dealt = table.copy()
    dealt[:, places] = table[np.ix_(order, places)]
    return dealt


def rank_blocks(
    blocks: dict[str, NDArray[np.intp]], whole: Floats, shuffled: Floats, gain: Floats
) -> list[BlockImportance]:
    """Return the blocks, the most important first.

    Parameters
    ----------
    blocks
        As `blocks_of` gives them.
    whole
        (labels,) average precision of the whole table; NaN without models or positives.
    shuffled
        (blocks, repeats, labels) the same with each block shuffled.
    gain
        (columns,) share of the model's gain.
    """
    fell = whole - shuffled
    counted = ~np.isnan(whole)
    ranked = []
    for (block, places), drops in zip(blocks.items(), fell, strict=True):
        per_repeat = drops[:, counted].mean(axis=1)
        ranked.append(
            BlockImportance(
                block=block,
                columns=len(places),
                drop=float(per_repeat.mean()),
                spread=_spread(per_repeat),
                gain=float(gain[places].sum()),
                label_drop=drops.mean(axis=0),
                label_spread=np.array([_spread(each) for each in drops.T]),
            )
        )
    return sorted(ranked, key=lambda each: (-each.drop, each.block))


def _spread(values: Floats) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
