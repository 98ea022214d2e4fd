"""What novelty says of simulated fields when training proteins or cell lines are chosen anew.

Only what is usual is learned, not the models, so that one choice takes seconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from bench_helpers import in_turn
from numpy.typing import NDArray

from hpa_features.core.tables import Column
from hpa_features.io.labels import read_labels
from hpa_features.io.tables import read_features
from hpa_features.learn.aspect import aspects_of
from hpa_features.learn.folds import renumber, stratified_folds
from hpa_features.learn.novelty import Unlike
from hpa_features.learn.stage import Stage
from hpa_features.learn.usual_rows import usual_rows
from hpa_features.pipeline.predict_novelty import RARE

MANY = 0.05
FIRST_DRAW = 1000  # the limit and the level of the warning were chosen on draws 0 to 39
FOLDS = 5
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Fields:
    """Simulated fields of one kind."""

    columns: tuple[Column, ...]
    values: NDArray[np.float32]
    truth: Flags
    proteins: NDArray[np.intp]
    lines: NDArray[np.str_]

    @classmethod
    def read(cls, sets: Sequence[tuple[Path, Path]]) -> Fields:
        """Read the tables of features and of labels of each set; no protein lies in two."""
        values, truth, proteins, lines = [], [], [], []
        for features, labels in sets:
            table, known = read_features(str(features)), read_labels(str(labels))
            place = {each: at for at, each in enumerate(known.ids)}
            values.append(table.values)
            truth.append(known.truth[[place[each] for each in table.ids]])
            proteins += table.metadata["Antibody"]
            lines += table.metadata["CellLine"]
        every = np.concatenate(values)
        varies = np.flatnonzero([len(np.unique(column)) > 1 for column in every.T])
        return cls(
            columns=tuple(table.columns[at] for at in varies),
            values=np.ascontiguousarray(every[:, varies]),
            truth=np.concatenate(truth),
            proteins=np.unique(proteins, return_inverse=True)[1],
            lines=np.array(lines),
        )

    def judge(self, train: Flags, *tests: Flags, grouped: bool = True) -> list[Unlike]:
        """Return what novelty that knows the rows of `train` says of the rows of each test."""
        groups = renumber(self.proteins[train])
        folds = stratified_folds(self.truth[train], groups, FOLDS, 0)
        aspects = aspects_of(self.columns, len(self.columns))
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(folder)
            stage.lay_out(self.values[train], self.truth[train])
            usual = usual_rows(stage, ["all.bin"] * FOLDS, folds, groups, aspects, in_turn)
        blocks = [column.block for column in self.columns]
        return [
            usual.judge(
                self.values[rows], blocks, renumber(self.proteins[rows]) if grouped else None
            )
            for rows in tests
        ]


def false_alarms(fields: Fields, training: int, draws: int) -> list[str]:
    """Return lines on fields of new proteins, training proteins and new ones drawn by lot."""
    number = int(fields.proteins.max()) + 1
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = list(
            pool.map(partial(_draw, fields, training), range(FIRST_DRAW, FIRST_DRAW + draws))
        )
    above, alarms = [share for share, _ in found], sum(alarm for _, alarm in found)
    rates = np.array(above)
    drawn = f"{training} training proteins and {number - training} new ones"
    figures = f"{rates.mean():.1%} | {rates.max():.1%} | {np.sum(rates > MANY)} | {alarms}"
    return [
        f"{draws} draws of {drawn} from those of the training and the new fields together.\n",
        "| new fields above the limit | at most | draws with over 5 % | draws as a whole |",
        "|--:|--:|--:|--:|",
        f"| {figures} |",
        "",
    ]


def _draw(fields: Fields, training: int, seed: int) -> tuple[float, bool]:
    """Return the share of new fields above the limit, and whether predict would warn of all."""
    number = int(fields.proteins.max()) + 1
    chosen = np.random.default_rng(seed).permutation(number)[:training]
    known = np.isin(fields.proteins, chosen)
    (said,) = fields.judge(known, ~known)
    return float(np.mean(said.novelty > 1)), warned(said)


def warned(said: Unlike) -> bool:
    """Return whether predict would warn of all rows."""
    return said.together is not None and said.together.chance < RARE


def held_out_lines(fields: Fields, known: Flags) -> list[str]:
    """Return a table of fields of new proteins in a cell line that training lacks."""
    lines = [
        "| cell line not in training | its fields above the limit | other lines' | as a whole |",
        "|---|--:|--:|:-:|",
    ]
    for line in np.unique(fields.lines):
        its = fields.lines == line
        held, others = fields.judge(known & ~its, ~known & its, ~known & ~its)
        lines.append(
            f"| {line} | {np.mean(held.novelty > 1):.0%} | {np.mean(others.novelty > 1):.0%} "
            f"| {'yes' if warned(held) else 'no'} |"
        )
    return lines
