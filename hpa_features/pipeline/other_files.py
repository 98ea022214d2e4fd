"""Files in an output folder that no run of hpa-feat wrote: reported, and never replaced."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import Progress
from hpa_features.io.arrow import name_some
from hpa_features.io.store.journal import journals_in
from hpa_features.io.store.run_file import RUN


def note_other_files(folder: Path, progress: Progress, own: Iterable[str] = ()) -> None:
    """Report the files of a folder, unless one has a name that earlier runs give (`own`)."""
    names = _names(folder)
    if names and not names.intersection(own):
        progress.warn(
            f"{folder} already holds {name_some(sorted(names))}, which this command did not write; "
            "results are written next to them."
        )


def has_a_run(folder: Path) -> bool:
    """Return whether a run of hpa-feat has begun in this folder, even if its run.json is lost."""
    return (folder / RUN).exists() or bool(journals_in(folder))


def refuse_to_replace(folder: Path, names: Iterable[str], *, overwrite: bool) -> None:
    """Refuse a first run that would replace files that are in its output folder.

    Raises
    ------
    UsageError
        `folder` holds one of `names`, and `overwrite` is off.
    """
    if overwrite:
        return
    there = sorted(_names(folder).intersection(names))
    if there:
        raise UsageError(
            f"{folder} already holds {name_some(there)}, which this command would replace.",
            hint="Give another folder, or replace them with --overwrite.",
        )


def _names(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}
