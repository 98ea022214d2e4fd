"""Walks from training rows to a row, a block at a time, and a fold's scores on the way.

Shapley values by permutation sampling (Castro, Gómez & Tejada 2009; Štrumbelj & Kononenko 2010): a
block's value is the mean change of the score at the step where it becomes the row's, over walks
that take the blocks in random orders. Each order is gone both ways (antithetic pairs: Mitchell,
Cooper, Frank & Holmes 2022), and each background row begins equally many walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.learn.explain.forests import Forest
from hpa_features.learn.fold_models import SMOOTH, FoldModel
from hpa_features.learn.importance import blocks_of
from hpa_features.learn.own_scores import OwnScores
from hpa_features.learn.smooth import Smooth, closeness_at

Floats = NDArray[np.float64]
Values = NDArray[np.float32]

ALWAYS = -1  # group of columns that are those of the row from the start


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Orders in which blocks become those of a row.

    Attributes
    ----------
    starts
        (walks,) int32 background row at which each begins; walk i and i + 1 are of one pair.
    turns
        (walks, blocks) int32 place of each block, from 0.
    """

    starts: NDArray[np.int32]
    turns: NDArray[np.int32]

    @classmethod
    def drawn(cls, rows: NDArray[np.intp], blocks: int, seed: tuple[int, ...]) -> Walks:
        """Return a pair of walks from each of the background `rows`."""
        rng = np.random.default_rng(seed)
        forth = np.array([rng.permutation(blocks) for _ in rows], dtype=np.int32)
        turns = np.stack([forth, blocks - 1 - forth], axis=1).reshape(-1, blocks)
        return cls(np.repeat(rows, 2).astype(np.int32), turns.astype(np.int32))

    @classmethod
    def of_row(cls, row: int, background: int, blocks: int, pairs: int) -> Walks:
        """Return the walks of a training row: some pairs, from background rows by its number."""
        first = np.random.default_rng((row, background)).permutation(background)
        return cls.drawn(np.resize(first, pairs), blocks, (row,))

    def values(self, scores: Floats) -> Floats:
        """Return (walks, blocks, labels) changes by each block.

        `scores` are (walks, blocks + 1, labels), the steps of each walk in its order.
        """
        changes = np.diff(scores, axis=1)
        return np.take_along_axis(changes, self.turns[:, :, None].astype(np.intp), axis=1)


def block_numbers(columns: Sequence[Column]) -> NDArray[np.int32]:
    """Return (columns,) the number of each column's block, in the order of `blocks_of`."""
    groups = np.empty(len(columns), dtype=np.int32)
    for number, places in enumerate(blocks_of(columns).values()):
        groups[places] = number
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """One fold's model, prepared to score walks from background rows.

    Attributes
    ----------
    member
        The model.
    background
        (rows, columns) background rows as it sees them.
    groups
        (columns,) int32 number of each column's block.
    forest
        Its trees, of the fitted labels in their order.
    smooth
        Its kernel and lines; None where it has none.
    own
        (rows, columns, fitted labels) parts of its learner of labels' own scores; (0, …) where it
        has none.
    """

    member: FoldModel
    background: Values
    groups: NDArray[np.int32]
    forest: Forest
    smooth: SmoothWalks | None
    own: Floats

    @classmethod
    def of(cls, member: FoldModel, background: Values, columns: tuple[Column, ...]) -> Reader:
        """Return a model prepared for walks by the blocks of `columns`."""
        groups = block_numbers(columns)
        fitted = member.fitted_labels
        forest = Forest.of([member.texts[label] for label in fitted])
        smooth = None
        if member.smooth is not None and member.weights[fitted][:, SMOOTH].any():
            smooth = SmoothWalks.of(member.smooth, fitted, background, groups)
        own = np.empty((0, len(columns), len(fitted)))
        if member.own is not None:
            own = np.stack([member.own.parts(row)[:, fitted] for row in background])
        return cls(member, np.ascontiguousarray(background), groups, forest, smooth, own)

    def scores(self, row: Values, walks: Walks) -> Floats:
        """Return (walks, blocks + 1, fitted labels) log-odds on the way to `row` (columns,)."""
        here = np.ascontiguousarray(row, dtype=np.float32)
        trees = self.forest.walks(here, self.background, self.groups, walks.starts, walks.turns)
        learners = np.zeros((*np.moveaxis(trees, 0, 2).shape, self.member.weights.shape[1] - 1))
        learners[..., 0] = np.moveaxis(trees, 0, 2)
        if self.smooth is not None:
            learners[..., SMOOTH] = self.smooth.scores(here, walks)
        if self.member.own is not None:
            learners[..., -1] = self._own_scores(self.member.own, here, walks)
        turns, walks = learners.shape[:2]  # −1 would not do where no label is fitted
        flat = self.member.combine(learners.reshape(turns * walks, *learners.shape[2:]))
        return flat.reshape(learners.shape[:3])

    def _own_scores(self, own: OwnScores, row: Values, walks: Walks) -> Floats:
        """Return (walks, blocks + 1, fitted labels) log-odds of labels' own scores."""
        fitted, blocks = self.member.fitted_labels, walks.turns.shape[1]
        here = _by_block(own.parts(row)[:, fitted], self.groups, blocks)
        there = [_by_block(each, self.groups, blocks) for each in self.own]
        return np.array(
            [
                _steps(there[start], here, np.argsort(turns)) + own.weights[-1, fitted]
                for start, turns in zip(walks.starts, walks.turns, strict=True)
            ]
        )

    def moved(self, label: int, row: Values, places: NDArray[np.intp], pairs: int) -> Floats:
        """Return (places,) by how much single columns move a fitted label, all others as in `row`.

        By trees and lines, as they are weighted; not by kernels: this ranks the columns of
        a block, it does not measure them. Walks are as many pairs.
        """
        output = self.member.fitted_labels.index(label)
        groups = np.full(len(self.groups), ALWAYS, dtype=np.int32)
        groups[places] = np.arange(len(places))
        rows = np.arange(min(pairs, len(self.background)))
        walks = Walks.drawn(rows, len(places), (1,))
        here = np.ascontiguousarray(row, dtype=np.float32)
        forest = self.forest.of_output(output)
        scores = forest.walks(here, self.background, groups, walks.starts, walks.turns)
        weights = self.member.weights[label]
        changes = weights[0] * walks.values(np.moveaxis(scores, 0, 2))[:, :, 0].mean(axis=0)
        if self.smooth is not None:
            by_line = self.smooth.line_changes(output, here, rows)[places]
            changes = changes + weights[SMOOTH.stop - 1] * by_line
        if self.member.own is not None:
            by_own = self.member.own.parts(here)[:, label] - self.own[rows, :, output].mean(axis=0)
            changes = changes + weights[-2] * by_own[places]
        return np.asarray(changes)


