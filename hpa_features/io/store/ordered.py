"""The rows of a folder in the order of a manifest, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hpa_features.io.arrow import read_part
from hpa_features.io.store.journal import Entry

ID = "Metadata_Id"


def rows_in_order(
    folder: Path, level: str, entries: Mapping[str, Entry], ids: Sequence[str]
) -> Iterator[pa.Table]:
    """Yield the rows of the fields `ids` in that order; fields without results are skipped.

    Neighbours in one part are read together: no more than one part is in memory.
    """
    for path, fields in groupby(
        (field_id for field_id in ids if field_id in entries),
        key=lambda field_id: _part_of(entries[field_id], level),
    ):
        if path:
            yield _rows(read_part(folder / path), list(fields))


def _part_of(entry: Entry, level: str) -> str:
    return next((out.path for out in entry.outputs if out.path.startswith(f"{level}/")), "")


def _rows(table: pa.Table, ids: list[str]) -> pa.Table:
    """Return the rows of `ids` in that order, those of one field as they are."""
    place = pc.index_in(table[ID], value_set=pa.array(ids, pa.string()))
    row = pa.array(range(table.num_rows), pa.int64())  # typed, for a part without rows
    numbered = pa.table({"place": place, "row": row})
    wanted = numbered.filter(pc.is_valid(numbered["place"])).sort_by(
        [("place", "ascending"), ("row", "ascending")]
    )
    return table.take(wanted["row"])
