from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field
from oracles.intensity import statistics

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.intensity import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
STEP = 0.32


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def parts_of(masks, label):
    cell, nucleus = masks.cells == label, masks.nuclei == label
    return {"Cells": cell, "Nuclei": nucleus, "Cytoplasm": cell & ~nucleus}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("part", ["Cells", "Nuclei", "Cytoplasm"])
def test_protein_statistics_equal_their_definitions(part, dtype):
    field, masks = drawn_field(40, dtype=dtype)
    full = np.iinfo(dtype).max
    signal = np.maximum(field.planes[Channel.PROTEIN].astype(float) - 4, 0) / full
    for label, row in enumerate(rows_of(field, masks)[:2], start=1):
        mask = parts_of(masks, label)[part]
        expected = statistics(signal, mask)
        expected["MassDisplacement"] *= STEP
        for name, value in expected.items():
            assert row[f"{part}_Intensity_{name}_Protein"] == pytest.approx(value, rel=1e-4), name
        cell_mean = signal[masks.cells == label].mean()
        for percent in (5, 25, 50, 75, 95, 99):
            value = np.quantile(signal[mask], percent / 100) / cell_mean
            assert row[f"{part}_Intensity_Q{percent:02d}_Protein"] == pytest.approx(value, rel=1e-4)


def test_the_share_of_the_nucleus_counts_native_pixels():
    field, masks = drawn_field(41)
    signal = np.maximum(field.planes[Channel.PROTEIN].astype(float) - 4, 0)
    for label, row in enumerate(rows_of(field, masks)[:2], start=1):
        share = signal[masks.nuclei == label].sum() / signal[masks.cells == label].sum()
        assert row["Nuclei_Intensity_CellShare_Protein"] == pytest.approx(share, rel=1e-5)


def test_sums_and_saturation_count_native_pixels():
    field, masks = drawn_field(42, pixel_size_um=0.1)
    plane = field.planes[Channel.PROTEIN].copy()
    plane[masks.nuclei == 1] = 255
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: plane}), masks)[0]
    nucleus = masks.nuclei == 1
    assert row["Nuclei_Intensity_Saturated_Protein"] == 1
    assert row["Nuclei_Intensity_Integrated_Protein"] == pytest.approx(
        nucleus.sum() * 251 / 255 * 0.01, rel=1e-6
    )
    cell = masks.cells == 1
    assert row["Cells_Intensity_Saturated_Protein"] == pytest.approx(nucleus.sum() / cell.sum())


def test_an_even_protein_has_no_spread_and_one_bright_pixel_has_it_all():
    field, masks = drawn_field(43)
    even = np.full_like(field.planes[Channel.PROTEIN], 104)
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: even}), masks)[0]
    assert row["Cells_Intensity_Gini_Protein"] == 0
    assert row["Cells_Intensity_CV_Protein"] == 0
    assert np.isnan(row["Cells_Intensity_Skewness_Protein"])
    point = np.full_like(even, 4)
    point[34, 38] = 200
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: point}), masks)[0]
    assert row["Cells_Intensity_Gini_Protein"] == pytest.approx(1)
    assert row["Cells_Intensity_Top1Share_Protein"] == pytest.approx(1)


def test_a_blank_protein_has_means_of_zero_and_no_ratios():
    field, masks = drawn_field(44)
    blank = np.zeros_like(field.planes[Channel.PROTEIN])
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: blank}), masks)[0]
    assert row["Cells_Intensity_Mean_Protein"] == 0
    for name in ("CV", "Gini", "EdgeRatio", "MassDisplacement", "Q50"):
        assert np.isnan(row[f"Cells_Intensity_{name}_Protein"])
