"""`hpa-feat train`: a feature table and labels → a model directory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features import __version__
from hpa_features.core.progress import SILENT, Progress, WarningRecorder
from hpa_features.core.tables import FeatureTable
from hpa_features.core.train_settings import TrainSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.train import Trained

_FEW_GROUPS = 20
_WHY_ALWAYS = ", no better than guessing; ignore this label, or add groups with it"
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "lightgbm")


@dataclass(frozen=True, slots=True)
class TrainSummary:
    """What was trained.

    Attributes
    ----------
    fields, features
        Rows and columns learned from.
    seconds
        Wall time.
    output
        The model directory.
    facts
        ``model.json``: labels with their figures, report, data, warnings, dropped columns.
    """

    fields: int
    features: int
    seconds: float
    output: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the tables of a training come from.

    Attributes
    ----------
    extraction
        Settings that made the features; empty for tables that are not ours.
    features, cells
        Paths of the tables; empty: tables in memory, or no cells.
    """

    extraction: Mapping[str, object]
    features: str = ""
    cells: str = ""


def train(
    features: str,
    labels: str,
    out: str,
    settings: TrainSettings,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    overwrite: bool = False,
) -> TrainSummary:
    """Train a model and write its bundle.

    An interrupted training leaves its results so far in `unfinished(out)`; the same call resumes
    there and writes the same bytes.

    Parameters
    ----------
    features
        A feature table or store with row ids.
    labels
        A label table.
    out
        The model directory to make.
    settings
        How to group, what to join and exclude, folds, seed.
    progress
        Receives progress and choices.
    executor
        Where models are fitted.
    overwrite
        Replace a model at `out`.

    Raises
    ------
    UsageError
        Something is at `out`; a table cannot be read; an unknown group column or block; fewer
        than three groups.
    DataError
        Features and labels share no id; no label can be learned; another training is at work
        on `out`.
    BundleError
        The trained model cannot be loaded again; nothing is written.
    MissingExtra
        A search for parameters is asked for, and optuna is not installed.
    """
    from hpa_features.io.bundle import check_place
    from hpa_features.io.labels import read_labels
    from hpa_features.learn.tuning import check_optuna
    from hpa_features.pipeline.cell_tables import refuse_cells, with_cells
    from hpa_features.pipeline.train_rows import join_labels

    began = time.monotonic()
    check_place(Path(out), overwrite=overwrite)
    refuse_cells(settings)
    if settings.tune:
        check_optuna()
    heard = WarningRecorder(progress)
    table = read_training_features(features, settings, heard)
    data = join_labels(table, read_labels(labels, progress=heard), settings, heard)
    origin = Origin(
        table.settings,
        features=str(Path(features).resolve()),
        cells=str(Path(settings.cells).resolve()) if settings.cells else "",
    )
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as scratch:
        data = with_cells(data, features, settings, Path(scratch), heard)
        # Handed over, not held: learning writes the useful columns to disk and lets go of it.
        given = [data]
        del data, table
        trained, bundle = learn_into(
            Path(out), given, settings, origin, heard, executor, overwrite=overwrite
        )
    return TrainSummary(
        fields=len(trained.data.ids),
        features=len(trained.model.seen),
        seconds=time.monotonic() - began,
        output=out,
        facts=bundle.facts,
    )


