"""predict --watch: fields are predicted as a microscope writes them, one line each, once."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import PredictionForm, PredictSettings
from hpa_features.core.shard import WHOLE
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.io.arrow import name_some
from hpa_features.io.pixel_size import settle
from hpa_features.io.prediction_parts import read_prediction_parts
from hpa_features.io.predictions import write_text
from hpa_features.io.store.folder import Store
from hpa_features.io.store.job_file import job_now, write_job
from hpa_features.io.store.journal import Entry, inputs_of
from hpa_features.pipeline.field_runs import Plan, RunResult, opened
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.pipeline.predict import PredictSummary
from hpa_features.pipeline.predict_folder import (
    ChosenModel,
    choose_model,
    plan_prediction,
    prediction_folder,
    summary_of,
)
from hpa_features.pipeline.predict_part import loaded_model
from hpa_features.pipeline.watched_files import WatchedFolder
from hpa_features.running.executor import Lost
from hpa_features.running.pool import HERE
from hpa_features.running.threads import single_threaded

_POLL_S = 0.25
_LOOKING = 4  # a pause is this many times as long as the last look: listing large folders is work


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as a watch sees it.

    Attributes
    ----------
    now
        Seconds; only the difference of two means something.
    wait
        Waits so many seconds.
    """

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


CLOCK = Clock()


def watch(
    model: str,
    where: str,
    output: str,
    stdout: TextIO,
    settings: PredictSettings | None = None,
    progress: Progress = SILENT,
    *,
    settle_s: float,
) -> PredictSummary:
    """Predict the fields of a folder as they come, until it is interrupted.

    Parameters
    ----------
    model, settings, progress
        As `predict_folder` takes them.
    where
        A folder of images.
    output
        A folder that keeps all predictions, so that no field is predicted twice after a restart;
        ``-``: they are kept while this runs.
    stdout
        Gets a JSON object a field, flushed: as ``--format ndjson``, or ``Id``, ``error``,
        ``stage``, ``file`` and ``hint`` of a field that failed.
    settle_s
        How long files must not have changed before a field is complete.

    Returns
    -------
    PredictSummary
        Of all fields in the folder, once it is interrupted.

    Raises
    ------
    UsageError
        `where` is not a folder, an option needs all fields at once, or a pixel size is not known.
    BundleError, DataError
        As `predict_folder`.
    """
    began = time.monotonic()
    settings = settings or PredictSettings()
    _refuse_early(where, output, settings)
    chosen = choose_model(model, settings, progress)
    yellow = not settings.input.allow_missing_yellow
    channels = tuple(each for each in CHANNELS if yellow or each is not Channel.ER)
    with _folder(output) as folder:
        none = InputFields((), (), channels)
        plan = plan_prediction(chosen, none, folder, progress, HERE)
        with opened(plan, folder, progress, jobs=1) as store:
            live = _Live(plan, store, stdout)
            live.resume()
            _warm_up(chosen, plan)
            progress.note(f"watching {where}; Ctrl-C ends.")
            _watch(WatchedFolder(where, settings.input, settle_s), live, progress)
            result = live.end()
    return summary_of(chosen, result, output, time.monotonic() - began)


def _refuse_early(where: str, output: str, settings: PredictSettings) -> None:
    if output != "-" and prediction_folder(output) is None:
        raise UsageError(
            f"-o {output}: --watch keeps predictions in a folder.",
            hint="Give a folder, and redirect stdout to a file: > predictions.ndjson",
        )
    if not Path(where).is_dir():
        raise UsageError(f"--watch needs a folder of images; {where} is not one.")
    if settings.input.masks:
        raise UsageError("--watch finds the cells itself.", hint="Omit --masks.")


@contextmanager
def _folder(output: str) -> Iterator[Path]:
    """Yield the folder that keeps predictions; one that is removed at the end for ``-``."""
    if output != "-":
        yield Path(output)
        return
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as temporary:
        yield Path(temporary)


def _warm_up(chosen: ChosenModel, plan: Plan) -> None:
    """Compile and load what the first prediction would wait for."""
    with single_threaded():
        if plan.prepare is not None:
            plan.prepare()
        loaded_model(chosen.name, chosen.bundle.digest)


