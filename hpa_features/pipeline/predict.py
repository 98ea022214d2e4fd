"""predict: a model and features or images → probabilities and labels of every row."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import PredictionForm, PredictSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.predictions import Predictions
    from hpa_features.pipeline.predict_prior import LabelShift

_TEXT_ENDINGS = (".csv", ".ndjson", ".jsonl", ".txt")
ENDINGS = (*_TEXT_ENDINGS, ".parquet")
"""Of files that predictions are written to."""


@dataclass(frozen=True, slots=True)
class PredictSummary:
    """What was predicted.

    Attributes
    ----------
    fields
        Rows with a prediction.
    features
        Columns of the model.
    failures
        Fields without a prediction, because they could not be measured.
    seconds
        Time it took.
    output
        The file, ``-`` for a stream.
    failed
        A row for each field that failed.
    unlabelled
        Rows that got no label.
    novel
        Rows unlike the training data.
    prevalence
        Labels' shares and thresholds in training and now, where a target prevalence was asked for.
    simulated
        Share of the model's training rows that are of simulated fields.
    in_training
        Rows that the model was trained on.
    cells, cells_used
        Cells that were measured on the way, and those of them that features of images are made
        of; None where features were given.
    """

    fields: int
    features: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]
    unlabelled: int
    novel: int
    prevalence: Mapping[str, LabelShift]
    simulated: float
    in_training: int
    cells: int | None = None
    cells_used: int | None = None


def predict(
    model: str,
    where: str,
    output: str,
    form: PredictionForm,
    settings: PredictSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
) -> PredictSummary:
    """Predict the labels of every row.

    Parameters
    ----------
    model
        A bundle.
    where
        A feature table or store, images, a manifest, or ``-`` (see `predict_input.read_input`).
    output
        A file (.parquet for ``wide`` and ``long``; else text), or ``-``, `stdout`.
    form
        How predictions are laid out.
    settings
        Which rows, blocks to join, how images are read.
    progress
        Receives progress, and notes on rows that are missing or unlike the training data.
    executor
        Where images are measured.
    stdin
        Read when `where` is ``-``.
    stdout
        Written when `output` is ``-``.

    Raises
    ------
    UsageError
        The output exists or cannot carry the form; a table is missing or malformed.
    BundleError
        The bundle is damaged, columns of the model are missing, or a prediction is not finite.
    DataError
        There is nothing to predict.
    """
    began = time.monotonic()
    settings = settings or PredictSettings()
    reads = (where, settings.ids_from, settings.target_prevalence, settings.cells, *settings.blocks)
    check_output(output, form, overwrite=settings.overwrite, inputs=reads)
    answers = _answer(model, where, form, settings, progress, executor, stdin)
    write_predictions(
        answers.predictions, answers.rows, answers.failed, output, form, stdout=stdout
    )
    return PredictSummary(
        fields=len(answers.predictions.ids),
        features=answers.features,
        failures=len(answers.failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=answers.failed,
        unlabelled=answers.unlabelled,
        novel=answers.novel,
        prevalence=answers.prevalence,
        simulated=answers.simulated,
        in_training=answers.predictions.trained_rows,
        cells=answers.cells,
        cells_used=answers.cells_used,
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """Predictions, and the ids that get a row in a submission."""

    predictions: Predictions
    rows: Sequence[str]
    failed: tuple[Failure, ...]
    features: int
    novel: int
    prevalence: Mapping[str, LabelShift]
    simulated: float
    cells: int | None
    cells_used: int | None

    @property
    def unlabelled(self) -> int:
        return int((~self.predictions.decision.any(axis=1)).sum())


def _answer(
    model: str,
    where: str,
    form: PredictionForm,
    settings: PredictSettings,
    progress: Progress,
    executor: Executor,
    stdin: BinaryIO | None,
) -> _Answers:
    from hpa_features.io.bundle import read_bundle
    from hpa_features.io.prediction_files import ids_from
    from hpa_features.io.predictions import check_form
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.predict_input import read_input
    from hpa_features.pipeline.predict_prior import target_shares
    from hpa_features.pipeline.predict_rows import predict_rows
    from hpa_features.pipeline.simulated_training import warn_of_model

    bundle = read_bundle(Path(model))
    learned = unpack(bundle)
    simulated = warn_of_model(bundle.facts, progress)
    check_form(form, learned.labels)
    asked = ids_from(settings.ids_from) if settings.ids_from else ()
    wanted = settings.target_prevalence
    shares = target_shares(wanted, learned.labels) if wanted else {}
    given = read_input(where, bundle.facts, settings, progress, executor, stdin)
    rows = predict_rows(
        bundle, learned, given, settings, progress, shares, name=model, threads=executor.slots
    )
    predictions = _chosen(rows.predictions, asked, settings, progress)
    answers = _Answers(
        predictions=predictions,
        rows=asked or (*predictions.ids, *(each.id for each in given.failed)),
        failed=given.failed,
        features=len(learned.seen),
        novel=rows.novel,
        prevalence=rows.prevalence,
        simulated=simulated,
        cells=given.cell_count,
        cells_used=given.cells_used,
    )
    _tell_empty(answers, form, progress)
    return answers


def check_output(
    output: str, form: PredictionForm, *, overwrite: bool, inputs: Iterable[str] = ()
) -> None:
    """Refuse an output that could not be written, before any work.

    Raises
    ------
    UsageError
        It exists (or is one of the `inputs`), ends like a file that is not written, or cannot
        carry `form`.
    """
    from hpa_features.io.atomic import refuse_existing

    if output == "-":
        return
    path = Path(output)
    ending = path.suffix.lower()
    if path.is_dir() or ending not in ENDINGS:
        raise UsageError(
            f"-o {output}: wanted a file that ends in .parquet or {', '.join(_TEXT_ENDINGS)}."
        )
    if ending == ".parquet" and form not in (PredictionForm.WIDE, PredictionForm.LONG):
        raise UsageError(
            f"--format {form} is text.", hint=f"Name the output {path.stem}.csv, or use wide."
        )
    refuse_existing(path, overwrite=overwrite, inputs=inputs)


def _chosen(
    predictions: Predictions,
    asked: Sequence[str],
    settings: PredictSettings,
    progress: Progress,
) -> Predictions:
    """Return the rows that are asked for, in that order."""
    if asked:
        chosen = predictions.rows(asked)
        if not chosen.ids:
            raise DataError(
                f"None of the ids of {settings.ids_from} is in the input: "
                f"{asked[0]!r} against {predictions.ids[0]!r}."
            )
        left_out = len(predictions.ids) - len(chosen.ids)
        if left_out:
            progress.note(f"{left_out:,} rows are not in {settings.ids_from} and are omitted.")
        predictions = chosen
    return predictions


def _tell_empty(answers: _Answers, form: PredictionForm, progress: Progress) -> None:
    """Count the rows that get no label."""
    unlabelled, rows = answers.unlabelled, len(answers.rows)
    without_row = rows - len(answers.predictions.ids)
    hint = " (--force-one assigns the most probable one)" if unlabelled else ""
    if form is PredictionForm.KAGGLE and unlabelled + without_row:
        progress.note(
            f"{unlabelled + without_row:,} of {rows:,} rows have an empty Predicted: "
            f"{without_row:,} without a measurement, {unlabelled:,} without a label{hint}."
        )
        return
    if without_row:
        progress.warn(f"{without_row:,} of {rows:,} ids have no measurement and no row.")
    if unlabelled:
        progress.note(f"{unlabelled:,} of {rows:,} rows got no label{hint}.")


def write_predictions(
    predictions: Predictions,
    rows: Sequence[str],
    failed: Sequence[Failure],
    output: str,
    form: PredictionForm,
    *,
    stdout: TextIO | None = None,
) -> None:
    """Write predictions, and next to a file the fields that failed.

    `rows` are the ids that get a row in Kaggle's form.

    Raises
    ------
    UsageError
        The output is ``-``, and there is no `stdout`.
    """
    from hpa_features.io.atomic import replacing
    from hpa_features.io.predictions import write_parquet, write_text
    from hpa_features.io.store.failures import write_failures
    from hpa_features.pipeline.extract import failures_beside

    if output == "-":
        if stdout is None:
            raise UsageError("-o - needs a stream to write to.")
        write_text(predictions, stdout, form, rows)
        stdout.flush()
        return
    path = Path(output)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".parquet":
            write_parquet(predictions, temporary, form)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                write_text(predictions, file, form, rows)
    write_failures(failures_beside(path), failed)
