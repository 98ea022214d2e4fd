"""Fields cut out for pictures: read, segmented, and cropped side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import SegmenterName, SegmentSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.pipeline.segment import read_to_segment, segment_fields
from hpa_features.pipeline.warm_up import compile_segmentation
from hpa_features.report.thumbnails import CellCrop, crop_cell, crop_field, typical_cells
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.isolation import run_isolated


@dataclass(frozen=True, slots=True)
class CropFields:
    """The work on one field; pickled into worker processes.

    Attributes
    ----------
    settings
        How to read and segment; resolved.
    channels
        Channels that are looked at.
    cells
        How many cells of a field are cut out, those of median size first; 0: the whole field.
    """

    settings: SegmentSettings
    channels: tuple[Channel, ...]
    cells: int

    def __call__(self, source: FieldSource, monitor: Monitor) -> list[CellCrop] | Failure:
        """Return the field's crops, or why it failed."""
        monitor.begin(source.id)
        found = run_isolated(source.id, partial(self._crop, source))
        monitor.done()
        return found

    def _crop(self, source: FieldSource) -> list[CellCrop]:
        field = read_to_segment(source, self.channels, self.settings)
        [(field, masks)] = segment_fields([field], self.settings)
        cells = typical_cells(masks)[: self.cells]
        if not cells:  # the field is wanted, or it has none
            return [crop_field(field, masks)]
        return [crop_cell(field, masks, label) for label in cells]


def crops_of(
    sources: Sequence[FieldSource], work: CropFields, progress: Progress, executor: Executor
) -> tuple[dict[str, list[CellCrop]], list[Failure]]:
    """Return the crops by id, in the order of `sources`, and the fields that failed."""
    found: dict[str, list[CellCrop]] = {}
    failed = []
    progress.start("pictures", len(sources))
    given = work.settings.segmenter is SegmenterName.PRECOMPUTED  # then nothing is compiled
    prepare = None if given else partial(compile_segmentation, work.settings)
    outcomes = executor.run(work, sources, step=progress.advance, prepare=prepare, timed=True)
    with closing(outcomes):
        for source, result in outcomes:
            if isinstance(result, Lost):
                failed.append(Failure(source.id, "", "internal", result.reason, ""))
            elif isinstance(result, Failure):
                failed.append(result)
            else:
                found[source.id] = result
    progress.finish()
    return {each.id: found[each.id] for each in sources if each.id in found}, failed
