"""`hpa-feat audit`: near-duplicates, label conflicts, differences between two sets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpa_feat_cli.console import Console
from hpa_feat_cli.image_options import ImageOptions
from hpa_feat_cli.options import (
    FIELD_TIMEOUT_S,
    FieldTimeout,
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
        help="Images, as for extract, or a feature table or folder.",
        show_default=False,
    ),
]
_Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        help="Output folder for the tables; an interrupted run resumes there.",
        show_default=False,
    ),
]
_Against = Annotated[
    str,
    typer.Option(
        metavar="INPUT",
        help="A second set, such as the test images: finds near-duplicates between the sets and "
        "tests how they differ.",
        show_default=False,
    ),
]
_Labels = Annotated[
    str,
    typer.Option(
        metavar="LABELS",
        help="Labels, as for train: finds near-duplicates and groups with conflicting labels.",
        show_default=False,
    ),
]
_Model = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help="Model folder: lists training labels that its out-of-fold predictions contradict.",
        show_default=False,
    ),
]
_Group = Annotated[
    str,
    typer.Option(
        metavar="auto|COLUMN|none",
        help="Known groups, which are merged with near-duplicates; auto: the first column found "
        "among gene, antibody, plate and Group.",
    ),
]
_GroupsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="CSV", help="Known groups from a separate table with columns Id and Group."
    ),
]
_Distance = Annotated[
    int,
    typer.Option(
        min=0,
        max=32,
        metavar="BITS",
        help="Fields are compared in detail if their 64-bit hashes differ by at most this many "
        "bits in every channel.",
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
    """Check for near-duplicates, label conflicts, and differences between two sets."""
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
    _print(console, summary)
    groups = shlex.quote(str(output / "groups.csv"))
    if ungrouped := summary.findings["ungrouped"]:
        console.warn(f"groups.csv: {ungrouped}; --group COLUMN would keep them together.")
    return console.done(
        summary,
        next_command=f"hpa-feat train FEATURES LABELS --groups-file {groups} -o model",
        more=summary.findings,
    )


def _print(console: Console, summary: AuditSummary) -> None:
    """Print what was found, and the file that lists it."""
    found = summary.findings
    console.note(
        f"near-duplicates: {found['near_duplicate_fields']:,} of {summary.fields:,} fields "
        f"(duplicates.csv); {found['groups']:,} groups (groups.csv)"
    )
    if "against" in found:
        _print_shift(console, summary, found)
    if "groups_of_differing_labels" in found:
        console.note(
            f"conflicting labels: {found['near_duplicates_of_differing_labels']:,} sets of "
            f"near-duplicates, {found['groups_of_differing_labels']:,} groups "
            "(differing_labels.csv)"
        )
    if "label_errors" in found:
        console.note(f"possible label errors: {found['label_errors']:,} (label_errors.csv)")


def _print_shift(console: Console, summary: AuditSummary, found: Mapping[str, Any]) -> None:
    both = found["near_duplicates_in_both"]
    report = console.warn if both else console.note
    report(
        f"{both:,} of {summary.fields:,} fields have a near-duplicate among the "
        f"{found['against']:,} fields of the other set; {found['groups_in_both']:,} groups are in "
        "both"
    )
    for name, each in found["two_sample"].items():
        low, high = each["chance"]
        console.note(
            f"two-sample test, {name}: AUC {each['auc']:.3f} (chance [{low:.3f}, {high:.3f}], "
            f"p {each['p']:.3f})"
        )
    console.table(
        ("column (shift.csv)", "median", "median, other set", "AUC"),
        [
            (each.column, f"{each.here:.4g}", f"{each.there:.4g}", f"{each.auc:.3f}")
            for each in summary.shift.columns[:_SHOWN_COLUMNS]
        ],
    )
