"""merge -o FILE: output folders of predict → one file of predictions in any form."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.settings import PredictionForm
from hpa_features.pipeline.fields_summary import FieldsSummary
from hpa_features.pipeline.merge import common_run, entries_of, failed_to_find
from hpa_features.pipeline.predict import check_output, write_predictions
from hpa_features.pipeline.status import JobState, status

if TYPE_CHECKING:
    from hpa_features.io.store.journal import Entry


def merge_predictions(
    folders: Sequence[str],
    output: str,
    form: PredictionForm,
    *,
    overwrite: bool = False,
    stdout: TextIO | None = None,
) -> FieldsSummary:
    """Write the predictions of several folders to one file, fields by Id.

    Of one folder it is what `predict` of the same images with this file as output writes, where
    the images were given as a folder.

    Parameters
    ----------
    folders
        Output folders of predict with the same model and settings, of different fields.
    output
        A file, as of `predict`, or ``-``, `stdout`.
    form
        How predictions are laid out.
    overwrite
        Replace the file.
    stdout
        Written when `output` is ``-``.

    Raises
    ------
    UsageError
        A folder holds no predictions, or some by another model or other settings; the file exists
        or cannot carry the form.
    DataError
        A run is still writing or has stopped; a field is in two folders; files are missing.
    """
    from hpa_features.io.prediction_parts import read_prediction_parts
    from hpa_features.io.predictions import check_form

    began = time.monotonic()
    check_output(output, form, overwrite=overwrite)
    sources = [Path(folder) for folder in folders]
    verb = common_run(sources).get("verb")
    if verb != "predict":
        raise UsageError(
            f"{folders[0]} is of hpa-feat {verb}; only predictions are written to a file.",
            hint=f"Give a folder, such as -o {Path(output).stem}.",
        )
    found = entries_of(sources)
    _refuse_incomplete(folders)
    predictions = read_prediction_parts(_parts(found))
    check_form(form, predictions.labels)
    lost = [entry.failure for _, (_, entry) in sorted(found.items())]
    failed = (*failed_to_find(sources, found), *(each for each in lost if each is not None))
    rows = (*predictions.ids, *(each.id for each in failed))
    write_predictions(predictions, rows, failed, output, form, stdout=stdout)
    return FieldsSummary(
        fields=len(predictions.ids),
        cells=sum(entry.cells for _, entry in found.values()),
        failures=len(failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=failed,
    )


def _refuse_incomplete(folders: Sequence[str]) -> None:
    """Refuse folders that lack fields, which nobody would miss in a file."""
    for folder in folders:
        known = status(folder)
        left = [job for job in known.jobs if job.state is not JobState.COMPLETE]
        if left:
            runs = "the run" if len(known.jobs) == 1 else f"{len(left):,} of its shards"
            raise DataError(
                f"{folder} is not complete: {runs} stopped or did not start.",
                hint=f"hpa-feat status {folder} prints the commands that complete it.",
            )


def _parts(found: Mapping[str, tuple[Path, Entry]]) -> list[Path]:
    """Return the part files with the rows of these fields.

    Raises
    ------
    DataError
        One is missing or has another size than was written.
    """
    from hpa_features.io.store.journal import size_of

    sizes = {
        folder / out.path: out.size for folder, entry in found.values() for out in entry.outputs
    }
    for path, size in sizes.items():
        if size_of(path) != size:
            raise DataError(
                f"{path} is missing or damaged.",
                hint="Run the command that wrote it again; only missing parts are computed.",
            )
    return list(sizes)
