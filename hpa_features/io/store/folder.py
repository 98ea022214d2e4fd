"""The output folder of a run: what is done, what is left, what failed; `opening` holds it."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from hpa_features.core.errors import DataError
from hpa_features.core.failures import Failure
from hpa_features.core.shard import WHOLE, Shard
from hpa_features.io.arrow import name_some
from hpa_features.io.atomic import PART, shard_of, sweep
from hpa_features.io.store.failures import write_failures
from hpa_features.io.store.journal import (
    Entry,
    Inputs,
    append_journal,
    journals_in,
    merge_entries,
    outcomes,
    read_journal,
    rewrite_journal,
    size_of,
)

FAILURES = "failures.csv"
LEVELS = ("cells", "images", "embeddings", "predictions")
_FAILURES_LOCK = ".failures.lock"


class Store:
    """An output folder while its lock is held; see `open_store`.

    Attributes
    ----------
    folder
        Where it lies.
    shard
        Which of several runs that write to it holds it. Others' journals, part files and temporary
        files are left alone; a run that is not divided takes over those of all shards.
    entries
        Field id → what is known of it and still holds.
    """

    def __init__(self, folder: Path, shard: Shard = WHOLE) -> None:
        self.folder = folder
        self.shard = shard
        self._own = read_journal(self._journal)
        # Fields of this run in other journals: the folder was divided otherwise before.
        self._before = merge_entries(
            read_journal(path, shard.holds) for path in self._other_journals()
        )
        if not shard.number:
            self._own, self._before = merge_entries([self._before, self._own]), {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Field id → what is known of it and still holds, whichever run of the folder did it."""
        return ChainMap(self._own, self._before)

    @property
    def _journal(self) -> Path:
        return self.folder / f"journal-{self.shard.number}.jsonl"

    def _other_journals(self) -> list[Path]:
        return [path for path in journals_in(self.folder) if path != self._journal]

    def reconcile(self, inputs: Mapping[str, Inputs], *, retry_failed: bool = False) -> list[str]:
        """Forget what no longer holds and return the ids that are to be done, in order.

        Parameters
        ----------
        inputs
            Field id → its inputs as they are now. Other fields in the folder stay as they are.
        retry_failed
            Also do fields again that failed before, though their files are the same.
        """
        lines = Counter(out.path for entry in self._own.values() for out in entry.outputs)
        spoilt = {
            output.path
            for entry in self._own.values()
            for output in entry.outputs
            if size_of(self.folder / output.path) != output.size
            or inputs.get(entry.id, entry.inputs) != entry.inputs
            or lines[output.path] != entry.sharing
        }
        self._own = {
            entry.id: entry
            for entry in self._own.values()
            if self._holds(entry, inputs, spoilt, retry_failed=retry_failed)
        }
        self._reconcile_before(inputs, retry_failed=retry_failed)
        rewrite_journal(self._journal, self._own.values())
        if not self.shard.number:
            for path in self._other_journals():  # which this one holds now
                path.unlink()
        self.sweep()
        return [field_id for field_id in inputs if field_id not in self.entries]

    def _reconcile_before(self, inputs: Mapping[str, Inputs], *, retry_failed: bool) -> None:
        """Forget failures that are to be tried again among the fields of other journals.

        Raises
        ------
        DataError
            One that was done has changed: only a run that holds all journals can replace it.
        """
        changed = [
            entry.id
            for entry in self._before.values()
            if entry.failure is None
            and (
                inputs.get(entry.id, entry.inputs) != entry.inputs
                or any(size_of(self.folder / out.path) != out.size for out in entry.outputs)
            )
        ]
        if changed:
            raise DataError(
                f"{self.folder}: {name_some(changed)} changed or damaged since done by a run that "
                "was not divided in the same way.",
                hint="Run the same command once without --shard; it replaces them.",
            )
        self._before = {
            entry.id: entry
            for entry in self._before.values()
            if self._holds(entry, inputs, set(), retry_failed=retry_failed)
        }

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
        self._own.update({entry.id: entry for entry in entries})

    def write_failures(self, more: Iterable[Failure]) -> None:
        """Write failures.csv: what the journals know and `more` that never came so far."""
        with FileLock(self.folder / _FAILURES_LOCK):  # another shard may have failed meanwhile
            known = outcomes(journals_in(self.folder)).values()
            rows = [*more, *(failure for failure in known if failure is not None)]
            write_failures(self.folder / FAILURES, rows)

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
        """Remove this run's parts that are in no entry, and what it left half-written."""
        left = {
            f"{level}/{path.name}"
            for level in LEVELS
            for path in (self.folder / level).glob(f"{PART}*.parquet")
            if not self.shard.number or shard_of(path.name) == self.shard.number
        } - _outputs(self._own)
        if left:
            for journal in self._other_journals():
                left -= _outputs(read_journal(journal))
        for path in left:
            (self.folder / path).unlink()
        sweep(self.folder, self.shard.number or None)


def _outputs(entries: Mapping[str, Entry]) -> set[str]:
    return {out.path for entry in entries.values() for out in entry.outputs}


def _changed(how: str) -> DataError:
    return DataError(
        f"{how}: the folder was removed or changed during the run.",
        hint="Run the same command again; only missing parts are computed.",
    )
