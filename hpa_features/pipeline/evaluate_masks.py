"""evaluate-masks: label masks of cells or nuclei against reference masks of the same fields."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.judge_settings import EvaluateMasksSettings
from hpa_features.core.progress import SILENT, Progress
from hpa_features.pipeline.compare_masks import (
    CompareMasks,
    FieldAgreement,
    recorded_pixel_sizes,
)
from hpa_features.running.executor import Executor, Lost
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.io.store.output import TableFormat
    from hpa_features.segmentation.agreement import Agreement

_WITHOUT_BORDER = "_NoBorder"
"""What follows the name of a column that counts no border objects."""


@dataclass(frozen=True, slots=True)
class EvaluateMasksSummary:
    """What `evaluate_masks` found.

    Attributes
    ----------
    each
        The fields that were compared, by id.
    failed
        Those that could not be.
    only_predicted, only_reference
        Ids that have a mask in one folder only.
    output
        The table; None without one.
    seconds
        Time it took.
    """

    each: tuple[FieldAgreement, ...]
    failed: tuple[Failure, ...]
    only_predicted: tuple[str, ...]
    only_reference: tuple[str, ...]
    output: str | None
    seconds: float

    @property
    def fields(self) -> int:
        """Number of fields that were compared."""
        return len(self.each)

    @property
    def failures(self) -> int:
        """Number of fields that could not be."""
        return len(self.failed)


def evaluate_masks(
    predicted: str,
    reference: str,
    output: str = "",
    settings: EvaluateMasksSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
) -> EvaluateMasksSummary:
    """Score the masks of a folder against those of another, field by field.

    Parameters
    ----------
    predicted, reference
        Folders of masks, named as `io.masks` reads them.
    output
        File for the table, a row a field; empty: none.
    settings
        What is compared, and the tolerance of boundaries.
    progress
        Receives what has no partner.
    executor
        Where the work runs.

    Raises
    ------
    UsageError
        A folder is missing, or the table cannot be written there.
    DataError
        No field has a mask in both folders, or none could be compared.
    """
    from hpa_features.io.mask_files import mask_ids
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    began = time.monotonic()
    settings = settings or EvaluateMasksSettings()
    folders = (predicted, reference)
    for folder in folders:
        if not Path(folder).is_dir():
            raise UsageError(f"{folder} is not a folder of masks.")
    if Path(predicted).samefile(reference):
        progress.warn(f"{predicted} and {reference} are the same folder: all masks agree.")
    target = _target(output, overwrite=settings.overwrite)
    ids = [mask_ids(each, settings.objects, settings.input.cp_masks) for each in folders]
    both = sorted(set(ids[0]) & set(ids[1]))
    _check_ids(folders, ids, both, settings.objects)
    lone = [tuple(sorted(set(mine) - set(both))) for mine in ids]
    _warn_of_lone(folders, lone, settings.objects, progress)
    prepare_kernel_cache(progress)
    work = CompareMasks(settings, folders, recorded_pixel_sizes(folders))
    each, failed = _compare(work, both, progress, executor)
    if not each:
        raise DataError(
            f"none of the {len(failed):,} fields can be compared; {failed[0].id}: "
            f"{failed[0].error}",
            hint=failed[0].hint,
        )
    _note_pixel_sizes(each, settings, progress)
    if target is not None:
        _write(each, *target)
    seconds = time.monotonic() - began
    return EvaluateMasksSummary(each, failed, lone[0], lone[1], output or None, seconds)


def _target(output: str, *, overwrite: bool) -> tuple[Path, TableFormat] | None:
    """Return the file of the table and its format, None where none is asked for."""
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.io.store.output import parse_output

    if not output:
        return None
    target = parse_output(output)
    if target.path is None or target.format is None:
        raise UsageError(f"-o {output}: wanted a file that ends in .csv, .parquet or .arrow.")
    refuse_existing(target.path, overwrite=overwrite)
    return target.path, target.format


def _check_ids(
    folders: Sequence[str], ids: Sequence[Sequence[str]], both: Sequence[str], objects: str
) -> None:
    for folder, found in zip(folders, ids, strict=True):
        if not found:
            raise DataError(
                f"{folder} has no masks of {objects}.",
                hint=f"Wanted <Id>_{objects}.png or .tif, as segment writes them and --masks reads "
                "them.",
            )
    if not both:
        raise DataError(
            f"{folders[0]} and {folders[1]} have masks of no common Id: "
            f"{ids[0][0]!r} and {ids[1][0]!r}.",
            hint=f"Masks of one field must have the same Id before _{objects} in both folders.",
        )


def _warn_of_lone(
    folders: Sequence[str], lone: Sequence[Sequence[str]], objects: str, progress: Progress
) -> None:
    from hpa_features.io.arrow import name_some

    for folder, other, ids in zip(folders, folders[::-1], lone, strict=True):
        if ids:
            progress.warn(
                f"masks of {objects} in {folder} without a partner in {other} are not "
                f"scored ({len(ids):,}): {name_some(list(ids), 3)}."
            )


def _compare(
    work: CompareMasks, ids: Sequence[str], progress: Progress, executor: Executor
) -> tuple[tuple[FieldAgreement, ...], tuple[Failure, ...]]:
    """Return the fields that were compared and those that failed, in the order of `ids`."""
    found: dict[str, FieldAgreement | Failure] = {}
    progress.start("comparing masks", len(ids))
    with closing(executor.run(work, ids, step=progress.advance)) as outcomes:
        for field_id, result in outcomes:
            if isinstance(result, Lost):
                error = f"{result.reason}."
                found[field_id] = Failure(field_id, "", "internal", error, "Try it with --jobs 1.")
            else:
                found[field_id] = result
    progress.finish()
    results = [found[each] for each in ids]
    return (
        tuple(each for each in results if isinstance(each, FieldAgreement)),
        tuple(each for each in results if isinstance(each, Failure)),
    )


def _note_pixel_sizes(
    each: Sequence[FieldAgreement], settings: EvaluateMasksSettings, progress: Progress
) -> None:
    unknown = sum(field.pixel_size_um is None for field in each)
    if unknown:
        progress.warn(
            f"the pixel size of {unknown:,} of {len(each):,} fields is not known: no boundary F1 "
            "for them. If you know it: --pixel-size-um."
        )
    assumed = {field.pixel_size_um for field in each if field.assumed}
    if assumed:
        sizes = " and ".join(f"{size:g}" for size in sorted(filter(None, assumed)))
        progress.note(
            f"pixels of {sizes} µm are assumed from names and sizes for the boundary tolerance of "
            f"{settings.tolerance_um:g} µm (--pixel-size-um overrides)."
        )


def _write(each: Sequence[FieldAgreement], path: Path, kind: TableFormat) -> None:
    """Write the table, a row a field; under its name it is whole."""
    from hpa_features.io.store.writers import write_table_file

    table = _table(each)
    write_table_file(path, kind, table.schema, [table])


def _table(each: Sequence[FieldAgreement]) -> pa.Table:
    """Return Id, pixel size, and counts and scores with and without border objects."""
    import pyarrow as pa

    rows = [
        {
            "Id": field.id,
            "PixelSizeUm": field.pixel_size_um,
            **_columns(field.all, ""),
            **_columns(field.inner, _WITHOUT_BORDER),
        }
        for field in each
    ]
    kinds = {str: pa.string(), int: pa.int64()}
    schema = [(name, kinds.get(type(value), pa.float64())) for name, value in rows[0].items()]
    return pa.Table.from_pylist(rows, schema=pa.schema(schema))


def _columns(counts: Agreement, ending: str) -> dict[str, float]:
    """Return the counts and scores of a field; NaN where a score is not defined."""
    values = {
        "Predicted": counts.predicted,
        "Reference": counts.reference,
        "Matched": counts.matched[0],
        **counts.scores(),
    }
    return {f"{name}{ending}": value for name, value in values.items()}
