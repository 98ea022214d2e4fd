"""Settings of `view`."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.core.settings import Level, SegmentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSettings(SegmentSettings):
    """What `view` shows, and how cells are found.

    Attributes
    ----------
    labels
        Table of true labels; empty: none.
    predictions
        Predictions; empty: none.
    label
        Only fields with this label: true ones, or predicted ones where no true labels are given;
        those with the highest probability first. Empty: all fields.
    worst
        Fields whose predictions contradict their labels, the most confident first.
    level
        Whole fields, or cells of them.
    most
        How many pictures are shown.
    """

    labels: str = ""
    predictions: str = ""
    label: str = ""
    worst: bool = False
    level: Level = Level.IMAGE
    most: int = 60
