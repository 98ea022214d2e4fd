"""`audit`: what may make a score too good, or a model learn the wrong thing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from hpa_features.core.errors import UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import AuditSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.core.tables import LabelTable
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.label_errors import LabelError
    from hpa_features.pipeline.audit_copies import Copies
    from hpa_features.pipeline.audit_fields import Side
    from hpa_features.pipeline.audit_files import Labels
    from hpa_features.pipeline.audit_groups import Grouped
    from hpa_features.pipeline.audit_rows import Rows
    from hpa_features.pipeline.audit_shift import Shift

FIELDS, AGAINST, SUMMARY = "fields", "against", "audit.json"


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What was found.

    Attributes
    ----------
    fields, failures
        Rows of the input, and fields of both sets that could not be read.
    seconds
        Time it took.
    output
        The folder.
    failed
        A row for each field that failed.
    shift
        How the two sets differ; nothing in it without a second one.
    findings
        What `audit.json` holds: counts, and the scores of the two-sample test.
    """

    fields: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]
    shift: Shift
    findings: Mapping[str, Any]


def audit(
    where: str,
    output: str,
    settings: AuditSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
) -> AuditSummary:
    """Look for near-duplicates, labels that contradict one another, and differences of two sets.

    Parameters
    ----------
    where
        Images, as `io.manifest.find_fields` takes them, or a feature table or store.
    output
        Folder of the tables; facts and hashes of images are kept there, so that the same command
        resumes after an interrupt.
    settings
        What to compare with, known groups, how to read.
    progress
        Receives progress and findings.
    executor
        Where images are read.
    stdin
        Read when `where` is ``-``.

    Raises
    ------
    UsageError
        The command cannot start, or `output` was made with other settings.
    DataError
        No field was found or could be read; the two sets share no column.
    BundleError
        The model cannot be read.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.io.labels import read_labels
    from hpa_features.io.store.failures import write_failures
    from hpa_features.io.store.folder import FAILURES
    from hpa_features.pipeline.audit_fields import read_side

    settings = settings or AuditSettings()
    began = time.monotonic()
    folder = Path(output)
    if folder.is_file():
        raise UsageError(f"-o {output} is a file; the tables need a folder.")
    _check_place(folder, settings, progress)
    bundle = read_bundle(Path(settings.model)) if settings.model else None
    truth = read_labels(settings.labels, progress=progress) if settings.labels else None
    mine = read_side(where, folder / FIELDS, settings, progress, executor, stdin)
    other = (
        read_side(settings.against, folder / AGAINST, settings, progress, executor)
        if settings.against
        else None
    )
    found = _find(mine, other, truth, bundle, settings, progress, executor)
    counts = found.write(folder)
    failed = (*mine.failed, *(() if other is None else other.failed))
    write_failures(folder / FAILURES, failed)
    return AuditSummary(
        fields=len(mine.table.ids),
        failures=len(failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=failed,
        shift=found.shift,
        findings=counts,
    )


def _check_place(folder: Path, settings: AuditSettings, progress: Progress) -> None:
    """Refuse to replace an input or a file that no earlier audit wrote, and report others."""
    from hpa_features.io.atomic import refuse_existing
    from hpa_features.pipeline.audit_files import GROUPS, TABLES
    from hpa_features.pipeline.other_files import note_other_files, refuse_to_replace

    own = (SUMMARY, FIELDS)
    if not any((folder / name).exists() for name in own):
        refuse_to_replace(folder, TABLES, overwrite=settings.overwrite)
    refuse_existing(folder / GROUPS, overwrite=True, inputs=(settings.groups_file,))
    note_other_files(folder, progress, own)


def _find(
    mine: Side,
    other: Side | None,
    truth: LabelTable | None,
    bundle: Bundle | None,
    settings: AuditSettings,
    progress: Progress,
    executor: Executor,
) -> Found:
    """Compare the rows of both sets, and ask labels and model about them."""
    from hpa_features.pipeline.audit_copies import find_copies
    from hpa_features.pipeline.audit_groups import group_rows
    from hpa_features.pipeline.audit_rows import side_by_side
    from hpa_features.pipeline.audit_shift import Shift, find_shift

    rows = side_by_side(mine, other)
    copies = find_copies(rows, settings, progress, executor)
    grouped = group_rows(rows, copies, settings, progress)
    return Found(
        rows=rows,
        copies=copies,
        grouped=grouped,
        shift=Shift() if other is None else find_shift(rows, grouped, settings.seed, progress),
        labels=None if truth is None else _labels_of(rows, truth, settings.labels, progress),
        bundle=bundle,
        errors=() if bundle is None else _errors(bundle),
    )


def _labels_of(rows: Rows, truth: LabelTable, path: str, progress: Progress) -> Labels:
    """Return the label names of each row, None for rows that the table does not name."""
    known = {
        each: frozenset(name for name, has in zip(truth.labels, bits) if has)
        for each, bits in zip(truth.ids, truth.truth)
    }
    labels = [known.get(each) for each in rows.table.ids]
    unknown = sum(each is None for each in labels)
    if unknown:
        progress.warn(f"{unknown:,} of {len(labels):,} rows have no labels in {path}.")
    return labels


def _errors(bundle: Bundle) -> tuple[LabelError, ...]:
    """Return the possible label errors, for labels that could be learned."""
    from hpa_features.learn.label_errors import label_errors

    labels = bundle.facts["labels"]
    learned = [at for at, label in enumerate(labels) if label["supported"]]
    return label_errors(bundle.oof.truth, bundle.oof.nested, learned)


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found, as tables and as counts."""

    rows: Rows
    copies: Copies
    grouped: Grouped
    shift: Shift
    labels: Labels | None
    bundle: Bundle | None
    errors: tuple[LabelError, ...]

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the tables and return the counts; an earlier audit's other tables are removed."""
        from hpa_features.io.atomic import write_json
        from hpa_features.pipeline import audit_files as files

        oof = None if self.bundle is None else self.bundle.oof
        files.write_groups(folder, self.rows, self.grouped)
        files.write_copies(folder, self.rows, self.copies, self.labels)
        files.write_differing(folder, self.rows, self.grouped, self.labels)
        files.write_shift(folder, self.shift.columns)
        files.write_errors(folder, oof, self.errors)
        counts = self.counts()
        write_json(folder / SUMMARY, counts)
        return counts

    def counts(self) -> dict[str, Any]:
        """Return the counts, as JSON knows them."""
        import numpy as np

        from hpa_features.io.groups import Groups
        from hpa_features.pipeline.audit_groups import differing

        second, copies = self.rows.second, self.grouped.copies
        mine = ~second
        sizes = np.bincount(copies)
        names = np.array(self.grouped.names)[mine].tolist()
        groups = Groups(tuple(names), self.grouped.source)
        counts: dict[str, Any] = {
            "near_duplicate_pairs": len(self.copies.pairs),
            "near_duplicate_fields": int((sizes[copies[mine]] > 1).sum()),
            "groups": groups.count,
            "ungrouped": groups.consequence if groups.nearly_none else "",
            "known_groups": self.grouped.source,
        }
        if second.any():
            counts["against"] = int(second.sum())
            counts["near_duplicates_in_both"] = int(np.isin(copies[mine], copies[second]).sum())
            numbers = self.grouped.numbers
            counts["groups_in_both"] = len(np.intersect1d(numbers[mine], numbers[second]))
            counts["two_sample"] = {
                name: {"auc": each.auc, "chance": list(each.chance), "p": each.p}
                for name, each in self.shift.scores.items()
            }
        if self.labels is not None:
            counts["groups_of_differing_labels"] = len(differing(self.grouped.names, self.labels))
            alike = [str(each) for each in copies]
            counts["near_duplicates_of_differing_labels"] = len(differing(alike, self.labels))
        if self.bundle is not None:
            counts["label_errors"] = len(self.errors)
        return counts
