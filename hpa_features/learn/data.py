"""What learning starts from: one row an image, its numbers, its labels, its group."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.embedding_names import EMBEDDING, is_embedding_block
from hpa_features.core.errors import UsageError
from hpa_features.core.tables import Column
from hpa_features.learn.cells import Cells

FEWEST_GROUPS = 3
ACQUISITION = "acquisition"
_TIMES = re.compile(r"\s+[x×]\s+")
_CELLS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Joined features, labels and groups.

    Attributes
    ----------
    ids
        Row ids, unique.
    columns
        What each column of `values` is.
    values
        (rows, columns) float32; NaN where undefined.
    labels
        Label names, in order.
    truth
        (rows, labels) bool.
    groups
        (rows,) 0…n−1: rows of equal number stay together.
    group_names
        (n,) what the numbers stand for.
    group_column
        Where the groups are from; ``none`` when every row is its own.
    plates
        (rows,) what each row is normalized within; empty: columns stay as they are.
    plate_column
        Where the plates are from.
    cells
        The cells of every row, to be scored; None: only the table is used.
    cell_columns
        Name of each column of theirs.
    simulated
        (rows,) whether the row is of a simulated field; empty: none is.
    networks
        Places of the columns that networks gave, if there are other columns too.
    own
        (labels,) places of the columns that are scores of each label; empty: there are none.
    """

    ids: tuple[str, ...]
    columns: tuple[Column, ...]
    values: NDArray[np.float32]
    labels: tuple[str, ...]
    truth: NDArray[np.bool_]
    groups: NDArray[np.intp]
    group_names: tuple[str, ...]
    group_column: str
    plates: tuple[str, ...] = ()
    plate_column: str = ""
    cells: Cells | None = None
    cell_columns: tuple[str, ...] = ()
    simulated: tuple[bool, ...] = ()
    networks: tuple[int, ...] = ()
    own: tuple[tuple[int, ...], ...] = ()

    def digest(self) -> str:
        """Return the sha256 of ids, column names, values, labels, groups, plates and cells."""
        sha = hashlib.sha256()
        names = (self.ids, tuple(column.name for column in self.columns), self.labels)
        for texts in (*names, self.group_names, self.plates):
            sha.update("\0".join(texts).encode() + b"\n")
        for array in (self.values, self.truth, self.groups.astype(np.int64)):
            sha.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        if self.cells is not None:
            sha.update("\0".join(self.cell_columns).encode() + b"\n")
            sha.update(self.cells.starts.astype(np.int64).tobytes())
            for at in range(0, len(self.cells.values), _CELLS_AT_ONCE):
                sha.update(self.cells.values[at : at + _CELLS_AT_ONCE].tobytes())
        return sha.hexdigest()


def network_columns(columns: Sequence[Column], joined: Iterable[str]) -> tuple[int, ...]:
    """Return the places of columns of networks; nothing where there are no other columns.

    `joined` are the blocks of tables that were joined, which count as networks.
    """
    blocks = set(joined)
    found = tuple(
        at
        for at, each in enumerate(columns)
        if is_embedding_block(each.block) or each.block in blocks
    )
    return found if len(found) < len(columns) else ()


def useful_columns(data: TrainingData) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """Find the columns that vary and are not identical to an earlier one.

    Returns
    -------
    kept
        Their places.
    dropped
        ``constant``: names of columns with at most one distinct value (NaN counts as one);
        ``identical``: names of columns equal to an earlier one in every row.

    Raises
    ------
    UsageError
        No column is left, and there are no cells.
    """
    seen: set[bytes] = set()
    keep, constant, identical = [], [], []
    for index, column in enumerate(data.columns):
        # + 0 makes −0 and 0 the same bytes; NaNs may differ in theirs.
        values = np.where(np.isnan(data.values[:, index]), np.nan, data.values[:, index] + 0)
        content = hashlib.sha256(values.astype(np.float32).tobytes()).digest()
        if np.all(values == values[0]) or np.all(np.isnan(values)):
            constant.append(column.name)
        elif content in seen:
            identical.append(column.name)
        else:
            seen.add(content)
            keep.append(index)
    if not keep and data.cells is None:
        raise UsageError(f"All {len(data.columns)} feature columns are constant.")
    return keep, {"constant": tuple(constant), "identical": tuple(identical)}


def without_blocks(data: TrainingData, blocks: tuple[str, ...]) -> TrainingData:
    """Exclude the columns of the named blocks (see `blocks_named`).

    ``Acquisition`` also means every column that marks the imaging era, whatever its block.
    """
    return of_columns(data, kept_columns(data.columns, blocks))


def kept_columns(columns: Sequence[Column], blocks: tuple[str, ...]) -> list[int]:
    """Return the places of the columns that `without_blocks` keeps."""
    present = {column.block.casefold() for column in columns}
    unwanted = {name for block in blocks for name in blocks_named(block, present)}
    if any(block.casefold() == ACQUISITION for block in blocks):
        unwanted.add(ACQUISITION)
    return [
        index
        for index, column in enumerate(columns)
        if column.block.casefold() not in unwanted
        and not (column.acquisition and ACQUISITION in unwanted)
    ]


def blocks_named(name: str, blocks: Iterable[str]) -> set[str]:
    """Return the blocks, in lower case, that a name in any case means.

    It is a block (``Nucleus × Texture``, also with the letter x), else all blocks of a landmark or
    of a family (``Texture``), or those of all networks (``Embedding``).
    """
    known = {block.casefold() for block in blocks}
    word = " × ".join(_TIMES.split(name.casefold()))
    if word in known:
        return {word}
    if word == EMBEDDING.casefold():
        return {each for each in known if is_embedding_block(each)}
    return {each for each in known if word in _TIMES.split(each)}


def of_columns(data: TrainingData, keep: list[int]) -> TrainingData:
    """Return the data with the columns at these places only."""
    if len(keep) == len(data.columns):  # a copy would be as large as the table
        return data
    return replace(
        data,
        columns=tuple(data.columns[index] for index in keep),
        values=np.take(data.values, keep, axis=1),
    )


def fold_count(data: TrainingData, wanted: int) -> int:
    """Return min(wanted, groups).

    Raises
    ------
    UsageError
        Fewer than three groups.
    """
    groups = len(data.group_names)
    if groups < FEWEST_GROUPS:
        alone = groups == len(data.ids)
        raise UsageError(
            f"Training needs at least {FEWEST_GROUPS} groups, got {groups} "
            f"(grouped by {data.group_column}).",
            hint="Add labelled rows of other groups."
            if alone
            else "Give another column with --group COLUMN, or --group none to treat each row "
            "as a group.",
        )
    return min(wanted, groups)