@dataclass(frozen=True, slots=True, eq=False)
class SmoothWalks:
    """Kernel and line on walks: squared distances and weighted inputs are sums over blocks.

    Attributes
    ----------
    smooth
        The learners.
    labels
        Numbers of the labels that are scored.
    order, first
        Columns sorted by block, and where each block begins among them.
    inputs
        (background rows, columns) what the learners see.
    distances
        (background rows, blocks, landmarks) squared distances within each block.
    lines
        (background rows, blocks, labels) parts of the lines.
    """

    smooth: Smooth
    labels: list[int]
    order: NDArray[np.intp]
    first: NDArray[np.intp]
    inputs: Floats
    distances: Floats
    lines: Floats

    @classmethod
    def of(
        cls, smooth: Smooth, labels: list[int], background: Values, groups: NDArray[np.int32]
    ) -> SmoothWalks:
        """Return what the background rows add up to, block by block."""
        order = np.argsort(groups, kind="stable")
        first = np.flatnonzero(np.diff(groups[order], prepend=-1))
        nothing = np.empty((0, 0, 0))
        inputs = smooth.inputs.apply(background)
        bare = cls(smooth, labels, order, first, inputs, nothing, nothing)
        distances, lines = zip(*(bare.parts(each) for each in inputs), strict=True)
        return replace(bare, distances=np.stack(distances), lines=np.stack(lines))

    def parts(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Return (blocks, landmarks) distances and (blocks, labels) parts of lines of one row."""
        squares = (self.smooth.landmarks - inputs)[:, self.order] ** 2
        lines = self.smooth.linear[:-1, self.labels] * inputs[:, None]
        return (
            np.add.reduceat(squares, self.first, axis=1).T,
            np.add.reduceat(lines[self.order], self.first, axis=0),
        )

    def line_changes(self, label: int, row: Values, rows: NDArray[np.intp]) -> Floats:
        """Return (columns,) by how much each moves a label's line away from background `rows`.

        `label` is a place in `labels`.
        """
        inputs = self.smooth.inputs.apply(row[None])[0] - self.inputs[rows].mean(axis=0)
        return np.asarray(self.smooth.linear[:-1, self.labels[label]] * inputs)

    def scores(self, row: Values, walks: Walks) -> Floats:
        """Return (walks, blocks + 1, labels, 2) log-odds by kernel and by line."""
        kernel, linear = self.smooth.kernel[:, self.labels], self.smooth.linear[:, self.labels]
        distances, lines = self.parts(self.smooth.inputs.apply(row[None])[0])
        found = np.empty((len(walks.starts), len(distances) + 1, len(self.labels), 2))
        for walk, (start, turns) in enumerate(zip(walks.starts, walks.turns, strict=True)):
            order = np.argsort(turns)
            close = closeness_at(_steps(self.distances[start], distances, order))
            found[walk, :, :, 0] = close @ kernel[:-1] + kernel[-1]
            found[walk, :, :, 1] = _steps(self.lines[start], lines, order) + linear[-1]
        return found


def _by_block(parts: Floats, groups: NDArray[np.int32], blocks: int) -> Floats:
    """Return (blocks, labels) sums of (columns, labels) parts."""
    sums = np.zeros((blocks, parts.shape[1]))
    np.add.at(sums, groups, parts)
    return sums


def _steps(there: Floats, here: Floats, order: NDArray[np.intp]) -> Floats:
    """Return (blocks + 1, …) sums over blocks at each step of a walk from `there` to `here`."""
    changes = np.concatenate([there.sum(axis=0)[None], (here - there)[order]])
    return np.asarray(np.cumsum(changes, axis=0))
