"""Fields in memory: their cells found and measured as `extract` does with files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import (
    CellposeSettings,
    ExtractSettings,
    SegmenterName,
    SegmentSettings,
)
from hpa_features.core.types import CHANNELS, Channel, Field, Masks
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    import pyarrow as pa

    from hpa_features.features.tables import Rows
    from hpa_features.pipeline.predict_input import Given

Pair = tuple[Field, Masks]
_FOUND_OR_GIVEN = frozenset(
    {
        SegmenterName.WATERSHED,
        SegmenterName.PRECOMPUTED,
        SegmenterName.PRECOMPUTED_OR_WATERSHED,
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Both tables of some fields, and the settings that made them."""

    images: pa.Table
    cells: pa.Table
    settings: ExtractSettings


def find_cells(
    field: Field,
    segmenter: SegmenterName,
    progress: Progress,
    cellpose: CellposeSettings | None = None,
) -> Masks:
    """Return the masks of a field; `auto` is resolved by whether it has given masks.

    `cellpose` has the resolved settings of that segmenter.

    Raises
    ------
    FieldError
        It cannot be segmented.
    """
    from hpa_features.pipeline.segment import segment_fields
    from hpa_features.pipeline.segmenters import fitting_segmenters
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    prepare_kernel_cache(progress)
    if segmenter is SegmenterName.AUTO:
        segmenter = fitting_segmenters([field.given is not None])[0]
    settings = SegmentSettings(segmenter=segmenter, cellpose=cellpose)
    [(_, masks)] = segment_fields([field], settings)
    return replace(masks, segmenter=segmenter.value, cellpose=cellpose)


def measure_memory(
    pairs: Sequence[Pair],
    settings: ExtractSettings,
    progress: Progress,
    executor: Executor = HERE,
) -> Measured:
    """Measure fields with their masks; the segmenter of `settings` becomes that of the masks.

    Channels that not all fields have are excluded.

    Raises
    ------
    UsageError
        Masks were found in ways that do not mix, or there is no such family.
    """
    from hpa_features.features.metadata import CELLS, IMAGES
    from hpa_features.features.registry import families_named
    from hpa_features.features.tables import table_of
    from hpa_features.pipeline.embeddings import resolve_embedding
    from hpa_features.pipeline.extract_fields import schemas_of
    from hpa_features.pipeline.field_runs import tell_notes
    from hpa_features.pipeline.input_fields import (
        own_metadata,
        warn_of_clashes,
        warn_of_coarse_fields,
    )
    from hpa_features.running.executor import map_tasks
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    settings = replace(
        settings, families=tuple(family.name for family in families_named(settings.families))
    )
    settings = _with_segmenter(settings, [masks for _, masks in pairs])
    fields = [field for field, _ in pairs]
    channels = tuple(c for c in CHANNELS if all(c in field.planes for field in fields))
    if lacking := sum(Channel.ER not in field.planes for field in fields):
        progress.note(f"{lacking:,} of {len(fields):,} fields have no ER; it is not measured.")
    warn_of_clashes(fields, progress)
    warn_of_coarse_fields([field.pixel_size_um for field in fields], settings.grid_um, progress)
    prepare_kernel_cache(progress)
    settings = resolve_embedding(settings, channels, progress)
    schemas = schemas_of(settings, channels, own_metadata(fields))
    progress.start("fields", len(pairs))
    measured = map_tasks(executor, partial(_measure_one, settings, channels, schemas), pairs)
    progress.finish()
    tell_notes([each.note for each in measured], progress)
    tables = {
        level: table_of([each.rows[level] for each in measured], schemas[level])
        for level in (CELLS, IMAGES)
    }
    return Measured(images=tables[IMAGES], cells=tables[CELLS], settings=settings)


def given_of_pairs(
    pairs: Sequence[Pair],
    settings: ExtractSettings,
    facts: Mapping[str, Any],
    progress: Progress,
    executor: Executor = HERE,
) -> Given:
    """Measure fields for a model with the ``model.json`` `facts`, by its `extract_settings`.

    Warns where the masks were found in another way than in training; errors as `measure_memory`.
    """
    from hpa_features.core.stored_settings import result_settings
    from hpa_features.io.tables import features_of
    from hpa_features.pipeline.cell_tables import load_cells
    from hpa_features.pipeline.predict_columns import report_differences
    from hpa_features.pipeline.predict_input import Given

    measured = measure_memory(pairs, settings, progress, executor)
    report_differences(facts, progress, result_settings(measured.settings))
    table = features_of(measured.images, "the fields", progress=progress)
    cells = load_cells(measured.cells, "the fields") if facts.get("cells") else None
    return Given(table, cells=cells)


class _One(NamedTuple):
    rows: dict[str, Rows]
    note: tuple[str, int, dict[str, int]]


def _measure_one(
    settings: ExtractSettings,
    channels: tuple[Channel, ...],
    schemas: Mapping[str, pa.Schema],
    pair: Pair,
) -> _One:
    from hpa_features.features.metadata import IMAGES
    from hpa_features.pipeline.embeddings import embedded, rows_with_vectors
    from hpa_features.pipeline.extract_fields import measured_rows, notes_of

    field, masks = pair
    planes = {channel: field.planes[channel] for channel in channels}
    field = replace(field, planes=planes, given=None)
    [rows] = measured_rows([(field, masks)], settings, schemas)
    [used] = rows[IMAGES].metadata["Metadata_CellsUsed"]
    pair = (field, masks)
    [vectors] = embedded([pair], settings)
    notes = notes_of(field, masks, used) | vectors.notes
    return _One(rows_with_vectors(rows, pair, vectors), (field.id, masks.count, notes))


def _with_segmenter(settings: ExtractSettings, masks: Sequence[Masks]) -> ExtractSettings:
    """Return settings with the segmenter that found the masks."""
    from hpa_features.segmentation import segmenter_of

    names = {SegmenterName(each.segmenter) for each in masks}
    if len(names) > 1 and names <= _FOUND_OR_GIVEN:
        names = {SegmenterName.PRECOMPUTED_OR_WATERSHED}
    if len(names) > 1:
        raise UsageError(
            f"The masks were found in different ways: {', '.join(sorted(names))}.",
            hint="Find all cells of a table with one segmenter.",
        )
    found = {each.cellpose for each in masks}
    if len(found) > 1:
        raise UsageError(
            "The masks were found by Cellpose with different settings.",
            hint="Find all cells of a table with the same settings.",
        )
    settings = replace(settings, segmenter=names.pop(), cellpose=found.pop())
    return replace(settings, segmenter_digest=segmenter_of(settings).digest)


def refuse_repeated(ids: Sequence[str]) -> None:
    """Refuse fields that share an id.

    Raises
    ------
    UsageError
        Some do.
    """
    repeated = [each for each, count in Counter(ids).items() if count > 1]
    if repeated:
        raise UsageError(
            f"{Counter(ids)[repeated[0]]} fields are named {repeated[0]!r}; each needs its own id.",
            hint="Name them: make_field(..., field_id=...).",
        )
