"""Which columns of a feature table are features, and the block of each.

A column that hpa-feat does not describe belongs to a block by its name (see `foreign_block`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from hpa_features.core.embedding_names import embedding_block
from hpa_features.core.errors import DataError
from hpa_features.core.progress import Progress
from hpa_features.core.tables import Column
from hpa_features.io.arrow import (
    ID_COLUMNS,
    METADATA,
    inexact_columns,
    is_row_number,
    name_some,
)
from hpa_features.io.column_facts import facts_of

_COMPARTMENTS = ("Cells", "Nuclei", "Cytoplasm", "Image")


def numeric_columns(
    table: pa.Table,
    name: str,
    not_features: set[str],
    known: Mapping[str, Column],
    progress: Progress,
) -> tuple[tuple[Column, ...], list[str], tuple[str, ...]]:
    """Return the features of a table called `name`, its columns of text, and those excluded.

    Raises
    ------
    DataError
        It has no features.
    """
    numeric, text = _sort_columns(table, not_features)
    inexact = _note_inexact(table, numeric, name, progress)
    numeric = [each for each in numeric if each not in inexact]
    if not numeric:
        raise DataError(f"{name} has no numeric columns other than Id and Metadata_ columns.")
    columns = _describe_columns(table, numeric, Path(name).name.split(".")[0], known)
    return columns, text, inexact


def _sort_columns(table: pa.Table, not_features: set[str]) -> tuple[list[str], list[str]]:
    """Return the names of the features and of the columns that are text or declared no feature."""
    numeric, text = [], []
    for name, kind in zip(table.column_names, table.schema.types):
        if name in ID_COLUMNS or is_row_number(name):
            continue
        if name.startswith(METADATA) or name in not_features or not _is_number(kind):
            text.append(name)
        else:
            numeric.append(name)
    return numeric, text


def _note_inexact(
    table: pa.Table, numeric: Sequence[str], where: str, progress: Progress
) -> tuple[str, ...]:
    """Return and note the columns whose whole numbers a float cannot hold."""
    inexact = tuple(inexact_columns(table, numeric))
    if inexact:
        progress.note(
            f"{where}: excluded, because their whole numbers go beyond ±2^53: {name_some(inexact)}."
        )
    return inexact


def _is_number(kind: pa.DataType) -> bool:
    # A CSV column without any value has type null: all NaN.
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return pa.types.is_null(kind) or any(test(kind) for test in tests)


def _describe_columns(
    table: pa.Table, names: Sequence[str], stem: str, known: Mapping[str, Column]
) -> tuple[Column, ...]:
    """Return what each of the columns `names` is; `stem` names those without a family."""
    facts = [facts_of(table.schema.field(name)) for name in names]
    foreign = foreign_block(names, stem)
    return tuple(
        known.get(name, Column(name, block))
        if not fact
        else Column(
            name=name,
            block=str(fact.get("block", block)),
            acquisition=bool(fact.get("acquisition", False)),
            meaning=str(fact.get("meaning", "")),
        )
        for name, fact, block in zip(names, facts, foreign)
    )


def foreign_block(names: Sequence[str], table: str) -> list[str]:
    """Return the block of each column of a table that is not ours, from the names alone.

    ``Cells_Embedding_densenet_7_Mean`` belongs to ``Embedding densenet``, also where it is alone;
    ``SLF_0001`` to ``SLF``; ``Cells_Texture_Contrast`` (CellProfiler's way) to
    ``Cells Texture``; ``red_mean`` to ``red``; a column that would be a block of its own, to the
    block named after the table.
    """
    blocks = [_prefix(name) for name in names]
    sizes = Counter(blocks)
    return [
        embedding_block(name) or (block if sizes[block] > 1 and block else table)
        for name, block in zip(names, blocks)
    ]


def _prefix(name: str) -> str:
    words = name.split("_")
    if words[0] in _COMPARTMENTS and len(words) > 2:
        return " ".join(words[:2])
    unnumbered = re.sub(r"[\W_]*\d+$", "", name)
    return unnumbered if unnumbered != name else words[0]
