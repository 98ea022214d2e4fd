"""Pictures of explained fields: read and segmented again as they were measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.reasons import FieldReasons
from hpa_features.core.settings import PredictSettings

if TYPE_CHECKING:
    from hpa_features.core.types import Field, Masks
    from hpa_features.report.explain_page import FieldPictures


def pictures_of(
    reasons: Sequence[FieldReasons],
    where: str,
    facts: Mapping[str, Any],
    settings: PredictSettings,
    labels: Sequence[str],
    progress: Progress,
) -> dict[str, FieldPictures]:
    """Return the pictures of fields by id.

    Parameters
    ----------
    where
        The images, as `predict` was given them, and could be given them again.
    facts
        ``model.json``: cells are found as for the training features.
    labels
        As `report.reason_words.shown_labels` takes them.

    Raises
    ------
    FieldError
        A field that was measured cannot be read again.
    """
    from hpa_features.pipeline.input_fields import find_input_fields
    from hpa_features.pipeline.predict_input import extract_settings
    from hpa_features.pipeline.segment import read_to_segment, segment_fields
    from hpa_features.pipeline.segmenters import resolve_segmenter

    how = extract_settings(facts, settings, only_drawn=True)
    ids = tuple(each.id for each in reasons)
    fields = find_input_fields(where, how, SILENT).only(ids)
    how = resolve_segmenter(how, fields.sources, Path(where), SILENT)
    by_id = {each.id: each for each in reasons}
    found = {}
    progress.start("drawing fields", len(ids))
    for source in fields.sources:
        read = read_to_segment(source, fields.channels, how)
        [(field, masks)] = segment_fields([read], how)
        found[source.id] = _pictures(by_id[source.id], field, masks, labels)
        progress.advance()
    progress.finish()
    return found


def _pictures(
    reasons: FieldReasons, field: Field, masks: Masks, labels: Sequence[str]
) -> FieldPictures:
    from hpa_features.report.evidence_map import evidence_map
    from hpa_features.report.explain_page import FieldPictures, evidence_of_label
    from hpa_features.report.overlay import overlay
    from hpa_features.report.reason_words import shown_labels
    from hpa_features.report.thumbnails import data_uri

    maps = {}
    for label in shown_labels(reasons, labels):
        evidence = evidence_of_label(reasons, label)
        if reasons.cells is not None and evidence is not None:
            shown = evidence_map(field, masks, reasons.cells.numbers, evidence)
            maps[label.label] = data_uri(shown)
    return FieldPictures(data_uri(overlay(field, masks)), maps)