def _watch(watched: WatchedFolder, live: _Live, progress: Progress) -> None:
    """Look at the folder and predict its fields until Ctrl-C."""
    lost_before = ""
    with suppress(KeyboardInterrupt):
        while True:
            began, working = CLOCK.now(), 0.0
            for found, files in watched.look(began, live.known):
                start = CLOCK.now()
                if live.predict(found, files):
                    watched.close(files)
                working += CLOCK.now() - start
            lost_before = _tell(watched, lost_before, progress)
            CLOCK.wait(max(_POLL_S, _LOOKING * (CLOCK.now() - began - working)))
    if watched.waiting:
        progress.warn(
            f"{len(watched.waiting):,} fields had not all their files, or were still being "
            f"written: {name_some(watched.waiting)}."
        )


def _tell(watched: WatchedFolder, lost_before: str, progress: Progress) -> str:
    """Report ids that come again, and folders that cannot be listed; return these folders."""
    if watched.repeated:
        progress.note(
            f"{len(watched.repeated):,} fields were predicted before and are not predicted again: "
            f"{name_some(watched.repeated)}."
        )
        watched.repeated.clear()
    lost = name_some(watched.unreadable) if watched.unreadable else ""
    if lost and lost != lost_before:
        progress.warn(f"{lost} cannot be listed; trying again.")
    return lost


class _Live:
    """The predictions in an output folder, and those that are made now."""

    def __init__(self, plan: Plan, store: Store, stdout: TextIO) -> None:
        self._plan = plan
        self._store = store
        self._stdout = stdout

    @property
    def known(self) -> Mapping[str, Entry]:
        """The fields that were done, here or before."""
        return self._store.entries

    def resume(self) -> None:
        """Forget failures that are to be tried again, and predictions whose files are damaged."""
        failed = {each.id: each.inputs for each in self.known.values() if each.failure is not None}
        self._store.reconcile(failed, retry_failed=self._plan.settings.retry_failed)
        self._write_job()

    def predict(self, found: FieldSource | Failure, files: Sequence[str]) -> bool:
        """Predict a field, and return whether it is done: not if its files changed meanwhile.

        The prediction is on disk before its line is printed: no field gets two lines.

        Raises
        ------
        UsageError
            Its pixel size is not known.
        """
        entry = (
            Entry(found.id, inputs_of(files), failure=found)
            if isinstance(found, Failure)
            else self._measured(found)
        )
        if entry is None:
            return False
        self._store.record([entry])
        if entry.failure is None:
            paths = [self._store.folder / each.path for each in entry.outputs]
            write_text(read_prediction_parts(paths), self._stdout, PredictionForm.NDJSON)
        else:
            self._stdout.write(_error_line(entry.failure))
            self._stdout.flush()
        return True

    def _measured(self, source: FieldSource) -> Entry | None:
        settings = self._plan.settings
        [source] = settle((source,), settings.input, SILENT, estimate=False)
        field = replace(self._plan.fields, sources=(source,))
        before = field.inputs(settings)
        [(_, outcome)] = HERE.run(self._plan.work, [(source,)])
        if isinstance(outcome, Lost) or field.inputs(settings) != before:
            return None
        return replace(outcome[0], inputs=before[source.id])

    def end(self) -> RunResult:
        """Write what the folder states of all its fields, and return what became of them."""
        self._store.write_failures(())
        self._write_job()
        entries = [self.known[each] for each in sorted(self.known)]
        failed = [each.failure for each in entries if each.failure is not None]
        return RunResult(tuple(e for e in entries if e.failure is None), tuple(failed))

    def _write_job(self) -> None:
        command = self._plan.settings.command
        write_job(self._store.folder, job_now(WHOLE, len(self.known), command))


def _error_line(failure: Failure) -> str:
    facts = {"Id": failure.id, "error": failure.error, "stage": failure.stage}
    return (
        json.dumps({**facts, "file": failure.file, "hint": failure.hint}, ensure_ascii=False) + "\n"
    )
