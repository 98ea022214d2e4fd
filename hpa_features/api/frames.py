"""DataFrames and the tables of the library, one into the other."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.arrow import ID_COLUMNS, METADATA, with_known_names
from hpa_features.io.column_facts import KEY

ATTRIBUTE = KEY.decode()
ID, NUMBER = f"{METADATA}Id", f"{METADATA}ObjectNumber"


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return a table of `extract` with its ids as the index and its settings in ``attrs``."""
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    frame = frame.set_index([each for each in (ID, NUMBER) if each in frame.columns])
    frame.attrs[ATTRIBUTE] = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
    return frame


def table_of(frame: pd.DataFrame, name: str, *, text: tuple[str, ...] | None = ()) -> pa.Table:
    """Return a DataFrame as an Arrow table called `name`, as if it were read from a file.

    Row ids are a column ``Id`` or ``Metadata_Id``, else the index, unless it only counts rows.

    Raises
    ------
    UsageError
        There are no ids, or two columns have one name.
    DataError
        A column holds values of different types.
    """
    frame = _with_ids(frame, name)
    frame.columns = pd.Index([str(each) for each in frame.columns])
    if not frame.columns.is_unique:
        repeated = frame.columns[frame.columns.duplicated()][0]
        raise UsageError(
            f"{name} has more than one column named {repeated}.", hint="Rename one of them."
        )
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"{name} cannot be read as a table: {' '.join(str(each) for each in error.args)}",
            hint="Give each column one type.",
        ) from error
    about = frame.attrs.get(ATTRIBUTE, {})
    metadata = {KEY: json.dumps(about)} if about else None
    return with_known_names(table.replace_schema_metadata(metadata), name, text=text)


def _with_ids(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a copy of `frame` with its ids as a column."""
    if any(str(each).casefold() == wanted.casefold() for each in frame for wanted in ID_COLUMNS):
        return frame.reset_index(drop=True)
    index = frame.index
    if index.nlevels == 1 and index.name is None and isinstance(index, pd.RangeIndex):
        raise UsageError(
            f"{name} has no ids: neither a column Id nor an index of ids.",
            hint="Set them: set_index(...), for example to that of the features.",
        )
    if index.nlevels == 1 and index.name not in ID_COLUMNS:
        frame = frame.rename_axis(ID)
    return frame.reset_index()
