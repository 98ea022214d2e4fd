"""Simulated fields with their masks and features, for all tests of the API."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

import hpa_features as hf

FEW = ("AreaShape", "Intensity")


@dataclass(frozen=True)
class Study:
    """Fields of a folder that `simulate` made, with what the API gives for them."""

    folder: Path
    manifest: Path
    fields: list[hf.Field]  # without the true masks that the manifest names
    masks: list[hf.Masks]
    images: pd.DataFrame
    cells: pd.DataFrame
    labels: pd.DataFrame


@pytest.fixture(scope="session")
def study(simulated_folder) -> Study:
    """18 fields of 6 proteins, measured by two families: read it, change nothing."""
    manifest = simulated_folder / "manifest.csv"
    fields = [replace(field, given=None) for field in hf.read_fields(manifest)]
    masks = hf.segment(fields)
    images = hf.measure(fields, masks, FEW)
    cells = hf.measure(fields, masks, FEW, "cells")
    table = pd.read_csv(simulated_folder / "labels.csv", dtype=str).set_index("Id")
    labels = table["Target"].str.get_dummies(" ")
    return Study(simulated_folder, manifest, fields, masks, images, cells, labels)


@pytest.fixture(scope="session")
def model(study) -> hf.Model:
    """A model of the study's images, trained by the API."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hf.HpaFeatWarning)  # simulated fields, few of them
        return hf.train(study.images, study.labels, "none")
