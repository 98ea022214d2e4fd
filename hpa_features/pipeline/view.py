"""view: a contact sheet of fields or cells with outlines, protein and labels."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import Level
from hpa_features.core.view_settings import ViewSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.pipeline.view_rows import Known, Shown
    from hpa_features.report.contact_sheet import Tile
    from hpa_features.report.thumbnails import CellCrop

_PAGES, _PICTURES = (".html", ".htm"), (".png",)


@dataclass(frozen=True, slots=True)
class ViewSummary:
    """What `view` wrote.

    Attributes
    ----------
    fields
        Fields on the sheet.
    failures
        Fields that could not be read or segmented.
    seconds
        Time it took.
    output
        The sheet.
    failed
        A row for each field that failed.
    """

    fields: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]


def view(
    where: str,
    output: str,
    settings: ViewSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
) -> ViewSummary:
    """Draw fields or cells side by side, at one scale and one contrast.

    Parameters
    ----------
    where
        Images, as `io.manifest.find_fields` takes them.
    output
        A ``.png`` or ``.html`` file.
    settings
        Which fields, how cells are found.
    progress
        Receives progress.
    executor
        Where fields are read and segmented.
    stdin
        Read when `where` is ``-``.

    Raises
    ------
    UsageError
        The command cannot start, or labels that the selection needs are missing.
    DataError
        No field is found, is selected, or can be read.
    """
    from hpa_features.io.atomic import refuse_existing, replacing
    from hpa_features.pipeline.field_pictures import CropFields, crops_of
    from hpa_features.pipeline.input_fields import find_input_fields
    from hpa_features.pipeline.segmenters import resolve_segmenter
    from hpa_features.pipeline.view_rows import choose, read_known
    from hpa_features.report.contact_sheet import sheet_html, sheet_picture
    from hpa_features.report.overlay import write_picture

    began = time.monotonic()
    settings = settings or ViewSettings()
    kind = Path(output).suffix.lower()
    if kind not in (*_PAGES, *_PICTURES):
        raise UsageError(f"-o {output}: wanted a file that ends in .png or .html.")
    inputs = (where, settings.labels, settings.predictions)
    refuse_existing(Path(output), overwrite=settings.overwrite, inputs=inputs)
    known = read_known(settings, progress)
    fields = find_input_fields(where, settings, progress, stdin)
    shown = choose(fields.ids, known, settings)
    if not shown:
        raise DataError(f"None of the {len(fields.ids):,} fields is selected.")
    source_of = {source.id: source for source in fields.sources}
    sources = tuple(source_of[each.id] for each in shown)
    settings = resolve_segmenter(settings, sources, Path(output), progress)
    cells = 0 if settings.level is Level.IMAGE else max(1, settings.most // len(shown))
    crops, failed = crops_of(
        sources, CropFields(settings, fields.channels, cells), progress, executor
    )
    if not crops:
        raise DataError(f"No field could be shown; {failed[0].id}: {failed[0].error}")
    tiles, title = _tiles(shown, crops, known), _title(settings, len(crops))
    if kind in _PAGES:
        with replacing(Path(output)) as temporary:
            page = sheet_html(title, _key(settings.level), tiles)
            temporary.write_text(page, encoding="utf-8")
    else:
        write_picture(sheet_picture(title, tiles), Path(output))
    seconds = time.monotonic() - began
    return ViewSummary(len(crops), len(failed), seconds, output, tuple(failed))


def _tiles(shown: Sequence[Shown], crops: dict[str, list[CellCrop]], known: Known) -> list[Tile]:
    from hpa_features.report.contact_sheet import Tile
    from hpa_features.report.thumbnails import contrast_of, picture_of

    contrast = contrast_of(crop for each in crops.values() for crop in each)
    return [
        Tile(
            picture_of(crop, contrast),
            f"{each.id}, cell {crop.number}" if crop.number else each.id,
            known.lines(each.id, each.label),
        )
        for each in shown
        for crop in crops.get(each.id, ())
    ]


def _title(settings: ViewSettings, count: int) -> str:
    fields = "1 field" if count == 1 else f"{count:,} fields"
    of_label = f" of {settings.label}" if settings.label else ""
    if settings.worst:
        return f"Most confident mistakes{of_label}: {fields}"
    if settings.label:
        return f"{settings.label}: {fields}"
    return f"{fields} in the order of the input"


def _key(level: Level) -> str:
    from hpa_features.report.thumbnails import EDGE_UM

    scale = "" if level is Level.IMAGE else f"Pictures are {EDGE_UM:g} µm wide. "
    return (
        f"{scale}All have one contrast. Left: microtubules red, ER yellow, DNA blue, protein "
        "green, with outlines of cells (white) and nuclei (cyan). Right: the protein alone."
    )
