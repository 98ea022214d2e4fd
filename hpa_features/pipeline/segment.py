"""segment: images → label masks of cells and nuclei, a pair of files per field."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import InputSettings, MaskFormat, SegmentSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.types import Channel, Field, FieldSource, Masks
from hpa_features.pipeline.fields_summary import FieldsSummary
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.store.journal import Entry
    from hpa_features.pipeline.field_parts import Part
    from hpa_features.running.executor import Monitor


def segment(
    where: str,
    output: str,
    settings: SegmentSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    preview: str = "",
    mask_format: MaskFormat = MaskFormat.PNG,
    stdin: BinaryIO | None = None,
) -> FieldsSummary:
    """Write the label masks ``<Id>_cells`` and ``<Id>_nuclei`` of every field.

    Parameters
    ----------
    where
        Images, as `io.manifest.find_fields` takes them.
    output
        Folder of the masks; what is there from a run with the same settings is not done again.
    settings
        How to read, segment and run.
    progress
        Receives progress.
    executor
        Where the work runs.
    preview
        Folder of overlay pictures; empty: none.
    mask_format
        How masks are written: as PNG (TIFF where a label exceeds 65,535), or as OME-Zarr.
    stdin
        Read when `where` is ``-``.

    Raises
    ------
    UsageError
        The command cannot start, `output` was made with other settings, or files of others would
        be replaced.
    DataError
        No field was found, or none could be done.
    """
    from hpa_features.io.store.run_file import describe_run
    from hpa_features.io.zarr_nodes import require_zarr
    from hpa_features.pipeline.field_runs import Plan, run_fields
    from hpa_features.pipeline.input_fields import find_input_fields
    from hpa_features.pipeline.segmenters import resolve_segmenter
    from hpa_features.pipeline.warm_up import compile_segmentation

    settings = settings or SegmentSettings()
    began = time.monotonic()
    folder, pictures = Path(output), Path(preview) if preview else None
    if folder.is_file():
        raise UsageError(f"-o {output} is a file; masks need a folder.")
    fields = find_input_fields(where, settings, progress, stdin)
    settings = resolve_segmenter(settings, fields.sources, folder, progress)
    _check_places(fields.ids, folder, pictures, settings, progress)
    if mask_format is MaskFormat.OME_ZARR:
        require_zarr()
    # PNG is what folders hold whose run.json does not state it.
    form = {} if mask_format is MaskFormat.PNG else {"mask_format": mask_format.value}
    run = describe_run(
        "segment",
        {**result_settings(settings), "channels": fields.channels, **form},
    )
    work = SegmentPart(settings, fields.channels, folder, pictures, mask_format)
    prepare = partial(compile_segmentation, settings)
    plan = Plan(fields, settings, run, work, prepare, work.lacks_picture)
    result = run_fields(plan, folder, progress, executor)
    seconds = time.monotonic() - began
    failures = len(result.failed)
    return FieldsSummary(len(result.done), result.cells, failures, seconds, output, result.failed)


def _check_places(
    ids: Sequence[str],
    folder: Path,
    pictures: Path | None,
    settings: SegmentSettings,
    progress: Progress,
) -> None:
    """Refuse to replace files that no earlier run wrote, and report others in the same places."""
    from hpa_features.io.mask_files import mask_names
    from hpa_features.pipeline.other_files import has_a_run, note_other_files, refuse_to_replace

    names = {_picture_name(each) for each in ids}
    if not has_a_run(folder):
        masks = (name for each in ids for name in mask_names(each))
        refuse_to_replace(folder, masks, overwrite=settings.overwrite)
        if pictures is not None:
            refuse_to_replace(pictures, names, overwrite=settings.overwrite)
    if pictures is not None:
        note_other_files(pictures, progress, names)
        # A place that cannot be written ends the run, not every field.
        pictures.mkdir(parents=True, exist_ok=True)


def _picture_name(field_id: str) -> str:
    return f"{field_id}.png"


def segment_fields(fields: Sequence[Field], settings: SegmentSettings) -> list[tuple[Field, Masks]]:
    """Find the cells of a batch of fields, as `read_to_segment` gives them.

    The segmenter of `settings` is resolved.

    Raises
    ------
    FieldError
        One of the fields cannot be segmented.
    """
    from hpa_features.segmentation import prepared_segmenter

    masks = prepared_segmenter(settings).segment(fields)
    # Measuring needs the masks that were made of the given ones, and not these beside them.
    fields = [replace(field, given=None) for field in fields]
    return list(zip(fields, masks, strict=True))


def read_to_segment(
    source: FieldSource, channels: tuple[Channel, ...], settings: SegmentSettings
) -> Field:
    """Return the pixels of a field, and its given masks where the segmenter takes them.

    `channels` are those that all fields of the run have; others are not read.

    Raises
    ------
    FieldError
        The field or its given masks cannot be read.
    """
    from hpa_features.io.masks import read_given
    from hpa_features.segmentation import prepared_segmenter

    field = read_channels(source, channels, settings.input)
    if prepared_segmenter(settings).takes_given:
        field = replace(field, given=read_given(source, field.shape, settings.input))
    return field


def read_channels(
    source: FieldSource, channels: tuple[Channel, ...], settings: InputSettings
) -> Field:
    """Return the pixels of a field, of these channels only.

    Raises
    ------
    FieldError
        As `io.images.read_field`.
    """
    from hpa_features.io.images import read_field

    files = {channel: source.files[channel] for channel in channels}
    return read_field(replace(source, files=files), settings)


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """The work on one part of the fields; pickled into worker processes."""

    settings: SegmentSettings
    channels: tuple[Channel, ...]
    folder: Path
    pictures: Path | None
    mask_format: MaskFormat = MaskFormat.PNG

    def __call__(self, part: Part, monitor: Monitor) -> tuple[Entry, ...]:
        """Write the masks of each field and return what was written."""
        from hpa_features.pipeline.field_batches import map_batches
        from hpa_features.segmentation import prepared_segmenter

        # What the segmenter lacks ends the run, not every field.
        pixels = prepared_segmenter(self.settings).batch_pixels
        done, failed = map_batches(part, self._read, self._write_masks, monitor, full=pixels)
        return (*done.values(), *failed)

    def lacks_picture(self, entry: Entry) -> bool:
        """Whether a picture is wanted of a field that is done and has none."""
        return self.pictures is not None and not self._picture(entry.id).exists()

    def _picture(self, field_id: str) -> Path:
        return (self.pictures or self.folder) / _picture_name(field_id)

    def _read(self, source: FieldSource) -> Field:
        from hpa_features.io.masks import check_file_name

        check_file_name(source.id)
        return read_to_segment(source, self.channels, self.settings)

    def _write_masks(self, fields: Sequence[Field]) -> list[Entry]:
        return [self._write(*each) for each in segment_fields(fields, self.settings)]

    def _write(self, field: Field, masks: Masks) -> Entry:
        from hpa_features.io.label_zarr import write_zarr_masks
        from hpa_features.io.masks import write_masks
        from hpa_features.io.store.journal import WrittenFile
        from hpa_features.pipeline.field_parts import done_entry

        if self.pictures is not None:
            from hpa_features.report.overlay import overlay, write_picture

            write_picture(overlay(field, masks), self._picture(field.id))
        if self.mask_format is MaskFormat.OME_ZARR:
            paths = write_zarr_masks(masks, self.folder, field.id, field.pixel_size_um)
        else:
            paths = write_masks(masks, self.folder, field.id)
        written = [
            WrittenFile(path.relative_to(self.folder).as_posix(), path.stat().st_size)
            for path in paths
        ]
        return done_entry(field.id, written, masks.count, masks.notes)
