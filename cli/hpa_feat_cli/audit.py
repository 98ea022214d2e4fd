"""`hpa-feat audit`: near-duplicates, contradicting labels, differences of two sets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
    ImageOptions,
    Jobs,
    Overwrite,
    RetryFailed,
    Seed,
    local_executor,
)
from hpa_features.core.settings import AuditSettings, InputSettings

if TYPE_CHECKING:
    from hpa_features.pipeline.audit import AuditSummary

_SHOWN_COLUMNS = 8

_Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="Images, as for extract, or a feature table or store.",
        show_default=False,
    ),
]
_Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Folder for the tables; an interrupted run goes on there.",
        show_default=False,
    ),
]
_Against = Annotated[
    str,
    typer.Option(
        metavar="INPUT",
        help="A second set, such as the test images: near-duplicates across, and how both differ.",
        show_default=False,
    ),
]
_Labels = Annotated[
    str,
    typer.Option(
        metavar="LABELS",
        help="Labels as for train: which near-duplicates and groups contradict one another.",
        show_default=False,
    ),
]
_Model = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help="A model folder: training labels that it doubts on rows that it had not seen.",
        show_default=False,
    ),
]
_Group = Annotated[
    str,
    typer.Option(
        metavar="auto|COLUMN|none",
        help="Groups that are known, to be joined with near-duplicates; auto: the first there is "
        "of gene, antibody, plate, Group.",
    ),
]
_GroupsFile = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="The same from a table of its own, with Id and Group."),
]
_Distance = Annotated[
    int,
    typer.Option(
        min=0,
        max=32,
        metavar="BITS",
        help="Fields whose hashes differ in at most so many of 64 bits in every channel are looked "
        "at more closely.",
    ),
]


def audit(
    console: Console,
    source: _Input,
    output: _Output,
    against: _Against = "",
    labels: _Labels = "",
    model: _Model = "",
    group: _Group = "auto",
    groups_file: _GroupsFile = None,
    distance: _Distance = AuditSettings().distance,
    files: ImageOptions = InputSettings(),
    seed: Seed = 0,
    retry_failed: RetryFailed = False,
    overwrite: Overwrite = False,
    field_timeout: FieldTimeout = FIELD_TIMEOUT_S,
    jobs: Jobs = None,
) -> int:
    """What may fool a score: near-duplicate fields, contradicting labels, two sets that differ."""
    from hpa_features.pipeline.audit import audit as run

    settings = AuditSettings(
        against=against,
        labels=labels,
        model=model,
        group=group,
        groups_file="" if groups_file is None else str(groups_file),
        distance=distance,
        input=files,
        seed=seed,
        overwrite=overwrite,
        retry_failed=retry_failed,
    )
    summary = run(
        source,
        str(output),
        settings,
        console,
        executor=local_executor(jobs, field_timeout),
        stdin=sys.stdin.buffer,
    )
    console.failures(summary.failed)
    _tell(console, summary)
    groups = shlex.quote(str(output / "groups.csv"))
    ungrouped = summary.findings["ungrouped"]
    return console.done(
        summary,
        next_command=f"hpa-feat train FEATURES LABELS --groups-file {groups} -o model"
        + (f"  # {ungrouped}; --group COLUMN would keep them together" if ungrouped else ""),
        more=summary.findings,
    )


def _tell(console: Console, summary: AuditSummary) -> None:
    """Say what was found, and in which file it stands."""
    found = summary.findings
    console.note(
        f"near-duplicates: {found['near_duplicate_fields']:,} of {summary.fields:,} fields "
        f"(duplicates.csv); {found['groups']:,} groups (groups.csv)"
    )
    if "against" in found:
        _tell_shift(console, summary, found)
    if "groups_of_differing_labels" in found:
        console.note(
            f"different labels: in {found['near_duplicates_of_differing_labels']:,} sets of "
            f"near-duplicates and {found['groups_of_differing_labels']:,} groups "
            "(differing_labels.csv)"
        )
    if "label_errors" in found:
        console.note(f"labels that the model doubts: {found['label_errors']:,} (label_errors.csv)")


def _tell_shift(console: Console, summary: AuditSummary, found: Mapping[str, Any]) -> None:
    both = found["near_duplicates_in_both"]
    tell = console.warn if both else console.note
    tell(
        f"{both:,} of {summary.fields:,} fields have a near-duplicate among the "
        f"{found['against']:,} of the other set; {found['groups_in_both']:,} groups lie in both"
    )
    for name, each in found["two_sample"].items():
        low, high = each["chance"]
        console.note(
            f"told apart by {name}: AUC {each['auc']:.3f} (chance {low:.3f}–{high:.3f}, "
            f"p {each['p']:.3f})"
        )
    console.table(
        ("column (shift.csv)", "median", "other set", "AUC"),
        [
            (each.column, f"{each.here:.4g}", f"{each.there:.4g}", f"{each.auc:.3f}")
            for each in summary.shift.columns[:_SHOWN_COLUMNS]
        ],
    )
