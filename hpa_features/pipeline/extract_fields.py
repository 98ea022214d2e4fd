"""The work of `extract` on fields, and the tables that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hpa_features import __version__
from hpa_features.core.progress import Progress
from hpa_features.core.settings import Device, ExtractSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.tables import FEWEST_CELLS
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.field_facts import usable_cells
from hpa_features.features.measure import measure_all, upload
from hpa_features.features.metadata import CELLS, IMAGES
from hpa_features.features.registry import families_named, families_with
from hpa_features.features.tables import (
    Rows,
    cell_rows,
    cells_schema,
    image_rows,
    images_schema,
    table_of,
)
from hpa_features.io.masks import keep_masks, kept_masks
from hpa_features.io.store.journal import Entry, WrittenFile
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.run_file import describe_run, read_run
from hpa_features.pipeline.embeddings import (
    FIELDS_AT_ONCE,
    FieldVectors,
    Pair,
    embedded,
    resolve_embedding,
    rows_with_vectors,
    with_embedding,
)
from hpa_features.pipeline.field_batches import Ahead, cut_batches, map_batches
from hpa_features.pipeline.field_parts import Part, done_entry
from hpa_features.pipeline.field_runs import BLEEDING_FILES, SAME_CHANNELS, Plan
from hpa_features.pipeline.input_fields import InputFields
from hpa_features.pipeline.measuring_device import (
    batch_room,
    describe_device,
    measured_on,
    reading_threads,
)
from hpa_features.pipeline.segment import read_to_segment, segment_fields
from hpa_features.pipeline.segmenters import resolve_segmenter
from hpa_features.pipeline.warm_up import compile_all
from hpa_features.running.executor import Executor, Monitor
from hpa_features.running.parts import part_name
from hpa_features.running.pool import HERE
from hpa_features.segmentation import prepared_segmenter

_BLEED = "Bleed_"
_MUCH_BLEED = 0.1
USED_TOO = (
    f"cells at the border or without a nucleus, used because fewer than {FEWEST_CELLS} others "
    "are in their field"
)


Cut = Callable[[Sequence[Pair]], Iterable[Sequence[Pair]]]
"""Cuts pairs into batches that are measured together."""


class _Prepared(NamedTuple):
    pairs: Sequence[Pair]
    uploaded: Any


class _Measured(NamedTuple):
    rows: Mapping[str, Rows]
    cell_count: int
    cells_used: int
    notes: dict[str, int]


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """What was measured of a part.

    Attributes
    ----------
    tables
        Rows of the fields `done`, in their order; none where there are none.
    done
        By id, in order.
    failed
        Entries of the fields that failed.
    """

    tables: Mapping[str, pa.Table]
    done: Mapping[str, _Measured]
    failed: tuple[Entry, ...]

    def entries(
        self, outputs: Sequence[WrittenFile], more: Mapping[str, Mapping[str, int]] | None = None
    ) -> list[Entry]:
        """Return the entries of the fields that are done, `outputs` written; `more` has notes."""
        return [
            done_entry(
                field_id,
                outputs,
                each.cell_count,
                {**each.notes, **(more or {}).get(field_id, {})},
                len(self.done),
                each.cells_used,
            )
            for field_id, each in self.done.items()
        ]


@dataclass(frozen=True, slots=True)
class ExtractPart:
    """The work on one part of the fields; pickled into worker processes.

    Attributes
    ----------
    settings
        How to read, segment and measure; its families are named.
    channels
        Channels that are looked at.
    metadata
        ``Metadata_`` columns of the fields.
    folder
        Where part files go.
    readers
        Threads that read fields while a GPU measures others.
    """

    settings: ExtractSettings
    channels: tuple[Channel, ...]
    metadata: tuple[str, ...]
    folder: Path
    readers: int

    def __call__(self, part: Part, monitor: Monitor) -> tuple[Entry, ...]:
        """Measure the fields, write their tables as one part, and return what was written."""
        made = self.measure(part, monitor)
        if not made.done:
            return made.failed
        outputs = write_part(self.folder, part_name(made.done), made.tables)
        return (*made.entries(outputs), *made.failed)

    def measure(self, part: Part, monitor: Monitor) -> MeasuredPart:
        """Measure the fields and return their tables; nothing but masks is written."""
        # What the segmenter lacks ends the run, not every field.
        fewest = prepared_segmenter(self.settings).batch_pixels
        size, full = batch_room(self.settings.device, self.settings.grid_um, fewest)
        schemas = self.schemas()
        read = partial(read_to_segment, channels=self.channels, settings=self.settings)

        def cut(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
            return cut_batches(pairs, lambda pair: size(pair[0]), full)

        ahead = None
        if self.settings.device == Device.GPU:
            ahead = Ahead(self._prepare, partial(self._measure, schemas, cut), self.readers)

        def do(fields: Sequence[Field]) -> list[_Measured]:
            pairs = segment_fields(fields, self.settings)
            return self._measure(schemas, cut, _Prepared(pairs, None))

        many = full * (FIELDS_AT_ONCE if self.settings.embedding and ahead is None else 1)
        done, failed = map_batches(part, read, do, monitor, size=size, full=many, ahead=ahead)
        tables = {
            level: table_of([each.rows[level] for each in done.values()], schema)
            for level, schema in schemas.items()
            if done
        }
        return MeasuredPart(tables, done, failed)

    def lacks_masks(self, entry: Entry) -> bool:
        """Whether masks are wanted of a field that is done and has none."""
        return self.settings.keep_masks and not kept_masks(self.folder, entry.id)

    def schemas(self) -> dict[str, pa.Schema]:
        """Return the schemas of the tables."""
        return schemas_of(self.settings, self.channels, self.metadata)

    def _prepare(self, fields: Sequence[Field]) -> _Prepared:
        pairs = segment_fields(fields, self.settings)
        return _Prepared(pairs, upload(_batch(pairs, self.settings)))

    def _measure(
        self, schemas: Mapping[str, pa.Schema], cut: Cut, prepared: _Prepared
    ) -> list[_Measured]:
        pairs, uploaded = prepared
        batches = [pairs] if uploaded is not None else cut(pairs)
        rows = [
            each
            for some in batches
            for each in measured_rows(some, self.settings, schemas, uploaded)
        ]
        vectors = embedded(pairs, self.settings)
        if self.settings.keep_masks:
            for field, masks in pairs:
                keep_masks(masks, self.folder, field.id)
        return [
            _measured(pair, own, given)
            for pair, own, given in zip(pairs, rows, vectors, strict=True)
        ]


def _measured(pair: Pair, rows: dict[str, Rows], vectors: FieldVectors) -> _Measured:
    field, masks = pair
    [used] = rows[IMAGES].metadata["Metadata_CellsUsed"]
    notes = notes_of(field, masks, used) | vectors.notes
    return _Measured(rows_with_vectors(rows, pair, vectors), masks.count, used, notes)


def _batch(pairs: Sequence[Pair], settings: ExtractSettings) -> Batch:
    return Batch(tuple(f for f, _ in pairs), tuple(m for _, m in pairs), settings.grid_um)


def schemas_of(
    settings: ExtractSettings, channels: Sequence[Channel], metadata: Sequence[str]
) -> dict[str, pa.Schema]:
    """Return the schemas of the tables of fields with these channels and metadata."""
    families = families_with(settings.families, settings.columns)
    about = {"version": __version__, "settings": result_settings(settings)}
    schemas = {
        CELLS: cells_schema(families, channels, extra=metadata, about=about),
        IMAGES: images_schema(families, channels, extra=metadata, about=about),
    }
    return with_embedding(schemas, settings)


def measured_rows(
    pairs: Sequence[Pair],
    settings: ExtractSettings,
    schemas: Mapping[str, pa.Schema],
    uploaded: Any = None,
) -> list[dict[str, Rows]]:
    """Measure fields and their masks as one batch: each one's rows of both `schemas_of` them.

    `uploaded` is what `features.measure.upload` returned of them, if anything.
    """
    families = families_with(settings.families, settings.columns)
    batch = _batch(pairs, settings)
    measured = measure_all(batch, families, measured_on(settings.device), uploaded)
    cells = cell_rows(batch, measured, families, schemas[CELLS])
    images = image_rows(batch, measured, families, schemas[IMAGES])
    return [{CELLS: own, IMAGES: image} for own, image in zip(cells, images, strict=True)]


def plan_extraction(
    fields: InputFields,
    settings: ExtractSettings,
    folder: Path,
    progress: Progress,
    executor: Executor = HERE,
) -> Plan:
    """Return what is to be done, as `plan_measuring` gives it."""
    work, run = plan_measuring(fields, settings, folder, progress, executor)
    prepare, schemas = partial(compile_all, work.settings), work.schemas()
    return Plan(fields, work.settings, run, work, prepare, work.lacks_masks, schemas)


def plan_measuring(
    fields: InputFields,
    settings: ExtractSettings,
    folder: Path,
    progress: Progress,
    executor: Executor,
) -> tuple[ExtractPart, dict[str, Any]]:
    """Return the work on parts, with the families and the segmenter that `settings` mean.

    Also `describe_run` of it.

    A folder that was begun keeps its columns: fields may have more channels than it, which are
    ignored, and fewer ``Metadata_`` columns, which stay empty.

    Raises
    ------
    UsageError
        A family has no such name.
    """
    names = tuple(family.name for family in families_named(settings.families))
    settings = replace(settings, families=names)
    settings = resolve_segmenter(settings, fields.sources, folder, progress)
    before = (None if settings.overwrite else read_run(folder)) or {}
    kept = before.get("settings", {})
    channels, metadata = fields.channels, fields.metadata
    if set(kept.get("channels", ())) < set(channels):
        channels = tuple(Channel(each) for each in kept.get("channels", channels))
    if set(kept.get("metadata", ())) > set(metadata):
        metadata = tuple(kept["metadata"])
    settings = resolve_embedding(settings, channels, progress)
    work = ExtractPart(settings, channels, metadata, folder, reading_threads(executor.slots))
    run = describe_run(
        "extract",
        {**result_settings(settings), "channels": channels, "metadata": metadata},
        **describe_device(settings, progress, executor),
    )
    return work, run


def notes_of(field: Field, masks: Masks, used: int) -> dict[str, int]:
    """Return what is noted about a field, with counts."""
    others = max(used - int(usable_cells(masks).sum()), 0)
    own = {USED_TOO: others} if others else {}
    return {**masks.notes, **own, **_bleed_notes(field), **_same_notes(field)}


def _bleed_notes(field: Field) -> dict[str, int]:
    """Return the count of colour files whose other planes carry much light, if there are any."""
    shares = [float(text) for name, text in field.metadata.items() if name.startswith(_BLEED)]
    count = sum(share > _MUCH_BLEED for share in shares)
    return {BLEEDING_FILES: count} if count else {}


def _same_notes(field: Field) -> dict[str, int]:
    """Return the count of channel pairs that are copies of one image, if there are any."""
    same = [
        one
        for one, other in combinations(field.planes.values(), 2)
        # A few rows nearly always differ; blank planes may be alike.
        if np.array_equal(one[::64], other[::64])
        and np.array_equal(one, other)
        and one.min() < one.max()
    ]
    return {SAME_CHANNELS: len(same)} if same else {}
