"""Which rows of an audit belong together: known groups, joined by near-duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpa_features.core.progress import Progress
from hpa_features.core.settings import AuditSettings
from hpa_features.pipeline.audit_copies import Copies
from hpa_features.pipeline.audit_rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Grouped:
    """Which rows belong together.

    Attributes
    ----------
    names
        (rows,) name of each row's group, known groups and near-duplicates joined.
    numbers
        (rows,) the same as numbers from 0.
    copies
        (rows,) groups of near-duplicates alone.
    source
        Where the known groups are from; ``none`` without any.
    known
        (rows,) name of the group that was known, the row's id where none was.
    """

    names: tuple[str, ...]
    numbers: NDArray[np.intp]
    copies: NDArray[np.intp]
    source: str
    known: tuple[str, ...]


def group_rows(rows: Rows, copies: Copies, settings: AuditSettings, progress: Progress) -> Grouped:
    """Return known groups joined by near-duplicates.

    A group is named after the known group of its first row, or after that row's id.

    Raises
    ------
    UsageError, DataError
        As `io.groups.choose_groups`.
    """
    import numpy as np

    from hpa_features.io.groups import AUTO, NONE, auto_column, choose_groups
    from hpa_features.learn.copies import joined_groups, numbered

    wanted = settings.group
    if wanted == AUTO and not auto_column(rows.table):
        wanted = NONE
        if not settings.groups_file:
            progress.note("No groups are known; only near-duplicates form groups.")
    known = choose_groups(rows.table, wanted, settings.groups_file, progress=progress)
    numbers = joined_groups(numbered(np.array(known.values)), copies.pairs)
    first = np.unique(numbers, return_index=True)[1]
    return Grouped(
        names=tuple(known.values[first[number]] for number in numbers),
        numbers=numbers,
        copies=joined_groups(np.arange(len(numbers)), copies.pairs),
        source=settings.groups_file or known.source,
        known=known.values,
    )


def differing(groups: Sequence[str], labels: Sequence[frozenset[str] | None]) -> frozenset[str]:
    """Return the groups whose rows have different labels; None stands for unknown labels."""
    sets: dict[str, set[frozenset[str]]] = {}
    for group, each in zip(groups, labels):
        if each is not None:
            sets.setdefault(group, set()).add(each)
    return frozenset(group for group, different in sets.items() if len(different) > 1)
