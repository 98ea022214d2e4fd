"""merge: several output folders of the same command → one, as if one run had written it."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.pipeline.fields_summary import FieldsSummary

if TYPE_CHECKING:
    from hpa_features.io.store.folder import Store
    from hpa_features.io.store.journal import Entry

_AT_ONCE = 500  # fields whose files are copied between two writes of the journal


def merge(
    folders: Sequence[str],
    output: str,
    progress: Progress = SILENT,
    *,
    overwrite: bool = False,
    command: Sequence[str] = (),
) -> FieldsSummary:
    """Copy what runs of segment, extract or predict wrote to several folders into one.

    Parameters
    ----------
    folders
        Output folders of the same command with the same settings, of different fields.
    output
        A folder; one that a merge began is gone on with.
    progress
        Receives the number of fields that are copied.
    overwrite
        Remove what an earlier run left in `output` first.
    command
        What was typed, for `status` to print.

    Raises
    ------
    UsageError
        A folder holds no run, or one with other settings or columns; the output is one of them.
    DataError
        A field is in two folders, a run is still writing, or files of a folder are missing.
    """
    from hpa_features.io.store.job_file import job_now, write_job
    from hpa_features.io.store.opening import open_store
    from hpa_features.io.store.run_file import SCHEMA

    began = time.monotonic()
    out, sources = Path(output), [Path(folder) for folder in folders]
    if out.exists() and any(out.samefile(each) for each in sources if each.exists()):
        raise UsageError(f"-o {output} is one of the folders to merge.", hint="Give another -o.")
    run = common_run(sources)
    found = entries_of(sources)
    unfound = failed_to_find(sources, found)
    with open_store(out, run, overwrite=overwrite) as store:
        if (sources[0] / SCHEMA).exists():
            shutil.copyfile(sources[0] / SCHEMA, out / SCHEMA)
        write_job(out, job_now(store.shard, len(found), command))
        store.reconcile({field_id: entry.inputs for field_id, (_, entry) in found.items()})
        _copy(store, found, progress)
        store.write_failures(unfound)
        store.check(found, ())
        entries = [store.entries[field_id] for field_id in found]
    lost = tuple(entry.failure for entry in entries if entry.failure is not None)
    failed = (*unfound, *lost)
    return FieldsSummary(
        fields=len(entries) - len(lost),
        cells=sum(entry.cells for entry in entries),
        failures=len(failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=failed,
    )


def common_run(folders: Sequence[Path]) -> dict[str, Any]:
    """Return the `run.json` of all folders, without what concerns one of them only.

    Raises
    ------
    UsageError
        One is missing, or settings or columns differ.
    """
    from hpa_features.io.store.run_file import SCHEMA, read_run, refuse_other_settings

    first: dict[str, Any] = {}
    for folder in folders:
        run = read_run(folder)
        if run is None:
            raise UsageError(
                f"{folder} has no run.json.",
                hint="Give output folders of segment, extract or predict.",
            )
        if first:
            hint = f"Merge folders of the same settings as {folders[0]}, or run again."
            refuse_other_settings(folder, run, first, hint)
            _refuse_other_columns(folders[0] / SCHEMA, folder / SCHEMA)
        else:
            first = {**run, "run": {"merged": [str(each) for each in folders]}}
    return first


def _refuse_other_columns(one: Path, other: Path) -> None:
    names = [_columns(each) for each in (one, other)]
    for level in names[0].keys() | names[1].keys():
        differing = names[0].get(level, set()) ^ names[1].get(level, set())
        if differing:
            raise UsageError(
                f"{one.parent} and {other.parent} have different columns in {level}, such as "
                f"{min(differing)}.",
                hint="Extract again with one version of hpa-feat.",
            )


def _columns(path: Path) -> dict[str, set[str]]:
    if not path.exists():
        return {}
    try:
        levels = json.loads(path.read_text(encoding="utf-8"))
        return {level: {each["name"] for each in columns} for level, columns in levels.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            hint="Run the same command again; it rewrites the file.",
        ) from error


def failed_to_find(folders: Iterable[Path], found: Container[str]) -> tuple[Failure, ...]:
    """Return the failures of fields that lacked a channel, which are in no journal."""
    from hpa_features.io.store.failures import read_failures
    from hpa_features.io.store.folder import FAILURES

    rows = (row for folder in folders for row in read_failures(folder / FAILURES))
    return tuple({row.id: row for row in rows if row.id not in found}.values())


def entries_of(folders: Iterable[Path]) -> dict[str, tuple[Path, Entry]]:
    """Return the folder and the entry of each field; results count before a failure.

    Raises
    ------
    DataError
        Two folders have results of a field, or one is being written to.
    """
    from hpa_features.io.store.journal import journals_in, merge_entries, read_journal
    from hpa_features.io.store.opening import running_shards

    found: dict[str, tuple[Path, Entry]] = {}
    for folder in folders:
        if running_shards(folder):
            raise DataError(f"A run is writing to {folder}.", hint="Wait for it to end.")
        entries = merge_entries(map(read_journal, journals_in(folder)))
        _refuse_unknown_rows(folder, entries)
        for field_id, entry in entries.items():
            before = found.get(field_id)
            if before is None or before[1].failure is not None:
                found[field_id] = (folder, entry)
            elif entry.failure is None:
                raise DataError(
                    f"{field_id} was done in {before[0]} and in {folder}.",
                    hint="Merge folders of different fields; extract the rest into one of them.",
                )
    return found


def _refuse_unknown_rows(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Refuse a part that also holds rows of fields that no journal has."""
    known = Counter(out.path for entry in entries.values() for out in entry.outputs)
    for entry in entries.values():
        for out in entry.outputs:
            if known[out.path] != entry.sharing:
                raise DataError(
                    f"{folder / out.path} also holds fields that its journal does not have.",
                    hint=f"Run the command that wrote {folder} again; it replaces that part.",
                )


def _copy(store: Store, found: Mapping[str, tuple[Path, Entry]], progress: Progress) -> None:
    """Copy the files of the fields that the store lacks, and record these fields.

    Masks that were kept come first: a field that is recorded is not copied again.
    """
    from hpa_features.io.masks import kept_masks

    left = {field_id: each for field_id, each in found.items() if field_id not in store.entries}
    progress.start("fields", len(left))
    copied: dict[str, Path] = {}
    waiting: list[Entry] = []
    for folder, entry in left.values():
        for path in kept_masks(folder, entry.id):
            _copy_file(folder, store.folder, str(path.relative_to(folder)), path.stat().st_size)
        for each in entry.outputs:
            if each.path not in copied:
                _copy_file(folder, store.folder, each.path, each.size)
                copied[each.path] = folder
            elif copied[each.path] != folder:
                raise DataError(f"{folder} and {copied[each.path]} both hold {each.path}.")
        waiting.append(entry)
        if len(waiting) >= _AT_ONCE:
            store.record(waiting)
            progress.advance(len(waiting))
            waiting = []
    store.record(waiting)
    progress.finish()


def _copy_file(folder: Path, target: Path, path: str, size: int) -> None:
    from hpa_features.io.atomic import replacing
    from hpa_features.io.store.journal import size_of

    if size_of(folder / path) != size:
        raise DataError(
            f"{folder / path} is missing or damaged.",
            hint=f"Run the command that wrote {folder} again; only missing parts are computed.",
        )
    with replacing(target / path) as temporary:
        shutil.copyfile(folder / path, temporary)
