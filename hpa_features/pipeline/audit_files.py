"""The tables that `audit` writes, each only where there was something to look at."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hpa_features.io.row_files import write_rows
from hpa_features.pipeline.audit_groups import differing

if TYPE_CHECKING:
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.label_errors import LabelError
    from hpa_features.pipeline.audit_copies import Copies
    from hpa_features.pipeline.audit_groups import Grouped
    from hpa_features.pipeline.audit_rows import Rows
    from hpa_features.pipeline.audit_shift import ColumnShift

GROUPS, COPIES, SHIFT = "groups.csv", "duplicates.csv", "shift.csv"
DIFFERING, ERRORS = "differing_labels.csv", "label_errors.csv"
TABLES = (GROUPS, COPIES, SHIFT, DIFFERING, ERRORS)
Labels = Sequence[frozenset[str] | None]
"""The labels of each row, None where they are not known."""


def write_groups(folder: Path, rows: Rows, grouped: Grouped) -> None:
    """Write Id and Group of the input's rows, as ``train --groups-file`` takes them."""
    mine = (
        each for each, other in zip(zip(rows.table.ids, grouped.names), rows.second) if not other
    )
    write_rows(folder / GROUPS, ("Id", "Group"), mine)


def write_copies(folder: Path, rows: Rows, copies: Copies, labels: Labels | None) -> None:
    """Write the pairs, the closest first: how far apart they are, and whether labels agree.

    ``IdIn`` and ``OtherIn`` are the set of each; ``Distance`` is the greatest of the
    channels' distances, in bits of 64, ``Likeness`` the correlation of their pixels.
    """
    header = (
        "Id",
        "Other",
        "IdIn",
        "OtherIn",
        "Distance",
        *copies.distances,
        "Likeness",
        "SameLabels",
    )
    sets = ("input", "against")
    lines = []
    farthest = np.max([*copies.distances.values(), np.zeros(len(copies.pairs), np.uint8)], axis=0)
    for at in np.argsort(farthest, kind="stable"):
        i, j = copies.pairs[at]
        apart = [int(every[at]) for every in copies.distances.values()]
        places = (sets[int(rows.second[i])], sets[int(rows.second[j])])
        same = _same(labels, int(i), int(j))
        ids = (rows.table.ids[i], rows.table.ids[j])
        lines.append((*ids, *places, int(farthest[at]), *apart, _number(copies.likeness[at]), same))
    write_rows(folder / COPIES, header, lines)


def _same(labels: Labels | None, i: int, j: int) -> str:
    if labels is None or labels[i] is None or labels[j] is None:
        return ""
    return "yes" if labels[i] == labels[j] else "no"


def write_differing(folder: Path, rows: Rows, grouped: Grouped, labels: Labels | None) -> None:
    """Write all rows of the groups whose rows have different labels."""
    if labels is None:
        (folder / DIFFERING).unlink(missing_ok=True)
        return
    unlike = differing(grouped.names, labels)
    lines = [
        (group, each, ";".join(sorted(mine)))
        for group, each, mine in zip(grouped.names, rows.table.ids, labels)
        if group in unlike and mine is not None
    ]
    write_rows(folder / DIFFERING, ("Group", "Id", "Labels"), sorted(lines))


def write_shift(folder: Path, shifts: Sequence[ColumnShift]) -> None:
    """Write how each column differs between the sets, the most different first."""
    if not shifts:
        (folder / SHIFT).unlink(missing_ok=True)
        return
    lines = (
        (each.column, each.block, *map(_number, (each.here, each.there, each.auc)))
        for each in shifts
    )
    write_rows(folder / SHIFT, ("Column", "Block", "Median", "MedianAgainst", "AUC"), lines)


def write_errors(folder: Path, oof: OutOfFold | None, errors: Sequence[LabelError]) -> None:
    """Write possible label errors by group, the most probable group first.

    ``InGroup`` counts the rows of the group with the same possible error: a whole group
    points at the antibody, a single row at the picture.
    """
    if oof is None:
        (folder / ERRORS).unlink(missing_ok=True)
        return
    alike = Counter((oof.groups[each.row], each.label, each.given) for each in errors)
    place = {group: at for at, group in reversed([*enumerate(oof.groups[e.row] for e in errors)])}
    lines = [
        (
            oof.groups[each.row],
            oof.ids[each.row],
            oof.labels[each.label],
            "given" if each.given else "missing",
            _number(each.probability),
            _number(each.doubt),
            alike[oof.groups[each.row], each.label, each.given],
        )
        for each in sorted(errors, key=lambda each: place[oof.groups[each.row]])
    ]
    header = ("Group", "Id", "Label", "Now", "Probability", "Doubt", "InGroup")
    write_rows(folder / ERRORS, header, lines)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"
