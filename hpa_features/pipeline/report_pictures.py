"""Thumbnails of a report: fields read and segmented again, or with the masks that were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import (
    ExtractSettings,
    InputSettings,
    PredictSettings,
)
from hpa_features.io.arrow import name_some
from hpa_features.io.masks import KEPT_MASKS
from hpa_features.pipeline.field_pictures import CropFields, crops_of
from hpa_features.pipeline.input_fields import find_input_fields
from hpa_features.pipeline.predict_input import extract_settings
from hpa_features.pipeline.segmenters import resolve_segmenter
from hpa_features.report.thumbnails import CellCrop, contrast_of, data_uri, picture_of
from hpa_features.running.executor import Executor


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
        settings = extract_settings(facts, PredictSettings(input=files), only_drawn=True)
    fields = find_input_fields(images, settings, progress)
    wanted = set(ids)
    sources = tuple(source for source in fields.sources if source.id in wanted)
    absent = sorted(wanted - {source.id for source in sources})
    if absent:
        progress.warn(f"{images} lacks {len(absent):,} of the fields shown: {name_some(absent)}.")
    if not sources:
        return Thumbnails()
    settings = resolve_segmenter(settings, sources, Path(images), progress)
    found, failed = crops_of(sources, CropFields(settings, fields.channels, 1), progress, executor)
    crops = {name: each[0] for name, each in found.items()}
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
    cell = f"Cell {crop.number} of {name}" if crop.number else f"{name}, which has no cells"
    return f"{cell}: four channels with outlines, and the protein alone"
