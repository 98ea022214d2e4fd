"""explain: why fields have their labels, by a model's own scores."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.reasons import FieldReasons
from hpa_features.core.settings import PredictSettings
from hpa_features.pipeline.output_file import refuse_output
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.model import Model
    from hpa_features.pipeline.predict_input import Given

MOST_FIELDS = 50
"""Without ids, more fields than this are taken for a mistake."""


@dataclass(frozen=True, slots=True)
class ExplainSummary:
    """What was explained.

    Attributes
    ----------
    reasons
        One for each field, in the order asked for.
    fields
        How many.
    features
        Columns of the model.
    failures
        Fields that could not be measured.
    seconds
        Time it took.
    output
        The file that was written, empty for none.
    failed
        A row for each field that failed.
    labels
        Names of the labels that were asked for; none: those that are predicted, and the next.
    """

    reasons: tuple[FieldReasons, ...]
    fields: int
    features: int
    failures: int
    seconds: float
    output: str
    failed: tuple[Failure, ...]
    labels: tuple[str, ...] = ()


def explain(
    model: str,
    where: str,
    output: str = "",
    *,
    ids: Sequence[str] = (),
    labels: Sequence[str] = (),
    settings: PredictSettings | None = None,
    progress: Progress = SILENT,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
) -> ExplainSummary:
    """Find how far each block of columns moves each label of some fields, and which columns do.

    Parameters
    ----------
    model
        A bundle.
    where
        A feature table or store, images, a manifest, or ``-``, as for `predict`.
    output
        A file: .json, or .html, a page; empty: none.
    ids
        Fields to explain, in order; none: all, up to `MOST_FIELDS`.
    labels
        Names of labels that are asked for, in any case; the reasons hold all of them.
    settings
        Blocks to join, how images are read, whether `output` is replaced.
    progress
        Receives progress.
    executor
        Where images are measured.
    stdin
        Read when `where` is ``-``.

    Raises
    ------
    UsageError
        Unknown ids or labels, or too many fields and no ids; the output exists; as `predict`.
    BundleError
        The bundle is damaged or lacks background rows; columns of the model are missing.
    DataError
        There is nothing to explain.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.explain_files import (
        ENDINGS,
        is_page,
        write_reasons,
        write_text,
    )
    from hpa_features.pipeline.predict_input import plate_columns, read_input
    from hpa_features.pipeline.simulated_training import warn_of_model

    began = time.monotonic()
    settings = settings or PredictSettings()
    inputs = (where, *settings.blocks)
    refuse_output(output, ENDINGS, overwrite=settings.overwrite, inputs=inputs)
    bundle = read_bundle(Path(model))
    learned = unpack(bundle)
    asked = _labels(labels, learned.labels)
    warn_of_model(bundle.facts, progress)
    # A plate is normalized by all its fields, so none of them may be left out.
    only = () if plate_columns(bundle.facts) else tuple(ids)
    given = read_input(
        where, bundle.facts, settings, progress, executor, stdin, only=only, with_cells=True
    )
    reasons = explain_given(bundle, learned, given, ids, executor.slots, progress)
    if is_page(output):
        measured = given.cell_count is not None and where != "-"
        write_text(
            output, _page(reasons, measured, where, bundle, settings, asked, model, progress)
        )
    elif output:
        write_reasons(output, reasons)
    return ExplainSummary(
        reasons=reasons,
        fields=len(reasons),
        features=len(learned.seen),
        failures=len(given.failed),
        seconds=time.monotonic() - began,
        output=output,
        failed=given.failed,
        labels=asked,
    )


