"""Trees of several labels as flat arrays, read from LightGBM's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WANTED = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value")


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of one fold's labels, as `kernels.cpu.tree_walks` takes them.

    Attributes
    ----------
    trees, splits, thresholds, leaves
        As `tree_walks` describes them; a tree's output is the place of its label in `texts`.
    outputs
        How many labels there are.
    """

    trees: NDArray[np.int64]
    splits: NDArray[np.int32]
    thresholds: Floats
    leaves: Floats
    outputs: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> Forest:
        """Return the trees of models in LightGBM's text, of numeric splits only."""
        trees: list[tuple[int, int, int]] = []
        splits: list[NDArray[np.int32]] = []
        thresholds, leaves = [], []
        nodes = ends = 0
        for output, text in enumerate(texts):
            for block in text.split("\nTree=")[1:]:
                lines = _lines(block)
                left = _whole(lines["left_child"])
                values = _numbers(lines["leaf_value"])
                kinds = _whole(lines["decision_type"])
                columns = _whole(lines["split_feature"])
                right = _whole(lines["right_child"])
                trees.append((output, nodes, ends))
                # Bit 1: missing values go left; bits 2 and 3: what is missing.
                sides = (kinds >> 1) & 1
                splits.append(np.column_stack([columns, left, right, sides, kinds >> 2]))
                thresholds.append(_numbers(lines["threshold"]))
                leaves.append(values)
                nodes += len(left)
                ends += len(values)
        if not trees:
            nothing = np.empty(0)
            no_trees, no_splits = np.empty((0, 3), np.int64), np.empty((0, 5), np.int32)
            return cls(no_trees, no_splits, nothing, nothing, len(texts))
        return cls(
            trees=np.array(trees, dtype=np.int64),
            splits=np.concatenate(splits).astype(np.int32),
            thresholds=np.concatenate(thresholds),
            leaves=np.concatenate(leaves),
            outputs=len(texts),
        )

    def walks(
        self,
        here: NDArray[np.float32],
        there: NDArray[np.float32],
        groups: NDArray[np.int32],
        starts: NDArray[np.int32],
        turns: NDArray[np.int32],
    ) -> Floats:
        """Return (labels, walks, groups + 1) log-odds of the trees, as `tree_walks`."""
        from hpa_features.kernels.cpu.tree_walks import tree_walks

        arrays = self.trees, self.splits, self.thresholds, self.leaves
        found: Floats = tree_walks(*arrays, self.outputs, here, there, groups, starts, turns)
        return found

    def of_output(self, output: int) -> Forest:
        """Return the trees of one label alone."""
        places = np.flatnonzero(self.trees[:, 0] == output)
        if not len(places):
            return Forest.of([""])
        first, after = places[0], places[-1] + 1
        _, node, leaf = self.trees[first]
        last = after == len(self.trees)
        node_end = len(self.splits) if last else self.trees[after, 1]
        leaf_end = len(self.leaves) if last else self.trees[after, 2]
        return Forest(
            trees=self.trees[first:after] - (output, node, leaf),
            splits=self.splits[node:node_end],
            thresholds=self.thresholds[node:node_end],
            leaves=self.leaves[leaf:leaf_end],
            outputs=1,
        )


def _lines(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.split("\n\n", 1)[0].split("\n"))
    return {key: value for key, _, value in pairs if key in _WANTED}


def _whole(text: str) -> NDArray[np.int32]:
    return np.array(text.split(), dtype=np.int32)


def _numbers(text: str) -> Floats:
    return np.array(text.split(), dtype=np.float64)
