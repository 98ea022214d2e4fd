"""report: a page of how a model does, what it relies on, and cells that show it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpa_features.core.errors import BundleError, UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import ReportSettings

ENDINGS = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What `report` wrote.

    Attributes
    ----------
    fields
        Training rows of the model.
    seconds
        Time it took.
    output
        The page.
    """

    fields: int
    seconds: float
    output: str


def report(
    model: str,
    output: str,
    settings: ReportSettings | None = None,
    *,
    progress: Progress = SILENT,
    overwrite: bool = False,
) -> ReportSummary:
    """Write a page that stands alone: figures, curves and settings of a model.

    Parameters
    ----------
    model
        A bundle.
    output
        An ``.html`` file.
    settings
        Where features and images are, and the bootstrap.
    progress
        Receives notes.
    overwrite
        Replace what is at `output`.

    Raises
    ------
    UsageError
        `output` ends otherwise or exists.
    BundleError
        The bundle is damaged.
    """
    from hpa_features import __version__
    from hpa_features.io.atomic import refuse_existing, replacing
    from hpa_features.io.bundle import read_bundle
    from hpa_features.pipeline.report_overview import overview_of
    from hpa_features.pipeline.simulated_training import limits_of_figures, warn_of_figures
    from hpa_features.report.model_page import ModelPage, model_html

    begun = time.monotonic()
    settings = settings or ReportSettings()
    if Path(output).suffix.lower() not in ENDINGS:
        raise UsageError(f"-o {output}: wanted a file that ends in {' or '.join(ENDINGS)}.")
    refuse_existing(Path(output), overwrite=overwrite)
    bundle = read_bundle(Path(model))
    caution = limits_of_figures(bundle.facts)
    warn_of_figures(bundle.facts, progress)
    data, method = _card(bundle.facts)
    page = ModelPage(
        name=Path(model).resolve().name,
        version=__version__,
        cautions=tuple(_sentence(each) for each in (caution, *bundle.facts["warnings"]) if each),
        overview=overview_of(bundle, settings.bootstrap, settings.seed),
        data=data,
        method=method,
    )
    with replacing(Path(output)) as temporary:
        temporary.write_text(model_html(page), encoding="utf-8")
    return ReportSummary(len(bundle.oof.ids), time.monotonic() - begun, output)


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


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