def _page(
    reasons: tuple[FieldReasons, ...],
    measured: bool,
    where: str,
    bundle: Bundle,
    settings: PredictSettings,
    asked: tuple[str, ...],
    model: str,
    progress: Progress,
) -> str:
    """Return the page, with pictures where fields were `measured` from images."""
    from hpa_features import __version__
    from hpa_features.pipeline.explain_pictures import pictures_of
    from hpa_features.report.explain_page import explain_html

    pictures = {}
    missing = "The input has no images, so there are no pictures of the fields."
    if measured:
        missing = ""
        pictures = pictures_of(reasons, where, bundle.facts, settings, asked, progress)
    return explain_html(
        reasons,
        pictures,
        model=Path(model).name,
        version=__version__,
        asked=asked,
        missing=missing,
    )


def _labels(names: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the labels of these names, which may be written in another case."""
    from hpa_features.core.nearest import did_you_mean
    from hpa_features.io.arrow import name_some

    by_name = {each.casefold(): each for each in known}
    for name in names:
        if name.casefold() not in by_name:
            near = did_you_mean(name, known)
            raise UsageError(
                f"The model has no label {name!r}.", hint=near or f"It has {name_some(known)}."
            )
    return tuple(dict.fromkeys(by_name[name.casefold()] for name in names))


def _rows(given: Given, ids: Sequence[str]) -> list[int]:
    """Return the rows that are asked for."""
    from hpa_features.pipeline.input_fields import no_such_field

    known = given.table.ids
    if not ids:
        if len(known) > MOST_FIELDS:
            raise UsageError(
                f"The input has {len(known):,} fields; without --id at most {MOST_FIELDS} are "
                "explained.",
                hint=f"Name them: --id {known[0]}",
            )
        return list(range(len(known)))
    row_of = {each: row for row, each in enumerate(known)}
    failed = {each.id for each in given.failed}
    missing = [each for each in ids if each not in row_of and each not in failed]
    if missing:
        raise no_such_field(missing[0], known)
    rows = [row_of[each] for each in dict.fromkeys(ids) if each in row_of]
    if not rows:
        raise DataError("None of the fields could be measured.")
    return rows


def explain_given(
    bundle: Bundle,
    learned: Model,
    given: Given,
    ids: Sequence[str],
    threads: int,
    progress: Progress,
) -> tuple[FieldReasons, ...]:
    """Return the reasons of rows that are in memory; all of them if no ids are named.

    All rows are transformed, since plates are wholes. Parameters and errors as those of `explain`.
    """
    from hpa_features.learn.explain.field import Explainer
    from hpa_features.pipeline.cell_tables import cells_of_rows
    from hpa_features.pipeline.predict_columns import compare
    from hpa_features.running.kernel_cache import prepare_kernel_cache

    rows = _rows(given, ids)
    compare(learned, given.table, bundle, progress)
    prepare_kernel_cache(progress)
    explainer = Explainer.of(learned)
    values, plates = learned.align(given.table), learned.plates(given.table)
    known = frozenset(bundle.oof.ids)
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as scratch:
        cells = cells_of_rows(learned, given.cells, given.table.ids, Path(scratch), progress)
        seen = [
            member.transform(values, plates, cells, threads=threads)[rows]
            for member in learned.members
        ]
    probabilities = learned.probabilities(seen, threads=threads)
    progress.start("explaining fields", len(rows))
    reasons = []
    for at, row in enumerate(rows):
        name = given.table.ids[row]
        reasons.append(
            explainer.field(
                name, [each[at] for each in seen], probabilities[at], in_training=name in known
            )
        )
        progress.advance()
    progress.finish()
    return _with_cells(learned, given, rows, threads, reasons)


def _with_cells(
    learned: Model,
    given: Given,
    rows: Sequence[int],
    threads: int,
    reasons: Sequence[FieldReasons],
) -> tuple[FieldReasons, ...]:
    """Return the reasons with the evidence of the fields' cells, where they are known."""
    from hpa_features.pipeline.cell_evidence import evidence_of, why_no_cells

    if why_no_cells(learned, given):
        return tuple(reasons)
    of_field = dict(evidence_of(learned, given, rows, threads))
    return tuple(replace(each, cells=of_field.get(each.id)) for each in reasons)
