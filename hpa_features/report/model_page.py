"""The report on a model: one page that stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.report.blocks import Reliance
from hpa_features.report.label_section import LabelSection
from hpa_features.report.overview import Overview
from hpa_features.report.pages.render import render
from hpa_features.report.quality import Mistake, Quality
from hpa_features.report.thumbnails import EDGE_UM, SIZE

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
        What limits the figures, a sentence each.
    missing
        What the page lacks and how to add it, a sentence each.
    overview
        Figures of all labels.
    reliance
        What all labels together rely on; None where none was learned.
    sections
        One for each label, in the same order.
    mistakes
        Labels that held-out predictions contradict.
    quality
        Of the training fields.
    data, method
        Terms and texts of the data card and of the settings; text between backticks is code.
    """

    name: str
    version: str
    cautions: tuple[str, ...]
    missing: tuple[str, ...]
    overview: Overview
    reliance: Reliance | None
    sections: tuple[LabelSection, ...]
    mistakes: tuple[Mistake, ...]
    quality: Quality
    data: tuple[tuple[str, str], ...]
    method: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """What the page is about."""
        return f"Report on the model “{self.name}”"

    @property
    def kind(self) -> str:
        """What the scores are of, in a sentence."""
        return _KINDS.get(self.overview.kind, "")

    @property
    def picture_size(self) -> tuple[int, int]:
        """Columns and rows of thumbnails, in pixels."""
        return SIZE

    @property
    def picture_key(self) -> str:
        """What thumbnails show."""
        return (
            f"Thumbnails are {EDGE_UM:g} µm wide and have one contrast. Left: microtubules red, ER "
            "yellow, DNA blue, protein green, with outlines of the cell (white) and its nucleus "
            "(cyan). Right: the protein alone. Each shows the whole cell of median size in its "
            "field."
        )


def model_html(page: ModelPage) -> str:
    """Return the page."""
    return render("model.html.jinja", page=page, title=page.title)
