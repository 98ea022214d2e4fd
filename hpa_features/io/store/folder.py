"""The output folder of a run, held under a lock: what is done, what is left, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hpa_features.core.errors import DataError
from hpa_features.core.failures import Failure
from hpa_features.io.atomic import PART, shard_of, sweep, writing_shard
from hpa_features.io.store.failures import write_failures
from hpa_features.io.store.journal import (
    Entry,
    Inputs,
    append_journal,
    journals_in,
    read_journal,
    rewrite_journal,
    size_of,
)
from hpa_features.io.store.run_file import (
    RUN,
    SCHEMA,
    read_run,
    refuse_other_settings,
    write_run,
)

FAILURES = "failures.csv"
LEVELS = ("cells", "images")


class Store:
    """An output folder while its lock is held; see `open_store`.

    Attributes
    ----------
    folder
        Where it lies.
    shard
        Whose journal, part files and temporary files these are; other shards' are left alone.
    entries
        Field id → what is known of it and still holds.
    """

    def __init__(self, folder: Path, shard: int = 0) -> None:
        self.folder = folder
        self.shard = shard
        self.entries: dict[str, Entry] = read_journal(self._journal)

    @property
    def _journal(self) -> Path:
        return self.folder / f"journal-{self.shard}.jsonl"

    def reconcile(self, inputs: Mapping[str, Inputs], *, retry_failed: bool = False) -> list[str]:
        """Forget what no longer holds and return the ids that are to be done, in order.

        Parameters
        ----------
        inputs
            Field id → its inputs as they are now. Other fields in the folder stay as they are.
        retry_failed
            Also do fields again that failed before, though their files are the same.
        """
        lines = Counter(out.path for entry in self.entries.values() for out in entry.outputs)
        spoilt = {
            output.path
            for entry in self.entries.values()
            for output in entry.outputs
            if size_of(self.folder / output.path) != output.size
            or inputs.get(entry.id, entry.inputs) != entry.inputs
            or lines[output.path] != entry.sharing
        }
        self.entries = {
            entry.id: entry
            for entry in self.entries.values()
            if self._holds(entry, inputs, spoilt, retry_failed=retry_failed)
        }
        rewrite_journal(self._journal, self.entries.values())
        self.sweep()
        return [field_id for field_id in inputs if field_id not in self.entries]

    def record(self, entries: Sequence[Entry]) -> None:
        """Remember fields whose results are on disk, or that failed.

        Raises
        ------
        DataError
            The folder was removed during the run.
        """
        try:
            append_journal(self._journal, entries)
        except FileNotFoundError as error:
            raise _changed(f"{self.folder} is missing") from error
        self.entries.update({entry.id: entry for entry in entries})

    def write_failures(self, more: Iterable[Failure]) -> None:
        """Write failures.csv: what the journal knows and `more` that never came so far."""
        known = [entry.failure for entry in self.entries.values() if entry.failure is not None]
        write_failures(self.folder / FAILURES, [*more, *known])

    def check(self, ids: Iterable[str], files: Iterable[str]) -> None:
        """Refuse to end a run whose results are not all there.

        Parameters
        ----------
        ids
            Fields of this run.
        files
            Further files that must not be missing or empty.

        Raises
        ------
        DataError
            One is missing or has another size than was written; the folder was removed or
            changed during the run.
        """
        sizes = {out.path: out.size for each in ids for out in self.entries[each].outputs}
        lost = [path for path, size in sizes.items() if size_of(self.folder / path) != size]
        lost += [path for path in files if size_of(self.folder / path) <= 0]
        if lost:
            count = "1 file of this run is" if len(lost) == 1 else f"{len(lost):,} files are"
            raise _changed(f"{count} missing from {self.folder} or incomplete, such as {lost[0]}")

    @staticmethod
    def _holds(
        entry: Entry, inputs: Mapping[str, Inputs], spoilt: set[str], *, retry_failed: bool
    ) -> bool:
        if entry.failure is None:
            return not any(output.path in spoilt for output in entry.outputs)
        now = inputs.get(entry.id)
        return now is None or (now == entry.inputs and not retry_failed)

    def sweep(self) -> None:
        """Remove this shard's parts that are in no entry, and what it left half-written."""
        known = {out.path for entry in self.entries.values() for out in entry.outputs}
        for level in LEVELS:
            for path in (self.folder / level).glob(f"{PART}*.parquet"):
                if shard_of(path.name) == self.shard and f"{level}/{path.name}" not in known:
                    path.unlink()
        sweep(self.folder, self.shard)


def _changed(how: str) -> DataError:
    return DataError(
        f"{how}: the folder was removed or changed during the run.",
        hint="Run the same command again; only missing parts are computed.",
    )


@contextmanager
def open_store(
    folder: Path,
    run: Mapping[str, Any],
    read_kept: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    *,
    overwrite: bool = False,
    shard: int = 0,
) -> Iterator[Store]:
    """Hold `folder` for this run, made or gone on with.

    Parameters
    ----------
    folder
        Made when it does not exist.
    run
        `describe_run` of this run.
    read_kept
        Gives the settings of an earlier run as this version would keep them.
    overwrite
        Remove an earlier run's results first.
    shard
        Which of several runs that write into `folder` at the same time this is.

    Raises
    ------
    UsageError
        An earlier run had other settings.
    DataError
        Another run holds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(folder / f".lock-{shard}").acquire(timeout=0)
    except Timeout as error:
        raise DataError(
            f"Another run is writing to {folder}.", hint="Wait for it to end, or use another -o."
        ) from error
    with lock, writing_shard(shard):
        if overwrite:
            _clear(folder)
        before = read_run(folder)
        if before is None:
            write_run(folder, run)
        else:
            kept = read_kept(before.get("settings", {}))
            refuse_other_settings(folder, {**before, "settings": kept}, run)
        yield Store(folder, shard)


def _clear(folder: Path) -> None:
    """Remove what a run writes, and nothing else."""
    for name in (RUN, SCHEMA, FAILURES):
        (folder / name).unlink(missing_ok=True)
    parts = (path for level in LEVELS for path in folder.glob(f"{level}/part-*.parquet"))
    for path in (*journals_in(folder), *parts):
        path.unlink()
