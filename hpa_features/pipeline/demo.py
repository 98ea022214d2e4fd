"""`demo`: every step on simulated fields: simulate → extract → train → importance → report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import UsageError
from hpa_features.core.judge_settings import ImportanceSettings, ReportSettings
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import ExtractSettings, SegmenterName
from hpa_features.core.simulate_settings import DemoSettings, SimulateSettings
from hpa_features.core.tables import means_yes
from hpa_features.core.train_settings import TrainSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.core.tables import FeatureTable, LabelTable
    from hpa_features.learn.importance import BlockImportance

PIXEL_SIZE_UM = 0.32
FIELDS, FEATURES, MODEL = "fields", "features", "model-of-simulated-fields"
OVERLAY, REPORT = "overlay.png", "report.html"


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What the demo did.

    Attributes
    ----------
    fields, cells, features, failures
        As `extract` counts them.
    seconds
        Wall time of all of it.
    output
        The model directory.
    overlay
        Picture of one field with its cells.
    report
        Page about the model.
    facts
        ``model.json``: labels with their figures, and the report.
    labels
        Names, in the order of each block's figures.
    blocks
        Blocks of features, the most important first.
    """

    fields: int
    cells: int
    features: int
    failures: int
    seconds: float
    output: str
    overlay: str
    report: str
    facts: Mapping[str, Any]
    labels: tuple[str, ...]
    blocks: tuple[BlockImportance, ...]


def demo(
    folder: Path,
    settings: DemoSettings | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = SILENT,
    executor: Executor = HERE,
) -> DemoSummary:
    """Simulate fields, find and measure their cells, train, and ask what the model relies on.

    Parameters
    ----------
    folder
        Gets fields, features, model, a picture and a report.
    settings
        How many fields.
    overwrite
        Replace an earlier demo.
    progress
        Receives progress.
    executor
        Where the work runs.

    Raises
    ------
    UsageError
        Something is at `folder` and may not be replaced, or there are too few groups to train.
    """
    from hpa_features.io.groups import NONE
    from hpa_features.io.labels import read_labels
    from hpa_features.pipeline.extract import extract
    from hpa_features.pipeline.feature_tables import load_features
    from hpa_features.pipeline.importance import importance
    from hpa_features.pipeline.report import report
    from hpa_features.pipeline.simulate import LABELS, MANIFEST, simulate
    from hpa_features.pipeline.train import train

    began = time.monotonic()
    settings = settings or DemoSettings()
    _check_place(folder, overwrite=overwrite)
    study = _study(settings)
    simulate(folder / FIELDS, study, overwrite=overwrite, progress=progress, executor=executor)
    fields, features, model = (str(folder / name) for name in (FIELDS, FEATURES, MODEL))
    progress.note(f"fields: {fields}")
    # Watershed, as on a reader's own images, not the true masks.
    measuring = ExtractSettings(segmenter=SegmenterName.WATERSHED, overwrite=overwrite)
    measured = extract(f"{fields}/{MANIFEST}", features, measuring, progress, executor=executor)
    progress.note(f"features: {features}")
    labels = f"{fields}/{LABELS}"
    _draw_overlay(
        f"{fields}/{MANIFEST}",
        load_features(features),
        read_labels(labels),
        measuring,
        folder / OVERLAY,
    )
    # Every field shows a protein of its own, so no rows need to be kept together.
    learning = TrainSettings(seed=settings.seed, group=NONE)
    trained = train(
        features, labels, model, learning, progress, executor=executor, overwrite=overwrite
    )
    asking = ImportanceSettings(seed=settings.seed)
    asked = importance(
        model,
        features,
        settings=asking,
        progress=progress,
        executor=executor,
    )
    report(
        model,
        str(folder / REPORT),
        ReportSettings(features=features, images=f"{fields}/{MANIFEST}", seed=settings.seed),
        losses=asked.blocks,
        progress=progress,
        executor=executor,
        overwrite=overwrite,
    )
    return DemoSummary(
        fields=measured.fields,
        cells=measured.cells,
        features=measured.features,
        failures=measured.failures,
        seconds=time.monotonic() - began,
        output=model,
        overlay=str(folder / OVERLAY),
        report=str(folder / REPORT),
        facts=trained.facts,
        labels=asked.labels,
        blocks=asked.blocks,
    )


def _check_place(folder: Path, *, overwrite: bool) -> None:
    if folder.is_file():
        raise UsageError(f"-o {folder} is a file; the demo needs a folder.")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise UsageError(
            f"{folder} is not empty.",
            hint="Replace an earlier demo with --overwrite, or change -o.",
        )


def _study(settings: DemoSettings) -> SimulateSettings:
    return SimulateSettings(
        fields=settings.fields,
        size=settings.size,
        pixel_size_um=PIXEL_SIZE_UM,
        group_size=1,
        seed=settings.seed,
    )


def _draw_overlay(
    manifest: str, features: FeatureTable, labels: LabelTable, settings: ExtractSettings, path: Path
) -> None:
    """Draw a field of whole cells, with the location of its protein in words."""
    from hpa_features.core.types import CHANNELS
    from hpa_features.io.manifest import find_fields
    from hpa_features.pipeline.segment import read_to_segment, segment_fields
    from hpa_features.report.overlay import overlay, write_picture

    shown = _field_to_show(features, labels)
    sources = find_fields(manifest, settings.input).sources
    source = next(each for each in sources if each.id == shown)
    field = read_to_segment(source, CHANNELS, settings)
    [(field, masks)] = segment_fields([field], settings)
    write_picture(overlay(field, masks, ", ".join(_locations(labels)[shown])), path)


def _field_to_show(features: FeatureTable, labels: LabelTable) -> str:
    """Return the field with the most whole cells, of those with one location if there are any."""
    used, whole = (features.metadata[name] for name in ("CellsUsed", "AllCellsUsed"))
    cells = {
        name: 0 if means_yes(all_used) else int(count)
        for name, count, all_used in zip(features.ids, used, whole, strict=True)
    }
    locations = _locations(labels)
    return max(cells, key=lambda name: (len(locations[name]) == 1, cells[name]))


def _locations(labels: LabelTable) -> dict[str, list[str]]:
    return {
        name: [label for label, has in zip(labels.labels, row, strict=True) if has]
        for name, row in zip(labels.ids, labels.truth, strict=True)
    }
