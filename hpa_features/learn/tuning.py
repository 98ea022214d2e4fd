"""A search for boosting's parameters inside one training part, by optuna.

Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kégl 2011, "Algorithms for
hyper-parameter optimization", NeurIPS). The score of a trial is the mean over labels of the least
log loss on grouped fifths of the training rows: on one of them, or on several if rows are few, as
the best of many trials on few rows is mostly luck. Held rows take no part, so what is reported of
them stays true.

Not searched: bins, which are written once, and the rate, which fixed numbers of rounds belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hpa_features.core.errors import MissingExtra
from hpa_features.learn.boosting import STOP_PARTS, Stopping
from hpa_features.learn.folds import Rows
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Split

if TYPE_CHECKING:
    import optuna

_JUDGES = 1000  # rows that judge a trial, at least, where there are so many
_DRAWN = 10  # so many trials at most, and half of all at most, are drawn by lot
_FEWEST_COLUMNS = 0.1  # share of the columns that a tree may see


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    changed
        Parameters that differ from the defaults; empty where no trial did better.
    loss, default_loss
        Mean log loss of the best trial and of the defaults on the rows that chose; NaN where no
        label could be learned.
    """

    changed: Mapping[str, Any]
    loss: float
    default_loss: float


def check_optuna() -> None:
    """Raise an error if optuna is missing.

    Raises
    ------
    MissingExtra
        It is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise MissingExtra("optuna", "tune") from None
    del optuna


def tune(
    stage: Stage,
    split: Split,
    groups: Rows,
    labels: tuple[int, ...],
    parameters: Parameters,
    trials: int,
) -> Tuned:
    """Return the best of `trials` sets of parameters for a training part; the defaults are one.

    Parameters
    ----------
    groups
        Group of each training row.
    labels
        Labels whose log loss counts.
    parameters
        The defaults; their seed is the search's, too.
    trials
        At least 1.
    """
    import optuna

    parts = min(STOP_PARTS, -(-_JUDGES * STOP_PARTS // len(split.train)))
    judged = [Stopping.of(stage, split, groups, parameters, part) for part in range(parts)]
    fits = [
        (stopping, label) for stopping in judged for label in labels if stopping.can_learn(label)
    ]
    if not fits:
        return Tuned({}, np.nan, np.nan)
    losses = []

    def loss(trial: optuna.Trial) -> float:
        chosen = {**parameters, **_suggested(trial, parameters)}
        least = [_least_loss(stopping, label, chosen) for stopping, label in fits]
        losses.append(float(np.mean(least)))
        return losses[-1]

    with _silent():
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=min(_DRAWN, trials // 2), seed=int(parameters["seed"])
        )
        study = optuna.create_study(sampler=sampler)
        study.enqueue_trial(dict(parameters))  # the defaults; what is not searched is passed over
        study.optimize(loss, n_trials=trials)
    best = study.best_params.items()
    changed = {name: value for name, value in best if value != parameters[name]}
    return Tuned(changed, min(losses), losses[0])


def _suggested(trial: optuna.Trial, defaults: Parameters) -> dict[str, Any]:
    fewest = min(_FEWEST_COLUMNS, defaults["feature_fraction"])
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 2, 100, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.01, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", fewest, 1.0),
        "extra_trees": trial.suggest_categorical("extra_trees", [False, True]),
    }


def _least_loss(stopping: Stopping, label: int, parameters: Parameters) -> float:
    booster = stopping.boost(label, parameters)
    ((losses,),) = (each.values() for each in booster.best_score.values())
    return float(losses)


@contextmanager
def _silent() -> Iterator[None]:
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
