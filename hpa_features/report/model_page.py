"""The report on a model: one page that stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.report.overview import Overview
from hpa_features.report.pages.render import render

_KINDS = {
    "nested": "Scores are of held-out rows: model, calibration and threshold were fitted again "
    "inside each training part, without the rows that are scored (nested).",
    "cross-fitted": "Scores are of held-out rows: each fold is scored by a model that was trained "
    "without it, with calibration and thresholds chosen on the other folds (cross-fitted).",
}


@dataclass(frozen=True, slots=True)
class ModelPage:
    """What the page shows; plain data.

    Attributes
    ----------
    name
        Of the model.
    version
        Of hpa-feat.
    cautions
        What limits the figures or is missing from the page, a sentence each.
    overview
        Figures of all labels.
    data, method
        Terms and texts of the data card and of the settings; text between backticks is code.
    """

    name: str
    version: str
    cautions: tuple[str, ...]
    overview: Overview
    data: tuple[tuple[str, str], ...]
    method: tuple[tuple[str, str], ...]
    sections: tuple[object, ...] = ()

    @property
    def title(self) -> str:
        """What the page is about."""
        return f"Report on the model “{self.name}”"

    @property
    def kind(self) -> str:
        """What the scores are of, in a sentence."""
        return _KINDS.get(self.overview.kind, "")


def model_html(page: ModelPage) -> str:
    """Return the page."""
    return render("model.html.jinja", page=page, title=page.title)
