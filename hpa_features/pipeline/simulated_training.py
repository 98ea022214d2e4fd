"""What is stated of a model whose training rows are of simulated fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpa_features.core.errors import BundleError
from hpa_features.core.progress import Progress


def warn_of_figures(facts: Mapping[str, Any], progress: Progress) -> None:
    """Warn that figures of simulated rows do not hold for real fields, as ``model.json`` counts."""
    if limits := limits_of_figures(facts):
        progress.warn(limits)


def limits_of_figures(facts: Mapping[str, Any]) -> str:
    """Return the sentence of that warning, empty without simulated rows.

    Raises
    ------
    BundleError
        As `warn_of_model`.
    """
    rows = _which(facts)
    return f"{rows} are simulated fields: the scores do not apply to real fields." if rows else ""


def warn_of_model(facts: Mapping[str, Any], progress: Progress) -> float:
    """Warn of a model of simulated fields and return their share of its training rows.

    Raises
    ------
    BundleError
        ``model.json`` counts more simulated rows than rows, or not with an integer.
    """
    rows = _which(facts)
    if not rows:
        return 0.0
    progress.warn(
        f"the model was trained on simulated fields ({rows}); its predictions may not apply to "
        "real fields."
    )
    return float(facts["data"]["simulated"] / facts["data"]["rows"])


def _which(facts: Mapping[str, Any]) -> str:
    """Return in words which training rows are simulated, empty: none."""
    data = facts["data"]
    count, rows = data.get("simulated", 0), data["rows"]
    if type(count) is not int or not 0 <= count <= rows:
        raise BundleError(f"model.json: data.simulated must count rows, got {count!r}.")
    if not count:
        return ""
    if count == rows:
        return f"all {rows:,} training rows"
    return f"{count:,} of {rows:,} training rows, {count / rows:.0%}"