def learn_into(
    out: Path,
    given: list[TrainingData],
    settings: TrainSettings,
    origin: Origin,
    heard: WarningRecorder,
    executor: Executor,
    *,
    overwrite: bool = False,
) -> tuple[Trained, Bundle]:
    """Train a model and write its bundle to `out`; return both.

    `given` holds the data and is emptied, so that its memory can be freed. `heard` has the warnings
    of joining, which the model keeps. Other parameters and errors as those of `train`.
    """
    from hpa_features.learn.packing import facts_of
    from hpa_features.learn.stage import Stage
    from hpa_features.learn.train import train as learn
    from hpa_features.pipeline.simulated_training import warn_of_figures
    from hpa_features.pipeline.train_bundle import write_model
    from hpa_features.pipeline.train_tasks import Tasks
    from hpa_features.pipeline.tree_gpu import choose_device
    from hpa_features.running.kept_results import keep_results
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    device = choose_device(settings.device, heard.progress)
    if settings.diagnostics:
        prepare_kernel_cache(heard.progress)
    about = _about(given[0], settings) | {"tree_device": asdict(device)}
    # Kept results report to `progress` itself: their warnings do not belong in the model.
    with keep_results(unfinished(out), about, heard.progress) as kept:
        tasks = Tasks(kept, executor, heard.progress)
        trained = learn(
            given.pop(), settings, Stage(kept.arrays), tasks, heard, backend=device.backend
        )
        facts = facts_of(trained, settings, origin.extraction, about["data"], __version__)
        warn_of_figures(facts, heard)
        _say(facts, heard)
        facts["warnings"] = list(heard.warnings)
        facts["training"]["trees_on"] = {"backend": device.backend, "device": device.name}
        if origin.features:
            facts["data"]["features"] = origin.features
        if origin.cells:
            facts["training"]["cells"] = origin.cells
        bundle = write_model(trained, facts, out, overwrite=overwrite)
    return trained, bundle


def unfinished(out: Path) -> Path:
    """Return the folder that keeps what a training has learned until its model is written."""
    place = out.absolute()
    return place.with_name(f"{place.name}.unfinished")


def _about(data: TrainingData, settings: TrainSettings) -> dict[str, Any]:
    """Return all that decides what a task of training gives, besides the task."""
    from hpa_features.core.stored_settings import result_settings

    libraries = (*_LIBRARIES, "optuna") if settings.tune else _LIBRARIES
    return {
        "hpa_feat": __version__,
        "libraries": {name: version(name) for name in libraries},
        "data": data.digest(),
        "training": result_settings(settings),
    }


def read_training_features(
    features: str, settings: TrainSettings, progress: Progress
) -> FeatureTable:
    """Read the features and join the blocks, without the columns that group or normalize."""
    from hpa_features.io.groups import AUTO, NONE
    from hpa_features.pipeline.feature_tables import load_features

    grouping = () if settings.group in (AUTO, NONE) else (settings.group,)
    plates = (settings.normalize,) if settings.normalize else ()
    return load_features(
        features, settings.blocks, not_features=(*grouping, *plates), progress=progress
    )


def _say(facts: Mapping[str, Any], progress: Progress) -> None:
    """Report excluded columns, and labels that cannot be learned or lack positives in a fold."""
    from hpa_features.io.arrow import name_some
    from hpa_features.learn.supported import SURE
    from hpa_features.report.card import tuned_parameters

    folds = facts["data"]["folds"]
    for fold, each in enumerate(facts["tuned"]):
        progress.note(
            f"Search in the training part of fold {fold}: {tuned_parameters(each['changed'])}."
        )
    for kind, names in facts["dropped"].items():
        if names:
            progress.note(f"Excluded {len(names):,} {kind} columns: {name_some(names)}.")
    for label in facts["labels"]:
        if not label["supported"]:
            progress.warn(
                f"{label['name']} ({label['positives']:,} rows in {label['positive_groups']:,} "
                f"groups) cannot be learned from these data; it is {label['rule']} "
                f"predicted{_WHY_ALWAYS if label['rule'] == 'always' else ''}."
            )
        elif label["p_value"] >= SURE:
            progress.warn(
                f"{label['name']} is ranked hardly better than by chance (p = "
                f"{label['p_value']:.2f}): its predictions are unreliable."
            )
        elif label["positive_groups"] < folds:
            progress.warn(
                f"{label['name']} has positive rows in only {label['positive_groups']} groups, "
                f"fewer than the {folds} folds: some folds have none, and its scores are imprecise."
            )
    groups = facts["data"]["groups"]
    if groups < _FEW_GROUPS:
        progress.warn(f"There are only {groups} groups: all scores are imprecise.")
