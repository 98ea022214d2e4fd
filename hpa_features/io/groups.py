"""Which rows must stay together between training and testing: a column, a file, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.tables import FeatureTable
from hpa_features.io.arrow import GROUP_COLUMN, ids_of, name_some, read_arrow, words

AUTO, NONE = "auto", "none"
# Labels of the Human Protein Atlas are given per gene; one antibody stains many plates.
_GENE = "Gene"
_AUTO_COLUMNS = (_GENE, "Antibody", "Plate", GROUP_COLUMN)
# Grouping lowers a score only through rows that share their group. Where under a fifth do, over
# four fifths of the optimism of an ungrouped split remain.
FEWEST_SHARING = 0.2


@dataclass(frozen=True, slots=True)
class Groups:
    """A group for each row.

    Attributes
    ----------
    values
        One text a row; rows of equal text stay together.
    source
        Where they come from, for people: a column, a file, or ``none``.
    """

    values: tuple[str, ...]
    source: str

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(set(self.values))

    @property
    def alone(self) -> int:
        """Number of rows that are the only one of their group."""
        return sum(rows == 1 for rows in Counter(self.values).values())

    @property
    def nearly_none(self) -> bool:
        """Whether so few rows share their group that this nearly equals having no groups."""
        return len(self.values) - self.alone < FEWEST_SHARING * len(self.values)

    @property
    def consequence(self) -> str:
        """What follows where `nearly_none`, in a sentence without its full stop."""
        equals = "equals" if self.alone == len(self.values) else "nearly equals"
        return (
            f"{self.alone:,} of {len(self.values):,} rows are the only one in their group, which "
            f"{equals} having no groups: near-duplicate rows, such as fields of one antibody, may "
            "be on both sides of a split"
        )


def choose_groups(
    table: FeatureTable,
    group: str = AUTO,
    groups_file: str = "",
    *,
    progress: Progress = SILENT,
) -> Groups:
    """Return the group of each row of `table`.

    A row without a group stands alone, named after its id. A gene column may list several genes
    between semicolons; rows that share one are one group.

    Parameters
    ----------
    table
        Its metadata hold the columns to group by.
    group
        ``auto``: gene, else antibody, else plate, else a column ``Group``, else none; ``none``:
        every row alone; otherwise a column, with or without its ``Metadata_``.
    groups_file
        A table of ``Id`` and ``Group``; where given, it decides.
    progress
        Receives the choice, the number of rows without a group, and a warning if there are none.

    Raises
    ------
    UsageError
        There is no such column or file.
    DataError
        The file shares no id with the table.
    """
    if groups_file:
        return groups_from_file(table.ids, groups_file, progress=progress)
    if group == AUTO:
        if column := auto_column(table):
            return _by_column(table, column, progress)
        progress.warn(
            "No groups are known (no gene, antibody, plate or Group column): near-duplicate rows, "
            "such as fields of one antibody, may be on both sides of a split, and scores may be "
            "too high. Give --group COLUMN or --groups-file CSV; --group none accepts this."
        )
        return Groups(table.ids, NONE)
    if group == NONE:
        return Groups(table.ids, NONE)
    column = find_column(table, group)
    if not column:
        known = ", ".join(sorted(table.metadata)) or "none"
        raise UsageError(
            f"--group {group}: the table has no such column; columns to group by: {known}.",
            hint="Or give the groups as --groups-file CSV with Id and Group.",
        )
    return _by_column(table, column, progress)


def auto_column(table: FeatureTable) -> str:
    """Return the first column with values of gene, antibody, plate and Group, empty: none."""
    columns = (find_column(table, wanted) for wanted in _AUTO_COLUMNS)
    return next((each for each in columns if any(table.metadata.get(each, ()))), "")


def read_groups(path: str) -> dict[str, str]:
    """Read a table of ``Id`` and ``Group`` as group by id.

    Raises
    ------
    UsageError
        No such file, no such columns, duplicate ids.
    DataError
        The file is damaged.
    """
    table = read_arrow(path, text=None)
    ids = ids_of(table, path)
    if GROUP_COLUMN not in table.column_names:
        raise UsageError(
            f"{path} has no column Group; its columns are: {name_some(table.column_names)}.",
            hint="The table needs two columns: Id and Group.",
        )
    return dict(zip(ids, words(table, GROUP_COLUMN)))


def find_column(table: FeatureTable, wanted: str) -> str:
    """Return the metadata column of that name in any case, empty where there is none.

    `wanted` may begin with ``Metadata_``.
    """
    wanted = wanted.removeprefix("Metadata_")
    names = {name.casefold(): name for name in table.metadata}
    return wanted if wanted in table.metadata else names.get(wanted.casefold(), "")


def groups_from_file(ids: tuple[str, ...], path: str, *, progress: Progress = SILENT) -> Groups:
    """Return the group of each id by a table of ``Id`` and ``Group``.

    Raises
    ------
    UsageError
        As `read_groups`.
    DataError
        The file is damaged or has no id in common.
    """
    groups = read_groups(path)
    if not any(each in groups for each in ids):
        raise DataError(
            f"{path} has no Id in common with the table: it has {name_some(tuple(groups), 2)}, "
            f"the table has {name_some(ids, 2)}."
        )
    return _named(ids, tuple(groups.get(each, "") for each in ids), path, progress)


def _by_column(table: FeatureTable, column: str, progress: Progress) -> Groups:
    values = table.metadata[column]
    if column.casefold() == _GENE.casefold():
        values = _sharing_a_gene(values)
    return _named(table.ids, values, column, progress)


def _sharing_a_gene(values: Sequence[str]) -> tuple[str, ...]:
    """Give lists of genes that overlap, or are linked by others that do, the first one's text.

    In HPAv18 the lists of 141 antibodies overlap without being equal.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    lists = list(dict.fromkeys(values))
    genes: dict[str, int] = {}
    named = [
        (at, genes.setdefault(gene.strip(), len(genes)))
        for at, each in enumerate(lists)
        for gene in each.split(";")
        if gene.strip()
    ]
    at, gene = np.array(named).reshape(-1, 2).T
    size = len(lists) + len(genes)
    graph = coo_array((np.ones(len(at)), (at, len(lists) + gene)), shape=(size, size))
    linked = connected_components(graph, directed=False)[1]
    first: dict[int, str] = {}
    text = {each: first.setdefault(int(part), each) for each, part in zip(lists, linked)}
    return tuple(text[each] for each in values)


def _named(ids: Sequence[str], values: Sequence[str], source: str, progress: Progress) -> Groups:
    """Give rows without a group one of their own and report the choice."""
    taken = set(values)
    alone = [each for each, value in zip(ids, values) if not value]
    filled = tuple(
        value or (each if each not in taken else f"{each} (alone)")
        for each, value in zip(ids, values)
    )
    groups = Groups(filled, source)
    progress.note(f"Rows are grouped by {source}: {groups.count:,} groups of {len(ids):,} rows.")
    if alone:
        progress.warn(
            f"{len(alone):,} rows have no group in {source}; each is its own group: "
            f"{name_some(alone)}."
        )
    return groups
