"""Scores of trees along walks from one row to another, a group of columns at a time."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_ZERO, _NAN = 1, 2  # what LightGBM's trees take for missing
_NEAR_0 = 1e-35  # LightGBM's kZeroThreshold


@njit(cache=True, nogil=True)
def tree_walks(
    trees: NDArray[np.int64],
    splits: NDArray[np.int32],
    thresholds: NDArray[np.float64],
    leaves: NDArray[np.float64],
    outputs: int,
    here: NDArray[np.float32],
    there: NDArray[np.float32],
    groups: NDArray[np.int32],
    starts: NDArray[np.int32],
    turns: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return (outputs, walks, groups + 1) sums of tree values at each step of each walk.

    At step t the columns of the groups whose turn is before t are those of `here`, all others are
    those of the walk's row of `there`. Each tree is gone through once a walk, not once a step: a
    leaf is reached in one run of steps, which every split on the way there narrows.

    Parameters
    ----------
    trees
        (trees, 3): output to add to, first node, first leaf; nodes of a tree lie together.
    splits
        (nodes, 5): column, left and right child (−1 − leaf where it is one), whether missing values
        go left, what is missing (0: nothing, NaN is 0; 1: 0 and NaN; 2: NaN), as LightGBM's
        decision_type has it.
    thresholds
        (nodes,) a value up to it goes left.
    leaves
        (leaves,) values.
    here, there
        (columns,) and (rows, columns).
    groups
        (columns,) group of each column, or a negative number: it is that of `here` from the start.
    starts
        (walks,) row of `there` at which the walk begins.
    turns
        (walks, groups) place of each group in the walk's order, from 0.
    """
    walks, count = turns.shape
    found = np.zeros((outputs, walks, count + 2))
    stack = np.empty((count + 1, 3), np.int64)  # each entry is due to another group
    for tree in range(len(trees)):
        output, root, first_leaf = trees[tree]
        last = trees[tree + 1, 1] if tree + 1 < len(trees) else len(splits)
        if last == root:  # a tree of one leaf
            found[output, :, 0] += leaves[first_leaf]
            continue
        for walk in range(walks):
            row = starts[walk]
            stack[0, 0], stack[0, 1], stack[0, 2] = 0, 0, count
            height = 1
            while height:
                height -= 1
                node, low, high = stack[height]
                while node >= 0:
                    at = root + node
                    column = splits[at, 0]
                    mine = _side(here[column], splits, thresholds, at)
                    group = groups[column]
                    other = mine if group < 0 else _side(there[row, column], splits, thresholds, at)
                    if mine == other:
                        node = splits[at, mine]
                        continue
                    turn = turns[walk, group]
                    if turn >= high:  # never there in these steps
                        node = splits[at, other]
                    elif turn < low:  # there from the first of these steps
                        node = splits[at, mine]
                    else:
                        stack[height, 0], stack[height, 1] = splits[at, mine], turn + 1
                        stack[height, 2] = high
                        height += 1
                        node, high = splits[at, other], turn
                value = leaves[first_leaf - 1 - node]
                found[output, walk, low] += value
                found[output, walk, high + 1] -= value
    for output in range(outputs):
        for walk in range(walks):
            for step in range(1, count + 1):
                found[output, walk, step] += found[output, walk, step - 1]
    return found[:, :, : count + 1]


@njit(cache=True, nogil=True)
def _side(
    value: np.float32, splits: NDArray[np.int32], thresholds: NDArray[np.float64], at: int
) -> int:
    """Return which child of a node the value goes to: 1 left, 2 right."""
    missing = splits[at, 4]
    unknown = np.isnan(value)
    by_default = (unknown and missing == _NAN) or (missing == _ZERO and (unknown or _is_0(value)))
    if by_default:
        return 1 if splits[at, 3] else 2
    if unknown:
        return 1 if thresholds[at] >= 0 else 2
    return 1 if np.float64(value) <= thresholds[at] else 2


@njit(cache=True, nogil=True)
def _is_0(value: np.float32) -> bool:
    return bool(abs(value) <= _NEAR_0)
