"""Thumbnails of a report: fields read and segmented again, or with the masks that were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import (
    ExtractSettings,
    InputSettings,
    PredictSettings,
    SegmenterName,
)
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.arrow import name_some
from hpa_features.io.masks import KEPT_MASKS
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.pipeline.predict_input import extract_settings
from hpa_features.pipeline.segment import read_to_segment, segment_fields
from hpa_features.pipeline.segmenters import resolve_segmenter
from hpa_features.pipeline.warm_up import compile_segmentation
from hpa_features.report.thumbnails import (
    CellCrop,
    contrast_of,
    crop_cell,
    data_uri,
    picture_of,
    typical_cell,
)
from hpa_features.running.executor import Executor, Lost, Monitor
from hpa_features.running.isolation import run_isolated


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Pictures of a cell of each field.

    Attributes
    ----------
    pictures
        Id → ``data:`` URI.
    texts
        Id → what the picture shows.
    failed
        Fields that could not be read.
    """

    pictures: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()


def thumbnails_of(
    ids: Iterable[str],
    facts: Mapping[str, Any],
    images: str,
    files: InputSettings,
    features: str,
    progress: Progress,
    executor: Executor,
) -> Thumbnails:
    """Return a picture of one cell of each of the fields `ids`, all at one scale and contrast.

    Parameters
    ----------
    facts
        ``model.json``: cells are found as for the training features.
    images
        Where the fields are, as `extract` takes them.
    files
        How they are read, and where their masks are; without a folder of masks, those that
        `features` keeps are used.
    features
        The feature table or store of the rows; may be empty.

    Raises
    ------
    UsageError, DataError
        No field is found, or the segmenter cannot be used.
    """
    kept = Path(features) / KEPT_MASKS
    if not files.masks and features and kept.is_dir():
        files = replace(files, masks=str(kept))
    settings = ExtractSettings(input=files)
    if facts["extraction"]:
        settings = extract_settings(facts, PredictSettings(input=files))
    fields = find_input_fields(images, settings, progress)
    wanted = set(ids)
    sources = tuple(source for source in fields.sources if source.id in wanted)
    absent = sorted(wanted - {source.id for source in sources})
    if absent:
        progress.warn(f"{images} lacks {len(absent):,} of the fields shown: {name_some(absent)}.")
    if not sources:
        return Thumbnails()
    settings = resolve_segmenter(settings, sources, Path(images), progress)
    crops, failed = _crops(sources, _CropField(settings, fields.channels), progress, executor)
    if failed:
        names = name_some([each.id for each in failed])
        progress.warn(f"{len(failed):,} fields have no thumbnail because they failed: {names}.")
    contrast = contrast_of(crops.values())
    return Thumbnails(
        pictures={name: data_uri(picture_of(crop, contrast)) for name, crop in crops.items()},
        texts={name: _text(name, crop) for name, crop in crops.items()},
        failed=tuple(failed),
    )


def _text(name: str, crop: CellCrop) -> str:
    cell = f"Cell {crop.number} of {name}" if crop.number else f"Middle of {name}"
    return f"{cell}: four channels with outlines, and the protein alone"


@dataclass(frozen=True, slots=True)
class _CropField:
    """The work on one field; pickled into worker processes."""

    settings: ExtractSettings
    channels: tuple[Channel, ...]

    def __call__(self, source: FieldSource, monitor: Monitor) -> CellCrop | Failure:
        monitor.begin(source.id)
        found = run_isolated(source.id, partial(self._crop, source))
        monitor.done()
        return found

    def _crop(self, source: FieldSource) -> CellCrop:
        field = read_to_segment(source, self.channels, self.settings)
        [(field, masks)] = segment_fields([field], self.settings)
        return crop_cell(field, masks, typical_cell(masks))


def _crops(
    sources: Sequence[FieldSource], work: _CropField, progress: Progress, executor: Executor
) -> tuple[dict[str, CellCrop], list[Failure]]:
    """Return the crops by id, in the order of `sources`, and the fields that failed."""
    found: dict[str, CellCrop] = {}
    failed = []
    progress.start("thumbnails", len(sources))
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
