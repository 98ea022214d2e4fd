"""Part files: the tables of some fields, whole under their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hpa_features.io.store.atomic import replacing
from hpa_features.io.store.journal import WrittenFile

COMPRESSION = "zstd"


def write_part(folder: Path, name: str, tables: Mapping[str, pa.Table]) -> tuple[WrittenFile, ...]:
    """Write ``<level>/<name>.parquet`` for each level and return what was written."""
    written = []
    for level, table in tables.items():
        path = folder / level / f"{name}.parquet"
        with replacing(path) as temporary:
            write_parquet(temporary, table.schema, [table])
        written.append(WrittenFile(f"{level}/{name}.parquet", path.stat().st_size))
    return tuple(written)


def write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema, each as a row group."""
    # Floats hardly repeat: a dictionary of them would only be given up again.
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetWriter(path, schema, compression=COMPRESSION, use_dictionary=texts) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))
