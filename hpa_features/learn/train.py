"""Tables → model: folds, fold models, choices, and their performance on held-out rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.progress import Progress
from hpa_features.core.reasons import Diagnostics
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.array_files import block_name
from hpa_features.io.oof import OutOfFold
from hpa_features.learn.aspect import aspects_of
from hpa_features.learn.background import Background
from hpa_features.learn.boosting import learner
from hpa_features.learn.bootstrap import F1Intervals, f1_intervals
from hpa_features.learn.cell_scores import SUMMARIES
from hpa_features.learn.crossfit import fit_folds
from hpa_features.learn.data import (
    TrainingData,
    fold_count,
    network_columns,
    useful_columns,
)
from hpa_features.learn.evaluation import (
    delivered_choices,
    is_supported,
    judged_answers,
    supported_labels,
)
from hpa_features.learn.explain.diagnose import diagnose
from hpa_features.learn.explain.shared import Shared
from hpa_features.learn.fold_models import FoldModels, stack_labels
from hpa_features.learn.folds import positive_groups, stratified_folds
from hpa_features.learn.metrics import (
    average_precisions,
    count,
    macro_f1,
    mean_average_precision,
)
from hpa_features.learn.model import Model
from hpa_features.learn.novelty import Usual
from hpa_features.learn.own_scores import own_columns
from hpa_features.learn.reliability import brier_scores, calibration_errors
from hpa_features.learn.stage import Stage
from hpa_features.learn.supported import can_be_trained, no_label_can_be_trained
from hpa_features.learn.tasks import Run
from hpa_features.learn.tree_device import CPU
from hpa_features.learn.tuning import Tuned
from hpa_features.learn.usual_rows import usual_rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """How the model does on rows that chose neither model, calibration nor threshold.

    Attributes
    ----------
    kind
        ``nested`` or ``cross-fitted``.
    macro_f1, macro_f1_all
        Mean F1 over labels with a positive row; over all labels.
    mean_ap
        Mean average precision over labels with a positive row.
    intervals
        95 % intervals of F1.
    f1, precision, recall, ap
        (labels,); `ap` is NaN without positives.
    brier, calibration_error
        (labels,) of the probabilities (`learn.reliability`).
    """

    kind: str
    macro_f1: float
    macro_f1_all: float
    mean_ap: float
    intervals: F1Intervals
    f1: Floats
    precision: Floats
    recall: Floats
    ap: Floats
    brier: Floats
    calibration_error: Floats


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gives.

    Attributes
    ----------
    data
        What was learned from, without useless columns.
    model
        The model.
    oof
        Out-of-fold predictions.
    report
        Their scores.
    dropped
        ``constant`` and ``identical``: names of excluded columns.
    p_values
        (labels,) permutation test of each label, 1 where it could not be trained.
    positive_groups
        (labels,) groups with a positive row.
    rounds
        (folds, labels) trees.
    parameters
        LightGBM's defaults for this table.
    tuned
        Per fold what a search for others found; empty without one.
    diagnostics
        What the model leans on; None where it was not asked for, or no label was learned.
    """

    data: TrainingData
    model: Model
    oof: OutOfFold
    report: Report
    dropped: Mapping[str, tuple[str, ...]]
    p_values: Floats
    positive_groups: NDArray[np.intp]
    rounds: NDArray[np.intp]
    parameters: Mapping[str, Any]
    tuned: tuple[Tuned, ...]
    diagnostics: Diagnostics | None = None


