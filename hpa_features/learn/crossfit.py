"""Fold models of every label, and their out-of-fold scores.

Each outer fold's training part finds its own number of rounds per label, is fitted, and scores
the fold. Nested runs also fit three inner fold models inside each training part, with its bins
and its rounds, so that the blend of learners, calibration and thresholds can be chosen there
without the held-out fold. Without inner models there is no evidence for a blend: boosting stands
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.blend import alone, blend_weights, blended
from hpa_features.learn.boosting import Fits, best_rounds, fit, prior_log_odds
from hpa_features.learn.data import TrainingData
from hpa_features.learn.fold_models import FoldModel, FoldModels, Inner
from hpa_features.learn.folds import Rows, positive_groups, renumber
from hpa_features.learn.own_scores import OwnFit, fit_own
from hpa_features.learn.part_tables import write_part_tables
from hpa_features.learn.smooth import SmoothFit, fit_smooth
from hpa_features.learn.splits import inner_splits, outer_splits
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Run, Split
from hpa_features.learn.tuning import Tuned, tune

MANY_GROUPS = 20  # positive groups that a label needs to find its own number of rounds
ENOUGH_LABELS = 3  # with fewer such labels, nobody's rounds are trusted
FIXED_ROUNDS = 150
_LABELS_A_TASK = 4
_TREES = "growing trees"


def fit_folds(
    data: TrainingData,
    folds: NDArray[np.int16],
    trained: NDArray[np.bool_],
    parameters: Parameters,
    stage: Stage,
    run: Run,
    *,
    nested: bool,
    trials: int = 0,
) -> FoldModels:
    """Fit and score all fold models.

    Parameters
    ----------
    folds
        (rows,) outer fold of each row.
    trained
        (labels,) which labels get models; both classes lie in every training part.
    stage
        Holds the table and the truth; takes what else workers read.
    run
        Calls tasks, maybe in other processes; nothing depends on how.
    nested
        Whether to fit inner models, and to blend.
    trials
        Sets of parameters that each training part tries; 0: none but the given ones.
    """
    outer = outer_splits(folds, data.networks)
    transforms = write_part_tables(data, outer, parameters, stage, run)
    for split in outer:
        stage.write_bins(split.bins, split.binned, parameters)
    work = _Work(data, trained, parameters, stage, run)
    tuned = work.tune(outer, trials) if trials else []
    outer = [replace(split, changed=each.changed) for split, each in zip(outer, tuned)] or outer
    inner = [inner_splits(data, split, int(parameters["seed"])) for split in outer if nested]
    splits = [*outer, *(split for inners in inner for split in inners)]
    rounds = work.find_rounds(outer, of=splits)
    counts = [*rounds, *(rounds[k] for k, inners in enumerate(inner) for _ in inners)]
    fits = work.fit_all(splits, counts)
    members = [FoldModel.boosting(each.texts) for each in fits[: len(outer)]]
    raw = [each.raw for each in fits]
    if nested:
        smooth = work.fit_smooth(splits, kept=len(outer))
        own = work.fit_own(splits, kept=len(outer)) if data.own else None
        members, raw = _blend(data, trained, outer, inner, fits, smooth, own)
    later = iter(raw[len(outer) :])
    return FoldModels(
        folds=folds,
        trained=trained,
        members=tuple(
            replace(each, scales=transform.scales, cells=transform.cells)
            for each, transform in zip(members, transforms)
        ),
        rounds=np.stack(rounds),
        raw=_scattered(outer, raw, data.truth.shape),
        inner=tuple(
            _inner(split, inners, [next(later) for _ in inners], data.truth.shape)
            for split, inners in zip(outer, inner)
        ),
        bins=tuple(split.bins for split in outer),
        tuned=tuple(tuned),
    )


def _blend(
    data: TrainingData,
    trained: NDArray[np.bool_],
    outer: Sequence[Split],
    inner: Sequence[Sequence[Split]],
    fits: Sequence[Fits],
    smooth: Sequence[SmoothFit],
    own: Sequence[OwnFit] | None,
) -> tuple[list[FoldModel], list[NDArray[np.float64]]]:
    """Return the outer members, and the blended log-odds of all splits in their order."""
    scores = [
        np.concatenate([trees.raw[:, :, None], other.raw], axis=2)
        for trees, other in zip(fits, smooth)
    ]
    if own is not None:
        scores = [
            np.concatenate([each, other.raw[:, :, None]], axis=2)
            for each, other in zip(scores, own)
        ]
    learners = scores[0].shape[2]
    members, outer_raw, inner_raw = [], [], []
    after = len(outer)
    for k, (split, inners) in enumerate(zip(outer, inner)):
        inner_scores = scores[after : after + len(inners)]
        after += len(inners)
        seen = np.concatenate([np.isin(each.held, split.train) for each in inners])
        rows = np.concatenate([each.held for each in inners])[seen]
        evidence = np.concatenate(inner_scores)[seen]
        weights = np.tile(alone(learners + 1), (len(trained), 1))
        for label in np.flatnonzero(trained):
            # A learner without columns of the label's own has nothing to say.
            able = learners - (own is not None and not data.own[label])
            found = blend_weights(evidence[:, label, :able], data.truth[rows, label])
            weights[label, [*range(able), -1]] = found
        mine = None if own is None else own[k].model
        members.append(FoldModel(fits[k].texts, smooth[k].model, weights, own=mine))
        outer_raw.append(blended(scores[k], weights))
        inner_raw += [blended(each, weights) for each in inner_scores]
    return members, outer_raw + inner_raw


@dataclass(frozen=True, slots=True)
class _Work:
    """What all tasks of one training share."""

    data: TrainingData
    trained: NDArray[np.bool_]
    parameters: Parameters
    stage: Stage
    run: Run

    def tune(self, splits: Sequence[Split], trials: int) -> list[Tuned]:
        """Return per split what a search finds, by the labels that find their own rounds."""
        able = [self._able(split) for split in splits]
        trained = _numbers(self.trained)
        tasks = [
            partial(
                tune,
                self.stage,
                split,
                self.data.groups[split.train],
                labels if len(labels) >= ENOUGH_LABELS else trained,
                self.parameters,
                trials,
            )
            for split, labels in zip(splits, able)
        ]
        return list(self.run(tasks, "searching parameters"))

    def find_rounds(self, splits: Sequence[Split], of: Sequence[Split]) -> list[Rows]:
        """Return per split the (labels,) number of rounds, 0 for labels without models.

        `of` are the splits that will be fitted.
        """
        able = [self._able(split) for split in splits]
        jobs = [
            (index, chunk)
            for index, labels in enumerate(able)
            if len(labels) >= ENOUGH_LABELS
            for chunk in _chunks(labels)
        ]
        tasks = [
            partial(
                best_rounds,
                self.stage,
                splits[index],
                self.data.groups[splits[index].train],
                chunk,
                self.parameters,
            )
            for index, chunk in jobs
        ]
        found: list[dict[int, int]] = [{} for _ in splits]
        later = len(of) * len(_chunks(_numbers(self.trained)))
        for (index, chunk), rounds in zip(jobs, self.run(tasks, _TREES, more=later)):
            found[index].update(zip(chunk, rounds))
        return [self._rounds_of(each) for each in found]

    def _able(self, split: Split) -> tuple[int, ...]:
        groups = renumber(self.data.groups[split.train])
        counts = positive_groups(self.data.truth[split.train], groups)
        return _numbers(self.trained & (counts >= MANY_GROUPS))

    def _rounds_of(self, found: Mapping[int, int]) -> Rows:
        others = int(np.median(list(found.values()))) if found else FIXED_ROUNDS
        rounds = np.where(self.trained, others, 0)
        for label, count in found.items():
            rounds[label] = count
        return rounds

    def fit_all(self, splits: Sequence[Split], rounds: Sequence[Rows]) -> list[Fits]:
        """Return per split the models and scores of all labels."""
        jobs = [
            (index, chunk)
            for index in range(len(splits))
            for chunk in _chunks(_numbers(self.trained))
        ]
        tasks = [
            partial(
                fit,
                self.stage,
                splits[index],
                chunk,
                tuple(int(rounds[index][label]) for label in chunk),
                self.parameters,
            )
            for index, chunk in jobs
        ]
        texts = [[""] * len(self.trained) for _ in splits]
        raw = [self._priors(split) for split in splits]
        for (index, chunk), fits in zip(jobs, self.run(tasks, _TREES)):
            raw[index][:, chunk] = fits.raw
            for label, text in zip(chunk, fits.texts):
                texts[index][label] = text
        return [Fits(tuple(text), scores) for text, scores in zip(texts, raw)]

    def fit_smooth(self, splits: Sequence[Split], kept: int) -> list[SmoothFit]:
        """Return per split the smooth learners' scores; of the first `kept` the learners too."""
        seed = int(self.parameters["seed"])
        tasks = [
            partial(
                fit_smooth,
                self.stage,
                split,
                self.trained,
                seed,
                keep=index < kept,
                networks=np.array(self.data.networks, dtype=np.intp),
            )
            for index, split in enumerate(splits)
        ]
        return list(self.run(tasks, "fitting kernels and lines"))

    def fit_own(self, splits: Sequence[Split], kept: int) -> list[OwnFit]:
        """Return per split the scores of labels' own columns; of the first `kept` the learner."""
        tasks = [
            partial(fit_own, self.stage, split, self.data.own, self.trained, keep=index < kept)
            for index, split in enumerate(splits)
        ]
        return list(self.run(tasks, "fitting labels' own scores"))

    def _priors(self, split: Split) -> NDArray[np.float64]:
        priors = [prior_log_odds(label) for label in self.data.truth[split.train].T]
        return np.tile(priors, (len(split.held), 1))


def _inner(
    outer: Split,
    inners: Sequence[Split],
    scores: Sequence[NDArray[np.float64]],
    shape: tuple[int, ...],
) -> Inner:
    raw = np.full(shape, np.nan)
    outer_scores = []
    for split, each in zip(inners, scores):
        outside = np.isin(split.held, outer.held)
        raw[split.held[~outside]] = each[~outside]
        outer_scores.append(each[outside])
    return Inner(outer.train, raw, np.stack(outer_scores))


def _scattered(
    splits: Sequence[Split], scores: Sequence[NDArray[np.float64]], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return the scores of all held rows in their places, NaN elsewhere."""
    raw = np.full(shape, np.nan)
    for split, each in zip(splits, scores):
        raw[split.held] = each
    return raw


def _numbers(chosen: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(label) for label in np.flatnonzero(chosen))


def _chunks(labels: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [labels[at : at + _LABELS_A_TASK] for at in range(0, len(labels), _LABELS_A_TASK)]
