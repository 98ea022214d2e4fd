"""report: a page of how a model does, what it relies on, and cells that show it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.judge_settings import ImportanceSettings, ReportSettings
from hpa_features.core.progress import SILENT, Progress
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.core.tables import FeatureTable
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.importance import BlockImportance
    from hpa_features.pipeline.report_reliance import Known
    from hpa_features.pipeline.report_rows import FeatureRows
    from hpa_features.report.label_section import LabelSection
    from hpa_features.report.overview import Overview

ENDINGS = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What `report` wrote.

    Attributes
    ----------
    fields
        Training rows of the model.
    failures
        Fields that have no thumbnail because they could not be read.
    seconds
        Time it took.
    output
        The page.
    caution
        That the model's rows are of simulated fields, in a sentence; empty: none are.
    """

    fields: int
    failures: int
    seconds: float
    output: str
    caution: str


def report(
    model: str,
    output: str,
    settings: ReportSettings | None = None,
    *,
    losses: Sequence[BlockImportance] = (),
    progress: Progress = SILENT,
    executor: Executor = HERE,
    overwrite: bool = False,
) -> ReportSummary:
    """Write a page that stands alone: what a model does and what it relies on.

    Parameters
    ----------
    model
        A bundle.
    output
        An ``.html`` file.
    settings
        Where features and images are, and the bootstrap. Without images the page lacks
        thumbnails, without features also distributions and profiles; it then states so.
    losses
        What `importance` found for the same model; without them and without diagnostics, blocks
        are ranked by gain.
    progress
        Receives progress, and what is missing.
    executor
        Where fields are read and segmented.
    overwrite
        Replace what is at `output`.

    Raises
    ------
    UsageError
        `output` ends otherwise or exists; features or images that are named are not there.
    BundleError
        The bundle is damaged, or the features lack columns of the model.
    DataError
        No field is found in the images.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.pipeline.importance import importance

    settings = settings or ReportSettings()
    refuse_output(output, settings, overwrite=overwrite)
    bundle = read_bundle(Path(model))
    if settings.repeats:
        shuffling = ImportanceSettings(
            blocks=settings.blocks, repeats=settings.repeats, seed=settings.seed
        )
        losses = importance(
            model, settings.features, settings=shuffling, progress=progress, executor=executor
        ).blocks
    name = Path(model).resolve().name
    return write_report(
        bundle, name, output, settings, losses=losses, progress=progress, executor=executor
    )


def refuse_output(output: str, settings: ReportSettings, *, overwrite: bool) -> None:
    """Refuse a page that cannot be written, before any work.

    Raises
    ------
    UsageError
        `output` does not end in .html, or exists.
    """
    from hpa_features.io.atomic import refuse_existing

    if Path(output).suffix.lower() not in ENDINGS:
        raise UsageError(f"-o {output}: wanted a file that ends in {' or '.join(ENDINGS)}.")
    refuse_existing(Path(output), overwrite=overwrite, inputs=(settings.features, settings.images))


def write_report(
    bundle: Bundle,
    name: str,
    output: str,
    settings: ReportSettings,
    *,
    table: FeatureTable | None = None,
    losses: Sequence[BlockImportance] = (),
    progress: Progress = SILENT,
    executor: Executor = HERE,
) -> ReportSummary:
    """Write the page of a bundle in memory, called `name`; others as for `report`.

    `table` has the features of the training rows; None: they are read from where `settings` or the
    bundle name them.
    """
    from hpa_features.io.atomic import replacing
    from hpa_features.pipeline.simulated_training import limits_of_figures

    begun = time.monotonic()
    caution = limits_of_figures(bundle.facts)
    known = (table, losses)
    html, failures = _page(name, bundle, settings, known, progress, executor)
    with replacing(Path(output)) as temporary:
        temporary.write_text(html, encoding="utf-8")
    seconds = time.monotonic() - begun
    return ReportSummary(len(bundle.oof.ids), failures, seconds, output, caution)


def _page(
    name: str,
    bundle: Bundle,
    settings: ReportSettings,
    given: tuple[FeatureTable | None, Sequence[BlockImportance]],
    progress: Progress,
    executor: Executor,
) -> tuple[str, int]:
    """Return the page, and how many fields failed."""
    from hpa_features import __version__
    from hpa_features.learn.explain.stored import diagnostics_of
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.report_examples import with_pictures
    from hpa_features.pipeline.report_mistakes import mistakes_of, mistakes_with_pictures
    from hpa_features.pipeline.report_overview import overview_of
    from hpa_features.pipeline.report_pictures import Thumbnails, thumbnails_of
    from hpa_features.pipeline.report_quality import quality_of
    from hpa_features.pipeline.report_reliance import Known
    from hpa_features.pipeline.report_rows import feature_rows
    from hpa_features.pipeline.simulated_training import limits_of_figures
    from hpa_features.report.model_page import ModelPage, model_html

    table, losses = given
    learned = unpack(bundle)
    known = Known(learned, learned.gains(), diagnostics_of(bundle), losses)
    data, method = _card(bundle.facts)
    overview = overview_of(bundle, settings.bootstrap, settings.seed)
    rows = feature_rows(bundle, learned, settings, table, progress)
    sections = _sections(bundle, overview, known, rows)
    mistakes = mistakes_of(bundle)
    thumbnails = Thumbnails()
    if settings.images:
        shown = {one.id for each in sections for one in each.exemplars}
        thumbnails = thumbnails_of(
            shown | {each.id for each in mistakes},
            bundle.facts,
            settings.images,
            settings.input,
            "" if rows is None else rows.source,
            progress,
            executor,
        )
    # Training warns of simulated rows too; each sentence is shown once.
    limits = dict.fromkeys((limits_of_figures(bundle.facts), *bundle.facts["warnings"]))
    page = ModelPage(
        name=name,
        version=__version__,
        cautions=tuple(text[:1].upper() + text[1:] for text in limits if text),
        missing=_missing(known, rows, settings),
        overview=overview,
        reliance=known.of_all(),
        sections=tuple(
            replace(each, exemplars=with_pictures(each.exemplars, thumbnails)) for each in sections
        ),
        mistakes=mistakes_with_pictures(mistakes, thumbnails),
        quality=quality_of(bundle, learned, rows),
        data=data,
        method=method,
    )
    return model_html(page), len(thumbnails.failed)


def _sections(
    bundle: Bundle, overview: Overview, known: Known, rows: FeatureRows | None
) -> tuple[LabelSection, ...]:
    from hpa_features.pipeline.report_examples import exemplars_of
    from hpa_features.pipeline.report_labels import profiles_of, top_columns
    from hpa_features.report.label_section import LabelSection

    truth = bundle.oof.truth if rows is None else bundle.oof.truth[rows.oof]
    return tuple(
        LabelSection(
            figures=figures,
            blocks=known.of_label(at) if figures.supported else None,
            columns=top_columns(known.learned, known.gains[at], rows, truth[:, at]),
            profiles=profiles_of(rows, truth[:, at]),
            curve=known.curve_of(figures.name),
            exemplars=exemplars_of(bundle, at),
        )
        for at, figures in enumerate(overview.labels)
    )


def _missing(known: Known, rows: FeatureRows | None, settings: ReportSettings) -> tuple[str, ...]:
    """Return what the page lacks and how to add it."""
    texts = []
    if known.diagnostics is None:
        texts.append(
            "The model was trained without `--diagnostics`: chance levels of blocks are missing."
        )
    if rows is None:
        texts.append(
            "The training features were not found: distributions and profiles are missing. Give "
            "their path with `--features`."
        )
    if not settings.images:
        texts.append("No images were given: thumbnails are missing. Add `--images INPUT`.")
    return tuple(texts)


def _card(
    facts: Mapping[str, Any],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the data card and the method of ``model.json``."""
    from hpa_features.report.card import data_facts, method_facts

    try:
        return tuple(data_facts(facts)), tuple(method_facts(facts))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"model.json: the facts of the model card cannot be read: {error!r}."
        ) from error
