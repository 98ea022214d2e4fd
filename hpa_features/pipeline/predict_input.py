"""What `predict` is given: a feature table from wherever it comes, images measured on the way."""

from __future__ import annotations

import glob
import io
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import Progress
from hpa_features.core.settings import ExtractSettings, PredictSettings, SegmenterName
from hpa_features.core.stored_settings import settings_from
from hpa_features.pipeline.kept_settings import as_kept_now
from hpa_features.pipeline.predict_columns import report_differences
from hpa_features.segmentation.cellpose.resolve import refuse_choices, with_choices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hpa_features.core.tables import FeatureTable
    from hpa_features.io.cells import CellTable
    from hpa_features.learn.model import Model
    from hpa_features.running.executor import Executor

_TABLE_ENDINGS = {".csv", ".tsv", ".parquet", ".arrow", ".feather"}


@dataclass(frozen=True, slots=True)
class Given:
    """Rows to predict.

    Attributes
    ----------
    table
        Their features.
    failed
        Fields without a row, because they could not be measured.
    cells
        Their cells, for models that score them; None: none are given.
    cell_count, cells_used
        How many cells were measured on the way, and how many of them the features are made of;
        None: features were given.
    all_rows
        Whether these are all rows of a run; of a part of them none need have cells.
    """

    table: FeatureTable
    failed: tuple[Failure, ...] = ()
    cells: CellTable | None = None
    cell_count: int | None = None
    cells_used: int | None = None
    all_rows: bool = True


def read_input(
    where: str,
    trained: Mapping[str, Any],
    settings: PredictSettings,
    progress: Progress,
    executor: Executor,
    stdin: BinaryIO | None,
    *,
    only: Sequence[str] = (),
    with_cells: bool = False,
) -> Given:
    """Return the features of what `where` means, and warn where their settings differ.

    Parameters
    ----------
    where
        A feature table, a store, a folder or glob of images, a manifest, or ``-``: any of them
        on `stdin`.
    trained
        ``model.json``: images are measured as its features were, as far as they can be; what it
        normalizes within is not a feature.
    settings
        Blocks to join, and how files become fields.
    progress
        Receives progress.
    executor
        Where images are measured.
    stdin
        Read to its end when `where` is ``-``.
    only
        Ids of the fields to measure, where images are given; none: all.
    with_cells
        Whether cells are wanted too, where the input has them, by a model that does not score them.

    Raises
    ------
    BundleError
        Images are given to a model of features that are not ours.
    UsageError
        Cells are given to a model that scores none.
    UsageError, DataError
        As `io.tables.read_features` and `pipeline.extract` raise them.
    """
    from hpa_features.io.blocks import join_blocks
    from hpa_features.io.store.failures import read_failures
    from hpa_features.io.store.folder import FAILURES
    from hpa_features.io.store.parts import part_paths
    from hpa_features.io.tables import is_store
    from hpa_features.pipeline.cell_tables import load_cells
    from hpa_features.pipeline.feature_tables import load_features

    plates = plate_columns(trained)
    scored = bool(trained.get("cells"))
    if settings.cells and not (scored or with_cells):
        raise UsageError(
            "--cells is given, but the model does not score cells.", hint="Omit --cells."
        )
    named = load_cells(settings.cells, progress=progress) if settings.cells else None
    if where != "-" and is_store(where):
        _refuse_network(settings)
        table = load_features(where, settings.blocks, not_features=plates, progress=progress)
        report_differences(trained, progress, table.settings)
        has_cells = with_cells and bool(part_paths(Path(where), "cells"))
        cells = load_cells(where) if (scored or has_cells) and named is None else named
        return Given(table, read_failures(Path(where) / FAILURES), cells)
    stream = io.BytesIO(stdin.read()) if where == "-" and stdin is not None else None
    if is_table(where, stream):
        _refuse_network(settings)
        source = where if stream is None else stream
        table = load_features(source, settings.blocks, not_features=plates, progress=progress)
        report_differences(trained, progress, table.settings)
        return Given(table, cells=named)
    measured = partial(_measure, where, trained, settings, progress, executor, stream, only)
    given = measured(cells=(scored or with_cells) and not settings.cells)
    joined = join_blocks(given.table, settings.blocks, progress=progress)
    return replace(given, table=joined, cells=named or given.cells)


def _refuse_network(settings: PredictSettings) -> None:
    """Refuse a network where features are given."""
    if settings.embedding:
        raise UsageError(
            "--embedding is given, but the input is a table of features, not images.",
            hint="Omit --embedding.",
        )


