from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse, masks_of
from oracles import shape as oracle
from skimage.measure import regionprops

from hpa_features.features.batch import Batch
from hpa_features.features.families.area_shape import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]


def row_of(mask, pixel_size_um=0.32, nucleus=None):
    nucleus = np.zeros(mask.shape) if nucleus is None else nucleus
    field, masks = drawn_field(30, masks=masks_of(mask.astype(int), nucleus.astype(int)))
    values = measure(Batch((changed(field, pixel_size_um=pixel_size_um),), (masks,)), [FAMILY])
    return dict(zip(NAMES, values[0].astype(float), strict=True))


def blob(seed):
    """A ragged mask with a hole."""
    random = np.random.default_rng(seed)
    mask = ellipse((60, 70), (30, 34), (random.integers(12, 26), random.integers(12, 30)))
    mask |= ellipse((60, 70), (40, 50), (8, 13))
    return mask & ~ellipse((60, 70), (30, 30), (3, 4))


@pytest.mark.parametrize("seed", range(4))
def test_equals_scikit_image(seed):
    mask, step = blob(seed), 0.32
    row, props = row_of(mask), regionprops(mask.astype(int))[0]
    expected = {
        "Area": props.area * step**2,
        "Perimeter": props.perimeter_crofton * step,
        "MajorAxisLength": props.axis_major_length * step,
        "MinorAxisLength": props.axis_minor_length * step,
        "Eccentricity": props.eccentricity,
        "EulerNumber": props.euler_number,
    }
    for name, value in expected.items():
        assert row[f"Cells_AreaShape_{name}"] == pytest.approx(value, rel=2e-3, abs=1e-7), name


@pytest.mark.parametrize("seed", range(4))
def test_hull_and_feret_equal_brute_force_over_corners(seed):
    mask, step = blob(seed), 0.32
    row = row_of(mask)
    longest, narrowest = oracle.feret(mask)
    assert row["Cells_AreaShape_Solidity"] == pytest.approx(mask.sum() / oracle.hull_area(mask))
    assert row["Cells_AreaShape_MaxFeretDiameter"] == pytest.approx(longest * step)
    assert row["Cells_AreaShape_MinFeretDiameter"] == pytest.approx(narrowest * step)


def test_a_disc_is_round_and_a_rectangle_fills_its_box():
    disc = row_of(ellipse((80, 80), (40, 40), (30, 30)))
    assert disc["Cells_AreaShape_FormFactor"] == pytest.approx(1, abs=0.03)
    assert disc["Cells_AreaShape_Eccentricity"] < 0.05
    box = np.zeros((60, 60), bool)
    box[10:30, 5:55] = True
    row = row_of(box)
    assert row["Cells_AreaShape_Solidity"] == pytest.approx(1)
    assert row["Cells_AreaShape_MaxFeretDiameter"] == pytest.approx(0.32 * np.hypot(20, 50))
    assert row["Cells_AreaShape_MinFeretDiameter"] == pytest.approx(0.32 * 20)


def test_lengths_are_in_micrometres_whatever_the_pixel():
    coarse = row_of(blob(1), 0.32)
    fine = row_of(np.kron(blob(1), np.ones((4, 4))) > 0, 0.08)
    for name, value in coarse.items():
        assert fine[name] == pytest.approx(value, rel=1e-5, abs=1e-9, nan_ok=True), name


def test_nucleus_in_the_middle_has_no_offset_and_its_share_of_the_area():
    cell = ellipse((80, 80), (40, 40), (30, 30))
    nucleus = ellipse((80, 80), (40, 40), (15, 15))
    row = row_of(cell, nucleus=nucleus)
    assert row["Cells_AreaShape_NucleusOffset"] == pytest.approx(0, abs=1e-6)
    assert row["Cells_AreaShape_NucleusAreaRatio"] == pytest.approx(nucleus.sum() / cell.sum())
    assert np.isnan(row_of(cell)["Cells_AreaShape_NucleusOffset"])
