"""Folds that keep groups whole and spread every label evenly.

Iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, "On the stratification of
multi-label data", ECML PKDD, algorithm 1), with groups in place of examples: a group brings as
many positives of each label as it has positive rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def stratified_folds(
    truth: NDArray[np.bool_], groups: NDArray[np.intp], folds: int, seed: int
) -> NDArray[np.int16]:
    """Return the fold of each row; no group lies in two folds.

    The label with the fewest remaining groups is assigned first, its group with most positives
    first, to the fold that still needs most of it; ties go to the fold that needs most rows, then
    at random. Groups without labels come last, the largest first.

    Parameters
    ----------
    truth
        (rows, labels) bool.
    groups
        (rows,) 0…n−1, every number used.
    folds
        At most n.
    seed
        Decides ties, and the order of equal groups.

    Returns
    -------
    NDArray[np.int16]
        (rows,) 0…folds−1, every fold used.
    """
    sizes = np.bincount(groups)
    positives = label_counts(truth, groups)
    fold_of_group = _Deal(positives, sizes, folds, seed).run()
    return fold_of_group[groups]


def label_counts(truth: NDArray[np.bool_], groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return (groups, labels): how many rows of each group have each label."""
    counts = np.zeros((int(groups.max()) + 1, truth.shape[1]))
    np.add.at(counts, groups, truth)
    return counts


def positive_groups(truth: NDArray[np.bool_], groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (labels,): in how many groups each label has a positive row."""
    counts: NDArray[np.intp] = np.count_nonzero(label_counts(truth, groups), axis=0)
    return counts


def renumber(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return `groups` numbered 0…n−1 without gaps, order kept."""
    numbered: NDArray[np.intp] = np.unique(groups, return_inverse=True)[1]
    return numbered


class _Deal:
    """Groups being assigned to folds, one at a time."""

    def __init__(
        self, positives: NDArray[np.float64], sizes: NDArray[np.intp], folds: int, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(sizes))
        self.positives = positives
        self.sizes = sizes
        self.folds = folds
        self.lots = rng.random((len(sizes), folds))
        self.wanted = np.tile(positives.sum(axis=0) / folds, (folds, 1))
        self.wanted_rows = np.full(folds, sizes.sum() / folds)
        self.fold = np.full(len(sizes), -1, dtype=np.int16)
        self.dealt = np.zeros(folds, dtype=np.intp)
        self.left = np.count_nonzero(positives, axis=0)
        # Per label its groups, most positives first; the shuffle decides between equals.
        self.queues = [
            iter(order[np.argsort(-counts[order], kind="stable")][: np.count_nonzero(counts)])
            for counts in positives.T
        ]
        self.by_size = order[np.argsort(-sizes[order], kind="stable")]

    def run(self) -> NDArray[np.int16]:
        """Deal all groups and return the fold of each."""
        while (self.left > 0).any():
            label = int(np.argmin(np.where(self.left > 0, self.left, np.inf)))
            group = next(each for each in self.queues[label] if self.fold[each] < 0)
            self._put(int(group), self.wanted[:, label])
        for group in self.by_size:
            if self.fold[group] < 0:
                self._put(int(group), self.wanted_rows)
        return self.fold

    def _put(self, group: int, wanted: NDArray[np.float64]) -> None:
        order = np.lexsort((self.lots[group], self.wanted_rows, wanted))[::-1]
        empty = self.dealt == 0
        if len(self.sizes) - self.dealt.sum() <= empty.sum():
            # Just enough groups are left to give every fold one.
            order = order[empty[order]]
        fold = int(order[0])
        self.fold[group] = fold
        self.dealt[fold] += 1
        self.wanted[fold] -= self.positives[group]
        self.wanted_rows[fold] -= self.sizes[group]
        self.left -= self.positives[group] > 0
