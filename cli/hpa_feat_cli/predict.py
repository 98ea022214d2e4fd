"""hpa-feat predict: labels for new images or features."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hpa_feat_cli.cellpose_options import (
    NONE_CHOSEN,
    MeasuringDevice,
    TrainedCellposeOptions,
)
from hpa_feat_cli.columns import number, plain
from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import InputOptions
from hpa_feat_cli.model_input_options import JoinedBlock, ModelInput, Network
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    ModelArgument,
    Overwrite,
    RetryFailed,
)
from hpa_feat_cli.predict_options import (
    SETTLE_S,
    CellsTable,
    ForceOne,
    FormOption,
    IdsFrom,
    PredictedLevel,
    PredictedOutput,
    SettleOption,
    TargetPrevalence,
    WatchOption,
)
from hpa_feat_cli.worker_options import ExecutorName, ShardOption, WorkerOptions, Workers
from hpa_features.core.errors import UsageError
from hpa_features.core.settings import (
    CellposeChoices,
    Device,
    InputSettings,
    Level,
    PredictionForm,
    PredictSettings,
)
from hpa_features.core.shard import WHOLE

if TYPE_CHECKING:
    from hpa_features.pipeline.predict import PredictSummary
    from hpa_features.pipeline.predict_prior import LabelShift


def predict(
    console: Console,
    model: ModelArgument,
    source: ModelInput,
    output: PredictedOutput = "-",
    form: FormOption = PredictionForm.WIDE,
    ids_from: IdsFrom = None,
    force_one: ForceOne = False,
    target_prevalence: TargetPrevalence = "",
    block: JoinedBlock = None,
    cells: CellsTable = None,
    embedding: Network = None,
    level: PredictedLevel = Level.IMAGE,
    cellpose: TrainedCellposeOptions = NONE_CHOSEN,
    files: InputOptions = InputSettings(),
    overwrite: Overwrite = False,
    device: MeasuringDevice = Device.AUTO,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    retry_failed: RetryFailed = False,
    workers: WorkerOptions = Workers(),
    shard: ShardOption = None,
    watch: WatchOption = False,
    settle: SettleOption = None,
) -> int:
    """Predict the labels of every field; images are measured like the training images."""
    from hpa_features.pipeline.predict import predict as run
    from hpa_features.pipeline.predict_cells import predict_cells as run_cells
    from hpa_features.pipeline.predict_folder import predict_folder as run_folder
    from hpa_features.pipeline.predict_folder import prediction_folder

    if console.as_json and (output == "-" or watch):
        other = "--watch" if watch else "-o -"
        raise UsageError(
            f"--json and {other} both write to stdout.",
            hint="Omit --json." if watch else "Give a file name to -o, or omit --json.",
        )
    settings = PredictSettings(
        blocks=tuple(block or ()),
        cells="" if cells is None else str(cells),
        force_one=force_one,
        target_prevalence=target_prevalence,
        ids_from="" if ids_from is None else str(ids_from),
        input=files,
        cellpose=CellposeChoices(**cellpose),
        embedding="" if embedding is None else str(embedding),
        device=device,
        overwrite=overwrite,
        retry_failed=retry_failed,
        shard=shard or WHOLE,
        command=console.typed,
    )
    if watch or settle is not None:
        _refuse_with_watch(watch, form, level, settings, workers)
        return _watch(str(model), source, output, settings, settle, console)
    executor = workers.executor(field_timeout)
    if level is not Level.CELLS and prediction_folder(output) is not None:
        _refuse_with_folder(form, output)
        into = run_folder(
            str(model),
            source,
            output,
            settings,
            console,
            executor=executor,
            stdin=sys.stdin.buffer,
        )
        console.failures(into.failed)
        table = ["hpa-feat", "merge", output, "-o", f"{output.rstrip('/')}.csv"]
        return console.done(into, next_command=shlex.join(table), more=_training(into))
    _refuse_without_folder(settings, workers)
    if level is Level.CELLS:
        _refuse_with_cells(form, settings)
        cells_of = run_cells(
            str(model),
            source,
            output,
            settings,
            console,
            executor=executor,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
        )
        console.failures(cells_of.failed)
        return console.done(cells_of)
    summary = run(
        str(model),
        source,
        output,
        form,
        settings,
        console,
        executor=executor,
        stdin=sys.stdin.buffer,
        stdout=sys.stdout,
    )
    console.failures(summary.failed)
    _print_prevalence(console, summary.prevalence)
    judge = ["hpa-feat", "evaluate", output, "labels.csv"]
    return console.done(
        summary,
        next_command="" if output == "-" else shlex.join(judge),
        more={
            **_training(summary),
            **({"prevalence": _as_json(summary.prevalence)} if summary.prevalence else {}),
        },
    )


def _watch(
    model: str,
    source: str,
    output: str,
    settings: PredictSettings,
    settle: float | None,
    console: Console,
) -> int:
    from hpa_features.pipeline.predict_watch import watch

    settle_s = SETTLE_S if settle is None else settle
    summary = watch(model, source, output, sys.stdout, settings, console, settle_s=settle_s)
    return console.done(summary)


def _training(summary: PredictSummary) -> dict[str, float]:
    return {
        "in_training": summary.in_training,
        "simulated_training": summary.simulated,
    }


def _refuse_with_folder(form: PredictionForm, output: str) -> None:
    """Refuse a form that is chosen when parts become a file.

    Raises
    ------
    UsageError
        One is given.
    """
    if form is not PredictionForm.WIDE:
        raise UsageError(
            f"--format {form} is for a file; a folder for -o gets parts.",
            hint=f"Omit it, then: hpa-feat merge {output} -o FILE --format {form}",
        )


def _refuse_without_folder(settings: PredictSettings, workers: Workers) -> None:
    """Refuse options of a run into a folder.

    Raises
    ------
    UsageError
        One is given.
    """
    given = {
        "--shard": settings.shard.number > 0,
        "--retry-failed": settings.retry_failed,
        "--executor dask": workers.name is ExecutorName.DASK,
    }
    _refuse_chosen(given, "needs images and a folder for -o", "-o predictions")


def _refuse_with_watch(
    watch: bool,
    form: PredictionForm,
    level: Level,
    settings: PredictSettings,
    workers: Workers,
) -> None:
    """Refuse options that mean another way of working than fields one by one.

    Raises
    ------
    UsageError
        One is given, or ``--settle`` without ``--watch``.
    """
    if not watch:
        raise UsageError("--settle is for --watch.", hint="Add --watch, or omit it.")
    given = {
        f"--format {form}": form not in (PredictionForm.WIDE, PredictionForm.NDJSON),
        "--level cells": level is Level.CELLS,
        "--shard": settings.shard.number > 0,
        "--executor dask": workers.name is ExecutorName.DASK,
        "--jobs": (workers.jobs or 1) > 1,
    }
    problem = (
        "cannot be used with --watch, which prints a JSON object for each field, one after the "
        "other"
    )
    _refuse_chosen(given, problem, "Omit it.")


def _refuse_with_cells(form: PredictionForm, settings: PredictSettings) -> None:
    """Refuse options that mean labels of fields.

    Raises
    ------
    UsageError
        One is given.
    """
    given = {
        f"--format {form}": form is not PredictionForm.WIDE,
        "--ids-from": settings.ids_from,
        "--force-one": settings.force_one,
        "--target-prevalence": settings.target_prevalence,
    }
    _refuse_chosen(given, "applies to fields, not to --level cells", "Omit it.")


def _refuse_chosen(options: Mapping[str, object], problem: str, hint: str) -> None:
    for option, chosen in options.items():
        if chosen:
            raise UsageError(f"{option} {problem}.", hint=hint)


def _print_prevalence(console: Console, prevalence: Mapping[str, LabelShift]) -> None:
    """Print the labels whose prevalence and threshold differ from training."""
    rows = [
        (
            name,
            f"{each.trained:.2%}",
            f"{each.target:.2%}",
            number(each.p_value),
            f"{each.threshold_trained:.3f}",
            f"{each.threshold:.3f}",
        )
        for name, each in prevalence.items()
        if each.target != each.trained
    ]
    if rows:
        console.table(("label", "in training", "here", "p", "threshold", "threshold here"), rows)
    if prevalence:
        same = len(prevalence) - len(rows)
        console.note(
            f"prevalence differs from training for {len(rows)} labels, is the same for {same}"
        )


def _as_json(prevalence: Mapping[str, LabelShift]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            "trained": each.trained,
            "target": each.target,
            "p_value": plain(each.p_value),
            "threshold_trained": each.threshold_trained,
            "threshold": each.threshold,
        }
        for name, each in prevalence.items()
    }
