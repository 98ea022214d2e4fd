"""Fields whose files lie where `simulate` wrote them carry that fact into every table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hpa_features.core.tables import SIMULATED, TRUE
from hpa_features.core.types import FieldSource
from hpa_features.io.files import Place
from hpa_features.io.store.run_file import RUN


def mark_simulated(sources: Sequence[FieldSource]) -> tuple[FieldSource, ...]:
    """Return the fields, those whose files lie in a folder that `simulate` wrote marked as such.

    A field that already carries the fact keeps it, whatever it is.
    """
    folders: dict[str, bool] = {}
    marked = []
    for source in sources:
        folder = str(Path(Place.of(next(iter(source.files.values()), "")).path).parent)
        if folder not in folders:
            folders[folder] = _is_simulated_folder(Path(folder))
        mark = {SIMULATED: TRUE} if folders[folder] else {}
        marked.append(replace(source, metadata={**mark, **source.metadata}) if mark else source)
    return tuple(marked)


def _is_simulated_folder(folder: Path) -> bool:
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(run, dict) and run.get("verb") == "simulate"
