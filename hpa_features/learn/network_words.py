"""What a network sees, in the words of other columns: each label's direction among its numbers.

A network's numbers have no names, but what they state about a label can be compared with columns
that do: ridge regression (Hoerl & Kennard 1970) of the label on the network's numbers gives rows a
score, and a column that follows this score in rows that neither were fitted nor chose the column
describes it. Correlations are of normal scores (`learn.inputs`), nearly Spearman's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from hpa_features.core.tables import Column
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.metrics import average_precision

Floats = NDArray[np.float64]
MOST = 3  # blocks that describe a direction
_FEWEST_ROWS = 5  # of a fold, for a correlation


@dataclass(frozen=True, slots=True)
class Follows:
    """A column that follows a direction.

    Attributes
    ----------
    column
        What it measures.
    correlation
        With the direction's scores: mean over the folds that did not choose it.
    """

    column: Column
    correlation: float


@dataclass(frozen=True, slots=True)
class Direction:
    """A label's direction in a network's numbers.

    Attributes
    ----------
    block
        The network's.
    label
        Number of the label.
    precision
        Average precision of its held-out scores: how far the network alone finds the label.
    follows
        Columns that follow it, the closest first, one a block; empty: none does in most folds.
    """

    block: str
    label: int
    precision: float
    follows: tuple[Follows, ...]


def directions(
    block: str,
    vectors: NDArray[np.float32],
    named: NDArray[np.float32],
    columns: Sequence[Column],
    truth: NDArray[np.bool_],
    folds: NDArray[np.int16],
) -> tuple[Direction, ...]:
    """Return the direction of each label that has rows with and without it.

    Parameters
    ----------
    block
        Name of the network's block.
    vectors
        (rows, numbers) of the network.
    named
        (rows, columns) of the columns that describe.
    columns
        What these are.
    truth, folds
        (rows, labels); (rows,) fold of each row.
    """
    numbers = np.unique(folds)
    scores = np.zeros(truth.shape)
    inputs = np.zeros(named.shape)
    for fold in numbers:
        held, train = folds == fold, folds != fold
        seen = Inputs.unweighted(vectors[train])
        rows = seen.apply(vectors[train])
        ridge = Ridge(alpha=rows.shape[1]).fit(rows, truth[train].astype(np.float64))
        scores[held] = ridge.predict(seen.apply(vectors[held])).reshape(held.sum(), -1)
        inputs[held] = Inputs.unweighted(named[train]).apply(named[held])
    found = []
    for label in np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)).tolist():
        by_fold = np.array(
            [_correlations(inputs[folds == fold], scores[folds == fold, label]) for fold in numbers]
        )
        precision = average_precision(truth[:, label], scores[:, label])
        found.append(Direction(block, label, precision, _chosen(by_fold, columns)))
    return tuple(found)


def _correlations(inputs: Floats, scores: Floats) -> Floats:
    """Return (columns,) correlations with (rows,) scores; 0 where one side does not vary."""
    if len(scores) < _FEWEST_ROWS:
        return np.zeros(inputs.shape[1])
    centred, level = inputs - inputs.mean(axis=0), scores - scores.mean()
    spread = np.sqrt(np.sum(centred**2, axis=0) * np.sum(level**2))
    varies = spread > 0
    return np.where(varies, level @ centred / np.where(varies, spread, 1), 0)


def _chosen(by_fold: Floats, columns: Sequence[Column]) -> tuple[Follows, ...]:
    """Return the columns that most folds' complements choose, with their correlations outside.

    `by_fold` has (folds, columns) correlations.
    """
    outside: dict[int, list[float]] = {}
    votes: Counter[int] = Counter()
    for fold, here in enumerate(by_fold):
        mean = np.delete(by_fold, fold, axis=0).mean(axis=0)
        for place in _best_of_blocks(np.abs(mean), columns):
            votes[place] += 1
            outside.setdefault(place, []).append(float(here[place]))
    steady = [place for place, count in votes.items() if 2 * count > len(by_fold)]
    follows = [Follows(columns[place], float(np.mean(outside[place]))) for place in steady]
    return tuple(sorted(follows, key=lambda each: -abs(each.correlation))[:MOST])


def _best_of_blocks(strength: Floats, columns: Sequence[Column]) -> list[int]:
    """Return the strongest column of each of the strongest blocks."""
    best: dict[str, int] = {}
    for place in np.argsort(-strength, kind="stable").tolist():
        best.setdefault(columns[place].block, place)
        if len(best) == MOST:
            break
    return list(best.values())
