"""Which segmenter a run uses: what was asked for, with `auto` resolved from the fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hpa_features.core.progress import Progress
from hpa_features.core.settings import CellposeSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import FieldSource
from hpa_features.io.store.run_file import read_run

S = TypeVar("S", bound=SegmentSettings)


def resolve_segmenter(
    settings: S, sources: Sequence[FieldSource], folder: Path, progress: Progress
) -> S:
    """Return the settings with the segmenter that they mean for `sources`, and its digest.

    Where `folder` was begun with a segmenter that does to each of these fields what `auto` would
    do, `auto` means that one: a run may be given only some of the fields of an earlier one.

    Raises
    ------
    UsageError
        There is no GPU to use.
    MissingExtra, DataError
        Cellpose or its weights are not on this machine.
    """
    from hpa_features.segmentation import segmenter_of

    if settings.segmenter == SegmenterName.AUTO:
        settings = replace(settings, segmenter=_meant(settings, sources, folder))
    settings = with_cellpose(settings, progress)
    if settings.cellpose is not None:
        _check_weights(settings.cellpose)
    segmenter = segmenter_of(settings)
    if settings.input.masks and not segmenter.takes_given:
        progress.warn(
            f"the masks in {settings.input.masks} are not used: cells are found by the segmenter "
            f"{settings.segmenter}."
        )
    return replace(settings, segmenter_digest=segmenter.digest)


def with_cellpose(settings: S, progress: Progress) -> S:
    """Return settings with those of Cellpose resolved, where it is the segmenter; report them."""
    if settings.segmenter is not SegmenterName.CELLPOSE:
        return replace(settings, cellpose=None)

    from hpa_features.segmentation.cellpose.devices import device_named
    from hpa_features.segmentation.cellpose.resolve import described, resolved

    cellpose = resolved(settings.cellpose or CellposeSettings())
    progress.note(described(cellpose, str(device_named(cellpose.device))))
    return replace(settings, cellpose=cellpose)


def _check_weights(cellpose: CellposeSettings) -> None:
    """Refuse weights that cannot be used while nothing is written that has their sha256."""
    from hpa_features.segmentation.cellpose.network import check_weights

    for path in sorted({cellpose.nucleus_path, cellpose.cell_path}):
        check_weights(Path(path))


def _meant(
    settings: SegmentSettings, sources: Sequence[FieldSource], folder: Path
) -> SegmenterName:
    given = [bool(settings.input.masks or each.cells or each.nuclei) for each in sources]
    names = fitting_segmenters(given)
    run = (None if settings.overwrite else read_run(folder)) or {}
    begun = run.get("settings", {}).get("segmenter")
    return next((name for name in names if name == begun), names[0])


def fitting_segmenters(given: Sequence[bool]) -> list[SegmenterName]:
    """Return what `auto` may mean, the first first, by which fields have given masks."""
    fitting = {
        SegmenterName.WATERSHED: not any(given),
        SegmenterName.PRECOMPUTED: all(given),
        SegmenterName.PRECOMPUTED_OR_WATERSHED: True,
    }
    return [name for name, fits in fitting.items() if fits]
