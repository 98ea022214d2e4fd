"""Part files: the tables of some fields, whole under their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hpa_features.core.errors import DataError
from hpa_features.io.atomic import PART, replacing
from hpa_features.io.store.journal import WrittenFile, journals_in, outputs_in, size_of

COMPRESSION = "zstd"
_METADATA = "Metadata_"


def write_part(folder: Path, name: str, tables: Mapping[str, pa.Table]) -> tuple[WrittenFile, ...]:
    """Write ``<level>/<name>.parquet`` for each level and return what was written.

    What the columns mean is not repeated in every part: `schema.json` has it.
    """
    written = []
    for level, table in tables.items():
        path = folder / level / f"{name}.parquet"
        with replacing(path) as temporary:
            write_parquet(temporary, table.schema, [table], describe_columns=False)
        written.append(WrittenFile(f"{level}/{name}.parquet", path.stat().st_size))
    return tuple(written)


def part_paths(folder: Path, level: str) -> tuple[Path, ...]:
    """Return the part files of a level in order; none where `folder` is not a store.

    Other part files are of tasks that were lost, and done again elsewhere: they do not count.

    Raises
    ------
    DataError
        A journal names a part that is missing or has another size.
    """
    known = outputs_in(folder, level)
    lost = [each.path for each in known if size_of(folder / each.path) != each.size]
    if lost:
        count = "1 part is" if len(lost) == 1 else f"{len(lost):,} parts are"
        raise DataError(
            f"{folder}: {count} missing or damaged, such as {lost[0]}.",
            hint="Run the same command again; only missing parts are computed.",
        )
    if journals_in(folder):
        return tuple(folder / each.path for each in known)
    return tuple(sorted((folder / level).glob(f"{PART}*.parquet")))


def write_parquet(
    path: Path, schema: pa.Schema, tables: Iterable[pa.Table], *, describe_columns: bool = True
) -> None:
    """Write tables of one schema, each as a row group.

    Without `describe_columns` the metadata of columns stay out; those of the schema stay in.
    """
    # Floats hardly repeat: a dictionary of them would only be given up again. Nobody looks for
    # rows by the least and greatest value of a feature. All types of ours are Parquet's own, so
    # Arrow's copy of the schema (124 bytes a column without any words) tells nothing new.
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with pq.ParquetWriter(
        path,
        schema,
        compression=COMPRESSION,
        use_dictionary=texts,
        write_statistics=[name for name in schema.names if name.startswith(_METADATA)],
        store_schema=describe_columns,
        write_page_checksum=True,  # a flipped bit is an error, not another number
    ) as writer:
        if not describe_columns and schema.metadata:
            writer.add_key_value_metadata(schema.metadata)
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))
