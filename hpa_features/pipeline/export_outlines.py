"""Masks with predictions → outlines of cells, a file for each field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hpa_features.core.errors import DataError, FieldError, UsageError
from hpa_features.core.export_settings import ExportForm, ExportSettings
from hpa_features.core.failures import Failure
from hpa_features.core.outlines import OutlinedCell
from hpa_features.core.progress import Progress
from hpa_features.core.settings import InputSettings
from hpa_features.pipeline.export_scores import Scores

_ENDINGS = {ExportForm.GEOJSON: ".geojson", ExportForm.ROIS: "_rois.zip"}


def write_outlines(
    source: str,
    output: str,
    form: ExportForm,
    settings: ExportSettings,
    scores: Scores,
    progress: Progress,
) -> tuple[int, int, tuple[Failure, ...]]:
    """Write the outlines of every field that has masks; return fields, cells and failures.

    Raises
    ------
    UsageError
        There are no masks; a file exists.
    DataError
        None of the fields has usable masks.
    """
    from hpa_features.io.arrow import name_some
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.io.mask_files import mask_ids
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    masks = _masks_of(source, settings)
    ids = mask_ids(masks, "cells")
    if not ids:
        raise UsageError(f"{masks} has no masks (<Id>_cells.png).", hint=_HINT)
    for each in ids:
        refuse_existing(Path(output) / f"{each}{_ENDINGS[form]}", overwrite=settings.overwrite)
    if missing := scores.missing(ids):
        progress.warn(
            f"{len(missing):,} of {len(ids):,} fields have no predictions: {name_some(missing)}."
        )
    prepare_kernel_cache(progress)
    with_nuclei = frozenset(mask_ids(masks, "nuclei"))
    count, failed = 0, []
    progress.start("fields", len(ids))
    for each in ids:
        try:
            cells = list(_outlined(each, masks, scores, nucleated=each in with_nuclei))
        except FieldError as error:
            failed.append(Failure.of(each, error))
        else:
            _write(Path(output) / f"{each}{_ENDINGS[form]}", each, form, cells)
            count += len(cells)
        progress.advance()
    progress.finish()
    if len(failed) == len(ids):
        raise DataError(f"None of the fields can be read; {ids[0]}: {failed[0].error}")
    return len(ids) - len(failed), count, tuple(failed)


_HINT = "Write them with hpa-feat extract --keep-masks, or give --masks DIR (of hpa-feat segment)."


def _masks_of(source: str, settings: ExportSettings) -> str:
    """Return the folder of masks: the one given, the one in `source`, or `source`."""
    from hpa_features.io.masks import KEPT_MASKS

    kept = Path(source) / KEPT_MASKS
    masks = settings.masks or (str(kept) if kept.is_dir() else source)
    if not Path(masks).is_dir():
        raise UsageError(f"{masks} is not a folder of masks.", hint=_HINT)
    return masks


def _outlined(
    field_id: str, masks: str, scores: Scores, *, nucleated: bool
) -> Iterator[OutlinedCell]:
    import numpy as np

    from hpa_features.io.masks import read_mask
    from hpa_features.segmentation.polygons import polygons
    from hpa_features.segmentation.reconcile import reconcile

    where = InputSettings(masks=masks)
    file, cells = read_mask(field_id, "cells", where)
    nuclei = np.zeros_like(cells)
    if nucleated:
        _, nuclei = read_mask(field_id, "nuclei", where)
    if nuclei.shape != cells.shape:
        raise FieldError(
            "the masks of cells and of nuclei differ in size.", stage="masks", file=file
        )
    clean = reconcile(cells, nuclei, keep_numbers=True)
    inner = polygons(clean.nuclei)
    for label, outline in polygons(clean.cells).items():
        number = int(clean.object_numbers[label - 1])
        values, classes = scores.of(field_id, number)
        named = dict(zip(scores.names, values.tolist()))
        yield OutlinedCell(number, outline, inner.get(label, ()), classes, named)


def _write(path: Path, field_id: str, form: ExportForm, cells: list[OutlinedCell]) -> None:
    from hpa_features.io.geojson import write_geojson
    from hpa_features.io.imagej import write_rois

    if form is ExportForm.GEOJSON:
        write_geojson(path, field_id, cells)
    else:
        write_rois(path, cells)
