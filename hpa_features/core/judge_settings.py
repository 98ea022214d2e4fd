"""Settings of the verbs that judge or explain: predictions, masks, models."""

from __future__ import annotations

from dataclasses import dataclass, field

from hpa_features.core.run_only import run_only
from hpa_features.core.settings import InputSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSettings:
    """What `evaluate` does.

    Attributes
    ----------
    by
        ``FILE:COLUMN``: figures for each value of that column apart; empty: none.
    groups_file
        Table of Id and Group; empty: the bundle's own groups, or every row alone.
    compare
        Other predictions or another bundle for the same rows; empty: none.
    bootstrap
        Draws of groups behind each interval.
    seed
        Seeds them.
    """

    by: str = ""
    groups_file: str = ""
    compare: str = ""
    bootstrap: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateMasksSettings:
    """What `evaluate_masks` does.

    Attributes
    ----------
    objects
        ``cells`` or ``nuclei``.
    tolerance_um
        Distance at which boundary pixels of both masks count as the same.
    input
        How masks are read; its `masks` is not used.
    overwrite
        Replace what is at the output.
    """

    objects: str = "cells"
    tolerance_um: float = 1.0
    input: InputSettings = field(default_factory=InputSettings)
    overwrite: bool = run_only(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceSettings:
    """What `importance` does.

    Attributes
    ----------
    blocks
        Tables joined by Id, as in training.
    repeats
        Permutations of each block.
    seed
        Seeds them.
    """

    blocks: tuple[str, ...] = ()
    repeats: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What `report` shows.

    Attributes
    ----------
    features
        The table that the model was trained on; empty: the path that the model remembers.
    blocks
        Tables joined by Id; empty: as in training.
    images
        Images of the training rows, as `extract` takes them; empty: none, so no thumbnails.
    input
        How files become fields, and where their masks are.
    repeats
        Permutations of each block, as in `ImportanceSettings`; 0: blocks are not shuffled.
    bootstrap
        Draws of groups behind each interval.
    seed
        Seeds both.
    """

    features: str = ""
    blocks: tuple[str, ...] = ()
    images: str = ""
    input: InputSettings = field(default_factory=InputSettings)
    repeats: int = 0
    bootstrap: int = 2000
    seed: int = 0
