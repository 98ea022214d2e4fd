"""The settings of `train`; written completely to the bundle's ``model.json``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hpa_features.core.run_only import run_only
from hpa_features.core.settings import Device


class TrainOn(StrEnum):
    """What is learned from: statistics of images, scores of their cells, or both."""

    IMAGE = "image"
    CELLS = "cells"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What `train` does.

    Attributes
    ----------
    group
        ``auto``, ``none`` or the name of a column whose equal values must stay together.
    groups_file
        Table of Id and Group, which then decides; empty: none.
    blocks
        Tables joined by Id, each as a block of its own.
    without
        Blocks excluded (names match in any case).
    own_label_columns
        Pattern of the columns that are scores of each label, ``{label}`` for its name; empty: none.
    normalize
        Column within whose equal values (plates, cell lines) columns become robust z-scores;
        empty: they stay as they are.
    train_on
        Whether cells are scored, and whether image statistics are used in addition.
    cells
        Table of cells, where they are scored; empty: the features are a store that has them.
    stack
        Whether labels look at one another's scores.
    tune
        Sets of LightGBM parameters that each training part tries; 0: the defaults stand.
    folds
        Outer folds; fewer when there are fewer groups.
    seed
        Seeds folds and boosting.
    threads
        LightGBM threads of one fit; part of the result's bytes, so a setting.
    device
        Where trees are grown, as asked for; a bundle has what ran as ``trees_on``.
    nested_rows
        Up to this many rows the report is nested, above it cross-fitted.
    bootstrap
        Draws of groups behind each interval.
    diagnostics
        Whether to find out what the model leans on, and whether more groups would help.
    """

    group: str = "auto"
    groups_file: str = ""
    blocks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    own_label_columns: str = ""
    normalize: str = ""
    train_on: TrainOn = TrainOn.IMAGE
    cells: str = ""
    stack: bool = True
    tune: int = 0
    folds: int = 5
    seed: int = 0
    threads: int = 1
    device: Device = run_only(Device.AUTO)
    nested_rows: int = 20_000
    bootstrap: int = 2000
    diagnostics: bool = False
