"""export: measured cells → the files of other programs."""

from __future__ import annotations

import time
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.export_settings import ExportForm, ExportSettings
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.pipeline.fields_summary import FieldsSummary

_FORM_OF_ENDING = {".h5ad": ExportForm.H5AD, ".csv": ExportForm.DEFINITIONS}


def export(
    source: str,
    output: str,
    settings: ExportSettings | None = None,
    progress: Progress = SILENT,
) -> FieldsSummary:
    """Write cells for scanpy (AnnData), QuPath or ImageJ, or the definitions of their columns.

    Parameters
    ----------
    source
        A folder that ``extract`` wrote or a table of cells; for outlines also a folder of masks.
    output
        An ``.h5ad`` or ``.csv`` file; for outlines a folder, which gets a file for each field:
        ``<Id>.geojson`` or ``<Id>_rois.zip``.
    settings
        What to write; default: by the output's name.
    progress
        Receives the number of fields.

    Raises
    ------
    UsageError
        The form is not known, or does not fit the output; there are no cells or masks; the output
        exists.
    MissingExtra
        A package that writes the form is not installed.
    DataError
        A file is damaged.
    """
    from hpa_features.pipeline.export_outlines import write_outlines
    from hpa_features.pipeline.export_scores import read_scores
    from hpa_features.pipeline.export_tables import write_cells, write_definitions

    began = time.monotonic()
    settings = settings or ExportSettings()
    form = _form(output, settings)
    scores = read_scores(settings.predictions)
    failed: tuple[Failure, ...] = ()
    if form is ExportForm.DEFINITIONS:
        fields, cells = write_definitions(source, output, settings)
    elif form is ExportForm.H5AD:
        fields, cells = write_cells(source, output, settings, scores, progress)
    else:
        fields, cells, failed = write_outlines(source, output, form, settings, scores, progress)
    return FieldsSummary(
        fields=fields,
        cells=cells,
        failures=len(failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=failed,
    )


def _form(output: str, settings: ExportSettings) -> ExportForm:
    """Return the form that is wanted, and check that the output's name fits it."""
    ending = Path(output).suffix.lower()
    form = settings.form or _FORM_OF_ENDING.get(ending)
    if form is None:
        raise UsageError(
            f"{output} has no ending that names a format.",
            hint="Name a .h5ad file, or a folder and --format geojson or rois.",
        )
    of_file = [each for each, known in _FORM_OF_ENDING.items() if known is form]
    if of_file and ending not in of_file:
        raise UsageError(f"--format {form} writes a {of_file[0]} file, not {output}.")
    if not of_file and (ending in {*_FORM_OF_ENDING, ".geojson", ".zip"} or Path(output).is_file()):
        raise UsageError(
            f"--format {form} writes a file for each field, but {output} is not a folder.",
            hint="Give a folder for -o.",
        )
    return form
