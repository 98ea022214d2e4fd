"""Can a label be learned at all? A permutation test on out-of-fold scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import DataError
from hpa_features.learn.folds import label_counts

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Groups = NDArray[np.intp]

PERMUTATIONS = 1000
# A label refused loses all its F1, one let through by chance none: never to answer scores 0 too.
# Labels between the two levels answer by their models, and are said to be doubtful.
LEVEL = 0.25
SURE = 0.05
FEWEST_POSITIVE_GROUPS = 3
_NAMED = 3  # labels that an error lists with their groups
_AT_ONCE = 50


def can_be_trained(truth: Truth, groups: Groups, folds: NDArray[np.int16]) -> Truth:
    """Return (labels,) bool: at least three groups with and three without, both in every part.

    Parameters
    ----------
    truth
        (rows, labels) bool.
    groups, folds
        (rows,) group number, fold number.
    """
    with_label, without_label = _groups_with_and_without(truth, groups)
    enough = (with_label >= FEWEST_POSITIVE_GROUPS) & (without_label >= FEWEST_POSITIVE_GROUPS)
    for fold in range(int(folds.max()) + 1):
        part = truth[folds != fold]
        enough &= part.any(axis=0) & ~part.all(axis=0)
    return np.asarray(enough)


def no_label_can_be_trained(labels: Sequence[str], truth: Truth, groups: Groups) -> DataError:
    """Return the error for data of which `can_be_trained` accepts no label.

    It names the labels that come closest.
    """
    both = np.stack(_groups_with_and_without(truth, groups))
    closest = np.argsort(-both.min(axis=0), kind="stable")[:_NAMED]
    named = [
        f"{labels[at]} {both[0, at]:,} with and {both[1, at]:,} without" for at in closest.tolist()
    ]
    rest = len(labels) - len(named)
    more = f", and {rest:,} other labels as many or fewer" if rest else ""
    return DataError(
        f"No label can be learned from these {len(truth):,} rows in {int(groups.max()) + 1:,} "
        f"groups: a label needs {FEWEST_POSITIVE_GROUPS} groups with it and "
        f"{FEWEST_POSITIVE_GROUPS} without it, and rows of both kinds outside every fold; groups "
        f"here: {', '.join(named)}{more}.",
        hint="Add labelled rows of other groups, join rare labels, or check --group and the ids.",
    )


def _groups_with_and_without(truth: Truth, groups: Groups) -> tuple[Groups, Groups]:
    """Return (labels,) in how many groups each label has a positive row, and a negative one."""
    return (
        np.count_nonzero(label_counts(truth, groups), axis=0),
        np.count_nonzero(label_counts(~truth, groups), axis=0),
    )


def p_value(scores: Floats, truth: Truth, groups: Groups, seed: tuple[int, ...]) -> float:
    """Return how often chance ranks one label as well as the out-of-fold scores do.

    Compared is the average precision of the groups' mean scores against "has a positive row",
    with that flag permuted among groups. Where more than half the groups have one, and rows
    of a group differ, it is the average precision of rows, permuted within each group.

    Parameters
    ----------
    scores, truth, groups
        (rows,) score, label, group number 0…n−1.
    seed
        Of the permutations.

    Returns
    -------
    float
        (1 + permutations as good) / (1 + permutations).
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(groups)
    positives = np.bincount(groups, weights=truth)
    flags = positives > 0
    mixed = flags & (positives < sizes)
    if flags.mean() > 0.5 and mixed.sum() > 0.5 * flags.sum():
        return _p_value_of_rows(scores, truth, groups, rng)
    means = np.bincount(groups, weights=scores) / sizes
    return _p_value(means, flags, lambda: rng.permutation(flags))


def _p_value_of_rows(
    scores: Floats, truth: Truth, groups: Groups, rng: np.random.Generator
) -> float:
    by_group = np.argsort(groups, kind="stable")

    def dealt() -> Truth:
        shuffled = np.lexsort((rng.random(len(groups)), groups))
        anew = np.empty_like(truth)
        anew[by_group] = truth[shuffled]
        return anew

    return _p_value(scores, truth, dealt)


def _p_value(scores: Floats, flags: Truth, deal: Callable[[], Truth]) -> float:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    observed = _average_precisions(flags[None, order], ends)[0]
    as_good = 0
    for _ in range(0, PERMUTATIONS, _AT_ONCE):
        chance = np.stack([deal()[order] for _ in range(_AT_ONCE)])
        # Rounding must not make an equal ranking a worse one.
        as_good += int(np.sum(_average_precisions(chance, ends) >= observed - 1e-12))
    return (1 + as_good) / (1 + PERMUTATIONS)


def _average_precisions(ranked: Truth, ends: Groups) -> Floats:
    """Return the average precision of each of (permutations, rows) flags, best score first.

    `ends` are the positions of the last of each run of equal scores.
    """
    found = np.cumsum(ranked, axis=1)[:, ends]
    gained = np.diff(found, axis=1, prepend=0)
    return np.asarray((gained * (found / (ends + 1))).sum(axis=1) / found[:, -1])
