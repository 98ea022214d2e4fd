"""What a model leans on: what ``train --diagnostics`` finds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from hpa_features.core.reasons import BlockReasons, Diagnostics
from hpa_features.core.tables import Column
from hpa_features.learn.evaluation import Choice
from hpa_features.learn.explain.curves import learning_curves
from hpa_features.learn.explain.retrain import alone, other_rows, shuffled_values
from hpa_features.learn.explain.separate import Separation, chance_ratio
from hpa_features.learn.explain.shared import Shared
from hpa_features.learn.explain.walks import Reader, Walks, block_numbers
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.folds import Rows, renumber
from hpa_features.learn.importance import Shuffling, precisions, shuffled_precisions
from hpa_features.learn.metrics import average_precisions
from hpa_features.learn.stage import Stage

Floats = NDArray[np.float64]

SHUFFLES = 5
LEVEL = 0.05
"""Share of blocks that chance lifts above their level."""
_PAIRS = 4
_REPEATS = 2


def diagnose(shared: Shared) -> Diagnostics:
    """Explain held-out rows, train on shuffled labels, on fewer groups and on single blocks.

    At least one label was learned.
    """
    values = _values(shared)
    ratios = _chance(shared)
    losses, by_block = _shuffled(shared), _alone(shared)
    truth = shared.data.truth[:, shared.labels]
    whole = average_precisions(truth, shared.models.raw[:, shared.labels])
    labels = []
    for at, label in enumerate(shared.labels):
        found = _separation(shared, values[:, :, at], label, np.arange(len(shared.rows)))
        chance = np.asarray(ratios[at] * found.error)
        labels.append(
            BlockReasons(
                label=shared.data.labels[label],
                blocks=tuple(shared.blocks),
                columns=np.array([len(places) for places in shared.blocks.values()]),
                size=np.abs(values[:, :, at]).mean(axis=0),
                separation=found.value,
                error=found.error,
                spread=_spread(shared, values[:, :, at], label),
                chance=chance,
                above_chance=(found.value > chance) & (found.error > 0),
                loss=np.asarray(whole[at] - losses[:, at]),
                alone=by_block[:, at],
                whole=float(whole[at]),
                prevalence=float(truth[:, at].mean()),
            )
        )
    return Diagnostics(tuple(labels), learning_curves(shared), len(shared.rows), SHUFFLES)


def _values(shared: Shared) -> Floats:
    """Return (rows, blocks, labels) values, each row's by the model that held it out."""
    tasks = [
        partial(
            held_out_values,
            shared.stage,
            shared.splits[fold].bins,
            member.fresh(),
            shared.held(fold),
            shared.background.rows[fold],
            shared.model.seen,
            shared.model.choices,
        )
        for fold, member in enumerate(shared.model.members)
    ]
    found = np.empty((len(shared.rows), len(shared.blocks), len(shared.labels)))
    for fold, values in enumerate(shared.run(tasks, "explaining held-out rows")):
        found[shared.places(fold)] = values
    return found


def held_out_values(
    stage: Stage,
    bins: str,
    member: FoldModel,
    rows: Rows,
    background: NDArray[np.float32],
    columns: tuple[Column, ...],
    choices: Sequence[Choice],
) -> Floats:
    """Return (rows, blocks, learned labels) values by a fold's model of rows that it held out."""
    reader = Reader.of(member, background, columns)
    fitted, blocks = member.fitted_labels, int(reader.groups.max()) + 1
    values = np.empty((len(rows), blocks, len(fitted)))
    for at, row in enumerate(stage.rows(rows, bins)):
        walks = Walks.of_row(int(rows[at]), len(background), blocks, _PAIRS)
        raw = reader.scores(row, walks)
        scores = np.empty(raw.shape)
        for position, label in enumerate(fitted):
            scores[:, :, position] = logit(choices[label].probabilities(raw[:, :, position]))
        values[at] = walks.values(scores).mean(axis=0)
    return values


def _chance(shared: Shared) -> Floats:
    """Return (labels,) ratios of separation to error that chance exceeds in `LEVEL` of blocks."""
    groups, numbers = shared.data.groups, block_numbers(shared.model.seen)
    jobs = [
        (shuffle, shuffle % len(shared.splits), chunk)
        for shuffle in range(SHUFFLES)
        for chunk in shared.chunks()
    ]
    others = [other_rows(groups, (shared.seed, shuffle)) for shuffle in range(SHUFFLES)]
    tasks = [
        partial(
            shuffled_values,
            shared.stage,
            shared.splits[fold],
            chunk,
            shared.rounds(fold, chunk),
            shared.parameters,
            others[shuffle],
            shared.held(fold),
            shared.background.rows[fold],
            numbers,
            _PAIRS,
        )
        for shuffle, fold, chunk in jobs
    ]
    found: dict[int, list[Separation]] = {label: [] for label in shared.labels}
    for (shuffle, fold, chunk), values in zip(jobs, shared.run(tasks, "shuffling labels")):
        rows = shared.held(fold)
        for at, label in enumerate(chunk):
            truth = shared.data.truth[others[shuffle][rows], label]
            found[label].append(Separation.of(values[:, :, at], truth, renumber(groups[rows])))
    return np.array([chance_ratio(found[label], LEVEL) for label in shared.labels])


def _shuffled(shared: Shared) -> Floats:
    """Return (blocks, labels) average precision with each block shuffled among held rows."""
    folder = Path(shared.stage.folder) / "held"
    folder.mkdir(exist_ok=True)
    held = Stage(str(folder))
    seen = np.empty((len(shared.data.ids), len(shared.model.seen)), dtype=np.float32)
    for split in shared.splits:
        seen[split.held] = shared.stage.rows(split.held, split.bins)
    held.lay_out(seen, shared.data.truth)
    members = tuple(member.fresh() for member in shared.model.members)
    shuffling = Shuffling(held, shared.models.folds, members, _REPEATS, shared.seed)
    tasks = [
        partial(shuffled_precisions, shuffling, number, places)
        for number, places in enumerate(shared.blocks.values())
    ]
    found = np.array(list(shared.run(tasks, "shuffling blocks")))
    return np.asarray(found.mean(axis=1)[:, shared.labels])


def _alone(shared: Shared) -> Floats:
    """Return (blocks, labels) average precision of models of one block each."""
    places = list(shared.blocks.values())
    jobs = [(number, split) for number in range(len(places)) for split in shared.splits]
    tasks = [
        partial(alone, shared.stage, split, places[number], shared.labels, shared.parameters)
        for number, split in jobs
    ]
    raw = np.empty((len(places), len(shared.data.ids), len(shared.labels)))
    for (number, split), scores in zip(jobs, shared.run(tasks, "training on single blocks")):
        raw[number, split.held] = scores
    truth = shared.data.truth[:, shared.labels]
    return np.array([precisions(truth, each) for each in raw])


def _separation(shared: Shared, values: Floats, label: int, at: Rows) -> Separation:
    """Return the separation of (rows, blocks) values of a label, of the rows `at` these places."""
    rows = shared.rows[at]
    groups = renumber(shared.data.groups[rows])
    return Separation.of(values[at], shared.data.truth[rows, label], groups)


def _spread(shared: Shared, values: Floats, label: int) -> Floats:
    """Return (blocks,) standard deviation of the separation over the folds that have both kinds."""
    each = []
    for fold in range(len(shared.splits)):
        truth = shared.data.truth[shared.held(fold), label]
        if truth.any() and not truth.all():
            each.append(_separation(shared, values, label, shared.places(fold)).value)
    return np.std(each, axis=0, ddof=1) if len(each) > 1 else np.zeros(values.shape[1])
