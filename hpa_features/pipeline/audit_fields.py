"""What `audit` looks at: facts and hashes of fields, measured into a store, or a feature table."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import AuditSettings, FieldSettings
from hpa_features.core.stored_settings import part_of, result_settings
from hpa_features.core.tables import FeatureTable
from hpa_features.core.types import CHANNELS, Channel, FieldSource
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from hpa_features.io.store.journal import Entry
    from hpa_features.pipeline.field_parts import Part
    from hpa_features.running.executor import Monitor

_LEVEL = "images"
_HASH = "Hash_"
_NO_CELLS_LOOKED_FOR = 1  # a field that is done counts as one cell; none would be warned of


@dataclass(frozen=True, slots=True)
class Side:
    """The rows of one of the sets that are compared.

    Attributes
    ----------
    table
        Numbers and metadata by id.
    hashes
        Channel → (rows,) uint64; empty for a table that carries none.
    sources
        (rows,) where each field's files lie; None for rows of a table.
    failed
        Fields that could not be read.
    """

    table: FeatureTable
    hashes: Mapping[Channel, NDArray[np.uint64]]
    sources: tuple[FieldSource | None, ...]
    failed: tuple[Failure, ...] = ()


def read_side(
    where: str,
    folder: Path,
    settings: AuditSettings,
    progress: Progress,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
) -> Side:
    """Return the rows that `where` means.

    Parameters
    ----------
    where
        Images, as `io.manifest.find_fields` takes them, or a feature table or store.
    folder
        Where facts of images are kept; what is there is not measured again.
    settings
        How files become fields.
    progress
        Receives progress.
    executor
        Where fields are measured.
    stdin
        Read when `where` is ``-``.

    Raises
    ------
    UsageError, DataError
        As `extract` and `io.tables.read_features`.
    """
    from hpa_features.io.tables import is_store
    from hpa_features.pipeline.feature_tables import load_features
    from hpa_features.pipeline.predict_input import is_table

    if is_store(where):
        return _side(load_features(where, progress=progress))
    stream = io.BytesIO(stdin.read()) if where == "-" and stdin is not None else None
    if is_table(where, stream):
        return _side(load_features(where if stream is None else stream, progress=progress))
    return _measure(where, folder, settings, progress, executor, stream)


def _side(
    table: FeatureTable,
    sources: tuple[FieldSource | None, ...] = (),
    failed: tuple[Failure, ...] = (),
) -> Side:
    """Take hashes out of the metadata of a table."""
    import numpy as np

    names = {channel: f"{_HASH}{channel}" for channel in CHANNELS}
    hashes = {
        channel: np.array([int(text or "0", 16) for text in table.metadata[name]], np.uint64)
        for channel, name in names.items()
        if name in table.metadata
    }
    kept = {name: texts for name, texts in table.metadata.items() if name not in names.values()}
    return Side(replace(table, metadata=kept), hashes, sources or (None,) * len(table.ids), failed)


def _measure(
    where: str,
    folder: Path,
    settings: AuditSettings,
    progress: Progress,
    executor: Executor,
    stdin: BinaryIO | None,
) -> Side:
    import pyarrow as pa

    from hpa_features.io.store.ordered import rows_in_order
    from hpa_features.io.store.run_file import describe_run
    from hpa_features.io.tables import features_of
    from hpa_features.pipeline.field_runs import Plan, run_fields
    from hpa_features.pipeline.input_fields import find_input_fields

    how = part_of(FieldSettings, settings)
    fields = find_input_fields(where, how, progress, stdin)
    work = AuditPart(how, fields.channels, fields.metadata, folder)
    kept = result_settings(how) | {"channels": fields.channels, "metadata": fields.metadata}
    run = describe_run("audit", kept)
    schema = work.schema()
    plan = Plan(fields, how, run, work, schemas={_LEVEL: schema})
    result = run_fields(plan, folder, progress, executor)
    entries = {entry.id: entry for entry in result.done}
    rows = rows_in_order(folder, _LEVEL, entries, list(entries))
    table = features_of(pa.concat_tables([schema.empty_table(), *rows]), where)
    source_of = {source.id: source for source in fields.sources}
    return _side(table, tuple(source_of[each] for each in table.ids), result.failed)


class _Facts(NamedTuple):
    metadata: Mapping[str, str]
    hashes: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AuditPart:
    """The work on one part of the fields; pickled into worker processes.

    Attributes
    ----------
    settings
        How to read.
    channels
        Channels that are looked at.
    metadata
        ``Metadata_`` columns of the fields.
    folder
        Where part files go.
    """

    settings: FieldSettings
    channels: tuple[Channel, ...]
    metadata: tuple[str, ...]
    folder: Path

    def __call__(self, part: Part, monitor: Monitor) -> tuple[Entry, ...]:
        """Read the fields, write their facts as one part, and return what was written."""
        from hpa_features.io.store.parts import write_part
        from hpa_features.pipeline.field_parts import done_entry, map_fields
        from hpa_features.running.parts import part_name

        done, failed = map_fields(part, self._facts, monitor)
        if not done:
            return failed
        outputs = write_part(self.folder, part_name(done), {_LEVEL: self._table(done)})
        entries = [done_entry(each, outputs, _NO_CELLS_LOOKED_FOR, {}, len(done)) for each in done]
        return (*entries, *failed)

    def schema(self) -> pa.Schema:
        """Return the schema of the facts: ids, metadata and hashes as text, then numbers."""
        import pyarrow as pa

        from hpa_features.features.acquisition import acquisition_columns
        from hpa_features.io.column_facts import KEY

        texts = ["Id", *self.metadata, *(f"{_HASH}{channel}" for channel in self.channels)]
        facts = {
            each.name: {"block": each.block, "acquisition": True, "meaning": each.meaning}
            for each in acquisition_columns(self.channels)
        }
        return pa.schema(
            [
                *(pa.field(f"Metadata_{name}", pa.string()) for name in texts),
                *(
                    pa.field(name, pa.float32(), metadata={KEY: json.dumps(about)})
                    for name, about in facts.items()
                ),
            ]
        )

    def _facts(self, source: FieldSource) -> _Facts:
        from hpa_features.features.acquisition import acquisition_facts
        from hpa_features.kernels.cpu.fingerprint import perceptual_hash
        from hpa_features.pipeline.segment import read_channels

        view = read_channels(source, self.channels, self.settings.input)
        hashes = tuple(f"{perceptual_hash(view.planes[each]):016x}" for each in self.channels)
        return _Facts(view.metadata, hashes, acquisition_facts(view, self.channels))

    def _table(self, done: Mapping[str, _Facts]) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        rows = list(done.values())
        texts = [
            list(done),
            *([row.metadata.get(name, "") for row in rows] for name in self.metadata),
        ]
        hashes = zip(*(row.hashes for row in rows))
        numbers = np.array([row.values for row in rows], np.float32).T
        schema = self.schema()
        columns = [*texts, *map(list, hashes), *numbers]
        return pa.table(
            [pa.array(column, each.type) for column, each in zip(columns, schema)], schema=schema
        )