def plate_columns(trained: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the column that a model normalizes within, by its ``model.json``; empty: none."""
    normalized = trained.get("normalized", {})
    return (str(normalized["column"]),) if normalized else ()


def tell_unseen(learned: Model, plates: Sequence[str], progress: Progress) -> None:
    """Note which plates of the rows the model was not trained on."""
    from hpa_features.io.arrow import name_some

    scales = learned.members[0].scales
    unseen = sorted(set(plates) - set(scales.plates)) if scales else []
    if scales and unseen:
        progress.note(
            f"{len(unseen):,} {scales.column} not in training, normalized by their own rows: "
            f"{name_some(unseen)}."
        )


def is_table(where: str, stream: io.BytesIO | None) -> bool:
    """Whether it is a table of features; anything else is for `extract` to find or refuse.

    `stream` holds the content where `where` is ``-``; it is not moved.
    """
    from hpa_features.io.sniff import StreamKind, sniff

    if stream is None and not Path(where).is_file():
        # A name without a file is a mistyped table as likely as mistyped images.
        return not (Path(where).exists() or glob.has_magic(where)) and bool(Path(where).suffix)
    first = _first_bytes(where, stream)
    kind = sniff(first)
    if kind is StreamKind.PARQUET:
        return not _is_parquet_manifest(where if stream is None else stream)
    if kind is StreamKind.PATHS and stream is None:  # a table by its name, if a faulty one
        return bool(_TABLE_ENDINGS & set(Path(where).suffixes))
    return not first or kind in (StreamKind.ARROW, StreamKind.TABLE)


def _first_bytes(where: str, stream: io.BytesIO | None) -> bytes:
    from hpa_features.io.table_text import start_of

    if stream is not None:
        start = start_of(stream)
        stream.seek(0)
        return start
    with Path(where).open("rb") as file:
        return start_of(file)


def _is_parquet_manifest(source: str | io.BytesIO) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        names = parquet.read_schema(source).names
    except (pa.ArrowException, OSError):  # damaged; the reader of tables says so
        return False
    finally:
        if not isinstance(source, str):
            source.seek(0)
    return "green" in {name.casefold() for name in names}


def _measure(
    where: str,
    trained: Mapping[str, Any],
    settings: PredictSettings,
    progress: Progress,
    executor: Executor,
    stream: io.BytesIO | None,
    only: Sequence[str],
    *,
    cells: bool,
) -> Given:
    from hpa_features.io.tables import features_of
    from hpa_features.pipeline.cell_tables import load_cells
    from hpa_features.pipeline.extract import extract_table

    measured = extract_table(
        where,
        extract_settings(trained, settings),
        progress,
        executor=executor,
        cells=cells,
        check=partial(report_differences, trained, progress),
        stdin=stream,
        only=only,
    )
    table = features_of(measured.table, where, progress=progress)
    beside = None if measured.cells is None else load_cells(measured.cells, where)
    return Given(table, measured.failed, beside, measured.cell_count, measured.cells_used)


def extract_settings(
    facts: Mapping[str, Any], settings: PredictSettings, *, only_drawn: bool = False
) -> ExtractSettings:
    """Return settings that measure what a model reads as its features were measured.

    They are the model's as a whole, but for how files become fields, which is the caller's. Masks
    that the caller gives are taken, where the model's segmenter finds cells. Of a model whose cells
    Cellpose found, the caller may name other weights or diameters. Fields that are `only_drawn`
    need no network.

    Raises
    ------
    UsageError
        Options of Cellpose are given to a model whose cells it did not find, or with masks; a
        network is given to a model that uses none.
    BundleError
        The features of the model, by its ``model.json`` `facts`, are not ours, or its settings are
        not those of this version's `extract`; it uses a network whose file is not given.
    """
    from hpa_features.pipeline.embeddings import embedding_for

    extraction = facts["extraction"]
    if not extraction:
        raise BundleError(
            "The model was trained on a table that extract did not write, so it cannot be given "
            "images.",
            hint="Give a feature table with the model's columns.",
        )
    wanted = tuple(each["name"] for each in facts["features"])
    if facts.get("cells"):
        wanted += tuple(facts["cells"]["columns"])
    try:
        trained = settings_from(ExtractSettings, as_kept_now(extraction, ExtractSettings))
    except ValueError as error:
        raise BundleError(
            f"model.json: images cannot be measured by its extraction settings: {error}.",
            hint="Use the version of hpa-feat that trained the model, or give a feature table.",
        ) from error
    segmenter, cellpose = trained.segmenter, trained.cellpose
    if segmenter is not SegmenterName.WHOLE_FIELD and settings.input.masks:
        segmenter, cellpose = SegmenterName.AUTO, None
    elif segmenter not in (SegmenterName.WHOLE_FIELD, SegmenterName.CELLPOSE):
        segmenter = SegmenterName.AUTO
    if cellpose is not None:
        cellpose = with_choices(
            replace(cellpose, device=settings.device), settings.cellpose.named()
        )
    else:
        named = f"the model's segmenter, {trained.segmenter}"
        where = "given masks" if settings.input.masks else named
        refuse_choices(settings.cellpose.named(), where, "Omit")
    network = None
    if not only_drawn:
        network = embedding_for(trained.embedding, wanted, settings.embedding)
    return replace(
        trained,
        input=settings.input,
        segmenter=segmenter,
        cellpose=cellpose,
        columns=wanted,
        embedding=network,
        device=settings.device,
    )
