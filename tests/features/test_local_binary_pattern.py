from __future__ import annotations

import numpy as np
import pytest
from dim_fields import measured_anyway
from made_fields import changed, drawn_field, masks_of
from oracles.crops import crop_of, smoothed
from oracles.local_binary_pattern import histogram
from skimage.feature import local_binary_pattern

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.local_binary_pattern import FAMILY
from hpa_features.features.measure import measure

RADII = (1, 3)  # grid pixels


def shares_of(field, masks):
    """Return (cells, cytoplasm and nucleus, radii, patterns) of the protein unsmoothed."""
    values = measured_anyway(FAMILY, field, masks, smoothed=False)
    return values.reshape(masks.count, 2, len(RADII), 10)


def one_cell(protein, nuclei=None):
    """Return a field that is one rectangular cell, without background."""
    cells = np.ones(protein.shape, int)
    nuclei = np.zeros_like(cells) if nuclei is None else nuclei
    field, masks = drawn_field(
        0, masks=masks_of(cells, nuclei), background=0, dtype=protein.dtype.type
    )
    return changed(field, planes={**field.planes, Channel.PROTEIN: protein}), masks


def test_is_of_the_smoothed_protein():
    field, masks = drawn_field(131, dtype=np.uint16)
    row = measure(Batch((field,), (masks,)), [FAMILY])[0].astype(float)
    eight_bits = {c: plane / 257.0 for c, plane in field.planes.items()}
    cell, nucleus, values = crop_of(eight_bits, 4 / 257, masks.cells, masks.nuclei, 1)
    fine = smoothed(values[Channel.PROTEIN], cell, 0.64)
    counts = histogram(fine, cell & ~nucleus, RADII[1])
    np.testing.assert_allclose(row[10:20], counts / counts.sum(), atol=0.01)


def test_a_protein_of_too_few_steps_is_undefined():
    random = np.random.default_rng(132)
    for levels, undefined in ((8, True), (12, False)):
        protein = random.integers(0, levels, (40, 40)).astype(np.uint8)
        field, masks = one_cell(protein)
        values = measure(Batch((field,), (masks,)), [FAMILY])
        assert np.isnan(values[:, :20]).all() == undefined


def test_equals_the_formulas_of_the_paper():
    field, masks = drawn_field(130)
    # In 16 bits hardly a point is as bright as its centre, where our rounded weights could differ.
    light = np.random.default_rng(1).integers(1000, 60000, masks.cells.shape).astype(np.uint16)
    planes = {**field.planes, Channel.PROTEIN: light}
    field = changed(field, planes=planes, full_scale=dict.fromkeys(planes, 65535))
    got = shares_of(field, masks)
    for label in range(1, masks.count + 1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        for part, inside in enumerate((cell & ~nucleus, nucleus)):
            for at, radius in enumerate(RADII):
                counts = histogram(values[Channel.PROTEIN] / 257, inside, radius)
                found = got[label - 1, part, at]
                if counts.sum() < 20:
                    assert np.isnan(found).all()
                else:
                    np.testing.assert_allclose(found, counts / counts.sum(), atol=1e-6)


@pytest.mark.parametrize(("at", "radius"), list(enumerate(RADII)))
def test_equals_scikit_image_where_the_cell_is_the_image(at, radius):
    protein = np.random.default_rng(2).integers(0, 65536, (50, 60)).astype(np.uint16)
    codes = local_binary_pattern(protein, 8, radius, "uniform")
    inner = codes[radius:-radius, radius:-radius].astype(int)
    expected = np.bincount(inner.ravel(), minlength=10) / inner.size
    found = shares_of(*one_cell(protein))[0, 0, at]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_slope_is_a_straight_edge_with_its_sides_as_bright_as_the_middle():
    slope = np.repeat(np.arange(50, dtype=np.uint8)[:, None] * 4, 50, axis=1)
    shares = shares_of(*one_cell(slope))[0, 0]
    np.testing.assert_array_equal(shares.argmax(1), 5)
    np.testing.assert_allclose(shares.max(1), 1)


def test_bright_points_are_points_and_dark_points_are_too():
    points = np.full((60, 60), 100, np.uint8)
    points[4::8, 4::8] = 200
    shares = shares_of(*one_cell(points))[0, 0, 0]
    assert shares[0] == pytest.approx(49 / 58**2, rel=0.01)
    assert shares[8] > 0.9


def test_a_flat_protein_or_a_nucleus_without_a_whole_circle_is_undefined():
    for level in (0, 90, 255):
        assert np.isnan(shares_of(*one_cell(np.full((40, 40), level, np.uint8)))).all()
    nuclei = np.zeros((40, 40), int)
    nuclei[10:18, 10:18] = 1  # 36 pixels with a circle of one pixel, 4 with one of three
    protein = np.random.default_rng(3).integers(0, 200, (40, 40)).astype(np.uint8)
    values = shares_of(*one_cell(protein, nuclei))[0]
    assert np.isnan(values[1, 1]).all()
    assert not np.isnan(values[1, 0]).any()
    assert not np.isnan(values[0]).any()
