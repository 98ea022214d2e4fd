from __future__ import annotations

import numpy as np
import pytest
from dim_fields import measured_anyway
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import changed, drawn_field, masks_of
from oracles.crops import crop_of, smoothed
from oracles.granularity import spectrum

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.granularity import FAMILY, RADII_NM
from hpa_features.features.measure import measure

RADII = (1, 2, 3, 4, 6, 8, 11, 16)  # grid pixels
BACKGROUND = 20


def shares_of(field, masks, grid_um=0.32):
    """Return (cells, 3 compartments, 8 radii) of the protein as it is, unsmoothed."""
    values = measured_anyway(FAMILY, field, masks, smoothed=False, grid_um=grid_um)
    return values.reshape(masks.count, 3, len(RADII))


def one_cell(protein):
    """Return a field that is one rectangular cell, without background and nucleus."""
    cells = np.ones(protein.shape, int)
    field, masks = drawn_field(0, masks=masks_of(cells, np.zeros_like(cells)), background=0)
    planes = {**field.planes, Channel.PROTEIN: protein.astype(np.uint8)}
    return changed(field, planes=planes), masks


def assert_equals_the_definition(field, masks, background):
    got = shares_of(field, masks)
    for label in range(1, masks.count + 1):
        cell, nucleus, values = crop_of(field.planes, background, masks.cells, masks.nuclei, label)
        protein = values[Channel.PROTEIN]
        left = spectrum(protein, cell, RADII, BACKGROUND)
        for part, inside in enumerate((cell, nucleus, cell & ~nucleus)):
            if inside.sum() < 20 or protein[inside].sum() == 0:
                assert np.isnan(got[label - 1, part]).all()
                continue
            expected = -np.diff([image[inside].sum() for image in left]) / protein[inside].sum()
            np.testing.assert_allclose(got[label - 1, part], expected, rtol=1e-5, atol=1e-7)


def test_is_of_the_smoothed_protein():
    field, masks = drawn_field(113)
    row = measure(Batch((field,), (masks,)), [FAMILY])[0].astype(float)
    cell, _, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, 1)
    fine = np.floor(smoothed(values[Channel.PROTEIN], cell, 0.32) + 0.5)
    left = [image[cell].sum() for image in spectrum(fine, cell, RADII, BACKGROUND)]
    np.testing.assert_allclose(row[:8], -np.diff(left) / fine[cell].sum(), rtol=1e-4, atol=1e-6)


def test_a_protein_of_too_few_steps_is_undefined():
    random = np.random.default_rng(114)
    for levels, undefined in ((8, True), (12, False)):
        field, masks = one_cell(random.integers(0, levels, (40, 40)))
        values = measure(Batch((field,), (masks,)), [FAMILY])
        assert np.isnan(values[:, :8]).all() == undefined


def test_equals_erosion_and_reconstruction_by_scikit_image():
    assert_equals_the_definition(*drawn_field(110), background=4)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**16),
    levels=st.integers(2, 9),
    rows=st.integers(3, 20),
    columns=st.integers(3, 20),
)
def test_plateaus_and_ragged_cells_equal_the_definition_too(seed, levels, rows, columns):
    random = np.random.default_rng(seed)
    cells = (random.random((rows, columns)) < 0.8).astype(int)
    cells[1, 1] = 1
    nuclei = cells * (random.random(cells.shape) < 0.5)
    field, masks = drawn_field(1, masks=masks_of(cells, nuclei), background=0)
    protein = random.integers(0, levels, cells.shape).astype(np.uint8)
    field = changed(field, planes={**field.planes, Channel.PROTEIN: protein})
    assert_equals_the_definition(field, masks, background=0)


def test_equals_cp_measure_where_the_cell_is_the_image_and_the_background_opens_to_nothing():
    peer = pytest.importorskip("cp_measure.core.measuregranularity")
    random = np.random.default_rng(3)
    protein = random.integers(0, 200, (64, 64)) * (random.random((64, 64)) < 0.9)
    protein[::5] = 0
    got = shares_of(*one_cell(protein))[0, 0]
    theirs = peer.get_granularity(
        np.ones(protein.shape, int),
        protein / 255,
        subsample_size=1,
        image_sample_size=1,
        element_size=BACKGROUND,
        granular_spectrum_length=RADII[-1],
    )
    each = [float(theirs[f"Granularity_{step}"][0]) for step in range(1, RADII[-1] + 1)]
    first = (0, *RADII[:-1])
    expected = [sum(each[a:b]) / 100 for a, b in zip(first, RADII, strict=True)]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got[0] > 0.1


@pytest.mark.parametrize("column", range(len(RADII)))
def test_a_diamond_is_lost_at_the_first_radius_that_does_not_fit_into_it(column):
    size = RADII[column] - 1
    rows, columns = np.mgrid[:80, :80]
    diamond = np.abs(rows - 40) + np.abs(columns - 40) <= size
    shares = shares_of(*one_cell(diamond * 150))[0, 0]
    np.testing.assert_allclose(shares, np.arange(len(RADII)) == column, atol=1e-6)


def test_a_level_in_which_nothing_stands_out_loses_nothing():
    shares = shares_of(*one_cell(np.full((40, 40), 90)))[0]
    np.testing.assert_array_equal(shares[0], 0)
    assert np.isnan(shares[1]).all()


def test_radii_that_the_grid_cannot_tell_apart_are_undefined():
    field, masks = drawn_field(111)
    shares = shares_of(field, masks, grid_um=0.64)
    undefined = np.isnan(shares[0]).all(0)
    assert [nm for nm, lost in zip(RADII_NM, undefined, strict=True) if lost] == [640, 1280]


def test_a_nucleus_under_twenty_pixels_is_undefined_and_the_cell_is_not():
    cells = np.ones((30, 30), int)
    nuclei = np.zeros_like(cells)
    nuclei[10:12, 10:18] = 1
    shares = shares_of(*drawn_field(112, masks=masks_of(cells, nuclei)))[0]
    assert np.isnan(shares[1]).all()
    assert not np.isnan(shares[[0, 2]]).any()
