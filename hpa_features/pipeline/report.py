"""report: a page of how a model does, what it relies on, and cells that show it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import ReportSettings
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.pipeline.report_pictures import Thumbnails
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
    """

    fields: int
    failures: int
    seconds: float
    output: str


def report(
    model: str,
    output: str,
    settings: ReportSettings | None = None,
    *,
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
    from hpa_features.io.atomic import refuse_existing, replacing
    from hpa_features.io.bundle import read_bundle
    from hpa_features.pipeline.simulated_training import warn_of_figures

    begun = time.monotonic()
    settings = settings or ReportSettings()
    if Path(output).suffix.lower() not in ENDINGS:
        raise UsageError(f"-o {output}: wanted a file that ends in {' or '.join(ENDINGS)}.")
    refuse_existing(Path(output), overwrite=overwrite, inputs=(settings.features, settings.images))
    bundle = read_bundle(Path(model))
    warn_of_figures(bundle.facts, progress)
    html, failures = _page(Path(model), bundle, settings, progress, executor)
    with replacing(Path(output)) as temporary:
        temporary.write_text(html, encoding="utf-8")
    return ReportSummary(len(bundle.oof.ids), failures, time.monotonic() - begun, output)


def _page(
    model: Path, bundle: Bundle, settings: ReportSettings, progress: Progress, executor: Executor
) -> tuple[str, int]:
    """Return the page, and how many fields failed."""
    from hpa_features import __version__
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.report_overview import overview_of
    from hpa_features.pipeline.report_pictures import Thumbnails, thumbnails_of
    from hpa_features.pipeline.report_rows import feature_rows
    from hpa_features.pipeline.simulated_training import limits_of_figures
    from hpa_features.report.model_page import ModelPage, model_html

    learned = unpack(bundle)
    overview = overview_of(bundle, settings.bootstrap, settings.seed)
    rows = feature_rows(bundle, learned, settings, progress)
    sections = _sections(bundle, overview, rows)
    shown = {one.id for each in sections for one in each.exemplars}
    thumbnails = (
        thumbnails_of(
            shown,
            bundle.facts,
            settings.images,
            settings.input,
            "" if rows is None else rows.source,
            progress,
            executor,
        )
        if settings.images
        else Thumbnails()
    )
    data, method = _card(bundle.facts)
    limits = (limits_of_figures(bundle.facts), *bundle.facts["warnings"])
    page = ModelPage(
        name=model.resolve().name,
        version=__version__,
        cautions=tuple(text[:1].upper() + text[1:] for text in limits if text),
        missing=_missing(bundle, rows, settings),
        overview=overview,
        sections=_with_pictures(sections, thumbnails),
        data=data,
        method=method,
    )
    return model_html(page), len(thumbnails.failed)


def _sections(
    bundle: Bundle, overview: Overview, rows: FeatureRows | None
) -> tuple[LabelSection, ...]:
    from hpa_features.learn.explain.stored import diagnostics_of
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.report_examples import exemplars_of
    from hpa_features.pipeline.report_labels import (
        bars_of_gain,
        bars_of_reasons,
        profiles_of,
        top_columns,
    )
    from hpa_features.report.label_section import LabelSection

    learned = unpack(bundle)
    gains = learned.gains()
    diagnostics = diagnostics_of(bundle)
    reasons = {each.label: each for each in diagnostics.labels} if diagnostics else {}
    truth = bundle.oof.truth if rows is None else bundle.oof.truth[rows.oof]
    sections = []
    for at, figures in enumerate(overview.labels):
        blocks = None
        if figures.supported:
            found = reasons.get(figures.name)
            blocks = bars_of_reasons(found) if found else bars_of_gain(learned, gains[at])
        sections.append(
            LabelSection(
                figures=figures,
                blocks=blocks,
                columns=top_columns(learned, gains[at], rows, truth[:, at]),
                profiles=profiles_of(rows, truth[:, at]),
                exemplars=exemplars_of(bundle, at),
            )
        )
    return tuple(sections)


def _with_pictures(
    sections: tuple[LabelSection, ...], thumbnails: Thumbnails
) -> tuple[LabelSection, ...]:
    from hpa_features.pipeline.report_examples import with_pictures

    return tuple(
        replace(each, exemplars=with_pictures(each.exemplars, thumbnails)) for each in sections
    )


def _missing(bundle: Bundle, rows: FeatureRows | None, settings: ReportSettings) -> tuple[str, ...]:
    """Return what the page lacks and how to add it."""
    from hpa_features.learn.explain.stored import FACTS

    texts = []
    if not bundle.facts.get(FACTS):
        texts.append(
            "The model was trained without `--diagnostics`: blocks are ranked by gain, without a "
            "chance level."
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