def train(
    data: TrainingData,
    settings: TrainSettings,
    stage: Stage,
    run: Run,
    progress: Progress,
    *,
    backend: str = CPU,
) -> Trained:
    """Train a model and judge it.

    Parameters
    ----------
    data
        One row an image.
    settings
        Folds, seed, threads, how many rows are judged by nesting.
    stage
        An empty folder for what workers read.
    run
        Calls tasks, maybe in other processes; the result doesn't depend on how.
    progress
        Receives notes on choices.
    backend
        What grows trees, as `learn.tree_device` names it.

    Raises
    ------
    UsageError
        Fewer than three groups, or no column that varies.
    DataError
        No label has enough groups with it and without it.
    """
    wanted_folds = fold_count(data, settings.folds)
    kept, dropped = useful_columns(data)
    stage.lay_out(data.values, data.truth, kept)
    # From here on the table is read where it is touched.
    columns = tuple(data.columns[at] for at in kept)
    own = own_columns(columns, data.labels, settings.own_label_columns)
    networks = network_columns(columns, map(block_name, settings.blocks))
    data = replace(data, columns=columns, values=stage.values(), own=own, networks=networks)
    folds = stratified_folds(data.truth, data.groups, wanted_folds, settings.seed)
    trained = can_be_trained(data.truth, data.groups, folds)
    if not trained.any():
        raise no_label_can_be_trained(data.labels, data.truth, data.groups)
    width = len(data.columns) + (len(SUMMARIES) * int(trained.sum()) if data.cells else 0)
    parameters = learner(
        len(data.ids), width, seed=settings.seed, threads=settings.threads, backend=backend
    )
    nested = len(data.ids) <= settings.nested_rows
    models = fit_folds(
        data, folds, trained, parameters, stage, run, nested=nested, trials=settings.tune
    )
    aspects = aspects_of(data.columns, stage.values(models.bins[0]).shape[1])
    usual = usual_rows(stage, models.bins, folds, data.groups, aspects, run)
    progress.start("calibrating and scoring", None)
    p_values = supported_labels(data, models, settings.seed)
    supported = is_supported(p_values)
    if settings.stack:
        models = stack_labels(models, data.truth, supported)
    background = Background.drawn(stage, models.bins, data.groups, settings.seed)
    model = _model(data, models, supported, usual, background)
    oof = _out_of_fold(data, models, model, supported)
    report = _report(oof, settings, "nested" if nested else "cross-fitted")
    progress.finish()
    found = None
    if settings.diagnostics and supported.any():
        shared = Shared.of(data, models, model, background, parameters, stage, run, settings.seed)
        found = diagnose(shared)
    return Trained(
        data=data,
        model=model,
        oof=oof,
        report=report,
        dropped=dropped,
        p_values=p_values,
        positive_groups=positive_groups(data.truth, data.groups),
        rounds=models.rounds,
        parameters=parameters,
        tuned=models.tuned,
        diagnostics=found,
    )


def _model(
    data: TrainingData,
    models: FoldModels,
    supported: NDArray[np.bool_],
    usual: Usual,
    background: Background,
) -> Model:
    members = tuple(member.of_labels(supported) for member in models.members)
    return Model(
        labels=data.labels,
        columns=data.columns,
        choices=delivered_choices(data, models, supported),
        members=members,
        usual=usual,
        cell_columns=data.cell_columns,
        background=background,
    )


def _out_of_fold(
    data: TrainingData, models: FoldModels, model: Model, supported: NDArray[np.bool_]
) -> OutOfFold:
    answers = judged_answers(data, models, supported)
    delivered = [
        choice.probabilities(models.raw[:, label]) for label, choice in enumerate(model.choices)
    ]
    return OutOfFold(
        ids=data.ids,
        groups=tuple(data.group_names[group] for group in data.groups),
        folds=models.folds,
        labels=data.labels,
        truth=data.truth,
        raw=models.raw,
        prob=np.column_stack(delivered),
        nested=answers.prob,
        decision=answers.decision,
    )


def _report(oof: OutOfFold, settings: TrainSettings, kind: str) -> Report:
    counts = count(oof.truth, oof.decision)
    return Report(
        kind=kind,
        macro_f1=macro_f1(oof.truth, oof.decision),
        macro_f1_all=macro_f1(oof.truth, oof.decision, all_labels=True),
        mean_ap=mean_average_precision(oof.truth, oof.ranking),
        intervals=f1_intervals(
            oof.truth,
            oof.decision,
            oof.groups,
            draws=settings.bootstrap,
            seed=settings.seed,
        ),
        f1=counts.f1,
        precision=counts.precision,
        recall=counts.recall,
        ap=average_precisions(oof.truth, oof.ranking),
        brier=brier_scores(oof.truth, oof.nested),
        calibration_error=calibration_errors(oof.truth, oof.nested),
    )
