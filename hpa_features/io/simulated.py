"""Fields whose files lie where `simulate` wrote them carry that fact and their pixel size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hpa_features.core.tables import SIMULATED, TRUE
from hpa_features.core.types import PLAUSIBLE_PIXEL_UM, FieldSource, PixelSizeSource
from hpa_features.io.files import Place
from hpa_features.io.store.run_file import RUN


def mark_simulated(sources: Sequence[FieldSource]) -> tuple[FieldSource, ...]:
    """Return the fields, those whose files lie in a folder that `simulate` wrote marked as such.

    A field that already carries the fact or a pixel size keeps it, whatever it is.
    """
    folders: dict[str, float | None] = {}
    marked = []
    for source in sources:
        folder = str(Path(Place.of(next(iter(source.files.values()), "")).path).parent)
        if folder not in folders:
            folders[folder] = _simulated_pixel_um(Path(folder))
        size = folders[folder]
        marked.append(source if size is None else _marked(source, size))
    return tuple(marked)


def _marked(source: FieldSource, size: float) -> FieldSource:
    marked = replace(source, metadata={SIMULATED: TRUE, **source.metadata})
    low, high = PLAUSIBLE_PIXEL_UM
    if source.pixel_size_um is not None or not low <= size <= high:
        return marked
    return replace(marked, pixel_size_um=size, pixel_size_source=PixelSizeSource.MANIFEST)


def _simulated_pixel_um(folder: Path) -> float | None:
    """Return the pixel size of a folder that `simulate` wrote, 0 if unknown; None: another one."""
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(run, dict) or run.get("verb") != "simulate":
        return None
    settings = run.get("settings")
    size = settings.get("pixel_size_um") if isinstance(settings, dict) else None
    return float(size) if isinstance(size, int | float) else 0.0
