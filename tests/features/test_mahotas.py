"""The Mahotas family: mahotas' own values of each compartment, and when there are none."""

from __future__ import annotations

import mahotas
import numpy as np
import pytest
from dim_fields import measured_anyway
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import changed, drawn_field, masks_of
from mahotas.features.lbp import lbp_transform
from oracles.mahotas import cut_out, numbers, radius_about_light

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.mahotas import FAMILY, PATTERNS
from hpa_features.features.measure import measure
from hpa_features.features.registry import families_named, families_with

NAMES = [feature.name for feature in FAMILY.features]
PER_PART = len(NAMES) // 3
OF_HARALICK = 4 * 2 * 13  # the first columns of each compartment


def measured(field, masks, **how):
    """Return (cells, 3 compartments, columns), however few gray steps the protein spans."""
    return measured_anyway(FAMILY, field, masks, **how).reshape(masks.count, 3, PER_PART)


def one_cell(protein, nuclei=None):
    """Return a field that is one cell, without background."""
    cells = np.ones(protein.shape, int)
    nuclei = np.zeros_like(cells) if nuclei is None else nuclei
    field, masks = drawn_field(0, masks=masks_of(cells, nuclei), background=0)
    full = dict.fromkeys(field.planes, np.iinfo(protein.dtype).max)
    planes = {c: plane.astype(protein.dtype) for c, plane in field.planes.items()}
    planes[Channel.PROTEIN] = protein
    return changed(field, planes=planes, full_scale=full), masks


def parts(masks, label):
    cell = masks.cells == label
    nucleus = cell & (masks.nuclei == label)
    return cell, nucleus, cell & ~nucleus


def test_every_column_is_the_value_that_mahotas_gives_for_the_cut_out():
    field, masks = drawn_field(41)
    got = measured(field, masks)
    for label in range(1, masks.count + 1):
        for at, inside in enumerate(parts(masks, label)):
            if not inside.any():
                assert np.isnan(got[label - 1, at]).all()
                continue
            gray = cut_out(field.planes[Channel.PROTEIN], 4, inside)
            expected = numbers(gray, radius_about_light(gray, inside))
            np.testing.assert_allclose(got[label - 1, at], expected, rtol=1e-5, atol=1e-7)


def test_the_first_two_zernike_moments_are_the_same_for_every_cell():
    for seed in (42, 43):
        field, masks = drawn_field(seed)
        [inside, *_] = parts(masks, 1)
        gray = cut_out(field.planes[Channel.PROTEIN], 4, inside)
        radius = radius_about_light(gray, inside)
        first = mahotas.features.zernike_moments(gray, radius, 9)[:2]
        np.testing.assert_allclose(first, [1 / np.pi, 0], atol=1e-12)


def test_lengths_are_micrometres_on_the_working_grid():
    protein = np.random.default_rng(1).integers(1, 256, (48, 60)).astype(np.uint8)
    field, masks = one_cell(protein)
    coarse = changed(field, pixel_size_um=0.64)
    [row] = measured(coarse, masks, grid_um=0.64)[:, 0]
    gray = np.pad(protein, 1)
    # 0.32 µm is half a pixel there, so one; 0.64 µm is one, 2.56 µm four.
    expected = [
        mahotas.features.haralick(gray, ignore_zeros=True, distance=pixels).mean(axis=0)
        for pixels in (1, 1, 2, 4)
    ]
    np.testing.assert_allclose(row[:OF_HARALICK].reshape(4, 2, 13)[:, 0], expected, rtol=1e-5)


def test_sixteen_bits_become_eight_of_full_scale():
    random = np.random.default_rng(2)
    eight = random.integers(0, 256, (30, 34))
    noise = random.integers(-128, 129, eight.shape)
    sixteen = np.clip(eight * 257 + noise, 0, 65535).astype(np.uint16)
    np.testing.assert_array_equal(
        measured(*one_cell(sixteen)), measured(*one_cell(eight.astype(np.uint8)))
    )


@pytest.mark.parametrize(("number", "code"), list(enumerate(PATTERNS)))
def test_patterns_are_in_the_order_of_mahotas(number, code):
    rows, columns = np.mgrid[-6:7, -6:7]
    sector = np.round(np.arctan2(rows, columns) / (np.pi / 4)).astype(int) % 8
    gray = np.where(code >> sector & 1, 200, 20).astype(np.uint8)
    gray[6, 6] = 100
    codes = lbp_transform(gray, 4, 8)
    assert codes[6, 6] == code
    counts = mahotas.features.lbp(gray, 4, 8)
    np.testing.assert_array_equal(np.bincount(codes.ravel(), minlength=256)[PATTERNS], counts)
    [feature] = [f for f in FAMILY.features[:PER_PART] if f"pattern {code:08b} " in f.meaning][:1]
    assert feature.name == f"LBP{number}"


@pytest.mark.parametrize("level", [0, 1, 90, 255])
def test_a_flat_protein_has_no_values(level):
    assert np.isnan(measured(*one_cell(np.full((30, 30), level, np.uint8)))).all()


@pytest.mark.parametrize(("levels", "undefined"), [(1, True), (8, True), (9, False)])
def test_eight_gray_levels_apart_in_eight_bits_are_enough(levels, undefined):
    values = np.random.default_rng(3).integers(0, levels, (40, 40)) * 257 + 2000
    row = measured(*one_cell(values.astype(np.uint16)))[0, 0]
    assert np.isnan(row).all() == np.isnan(row).any() == undefined


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_few_lit_pixels_have_no_haralick_statistics_and_no_error(pixels):
    protein = np.zeros((20, 20), np.uint8)
    protein[10, 8 : 8 + pixels] = 200
    [row] = measured(*one_cell(protein))[:, 0]
    assert np.isnan(row[:OF_HARALICK]).all()
    assert not np.isnan(row[OF_HARALICK:]).any()


@pytest.mark.parametrize(("levels", "undefined"), [(8, True), (12, False)])
def test_a_protein_of_too_few_gray_steps_has_no_values(levels, undefined):
    protein = np.random.default_rng(5).integers(0, levels, (40, 40)).astype(np.uint8)
    field, masks = one_cell(protein)
    values = measure(Batch((field,), (masks,)), [FAMILY])[0, :PER_PART]
    assert np.isnan(values).all() == undefined
    assert np.isnan(values).any() == undefined


def test_a_nucleus_of_one_pixel_has_no_values_and_a_small_one_no_long_distances():
    protein = np.random.default_rng(4).integers(10, 200, (40, 40)).astype(np.uint8)
    nuclei = np.zeros((40, 40), int)
    nuclei[20, 20] = 1
    assert np.isnan(measured(*one_cell(protein, nuclei))[0, 1]).all()
    nuclei[18:22, 18:22] = 1  # four pixels wide: no two of them four apart
    row = measured(*one_cell(protein, nuclei))[0, 1]
    undefined = np.isnan(row[:OF_HARALICK].reshape(4, 26))
    np.testing.assert_array_equal(undefined.all(axis=1), [False, False, True, True])
    np.testing.assert_array_equal(undefined.any(axis=1), undefined.all(axis=1))
    assert not np.isnan(row[OF_HARALICK:]).any()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    levels=st.sampled_from((1, 2, 3, 256)),
)
def test_any_small_cell_gives_values_within_their_range(seed, shape, levels):
    random = np.random.default_rng(seed)
    protein = (random.integers(0, levels, shape) * (255 // max(levels - 1, 1))).astype(np.uint8)
    nuclei = random.integers(0, 2, shape)
    values = measured(*one_cell(protein, nuclei)).ravel()
    low, high = np.array([feature.range for feature in FAMILY.features]).T
    known = ~np.isnan(values)
    assert np.isfinite(values[known]).all()
    assert (values >= low - 1e-5 * np.maximum(1, abs(low)))[known].all()
    assert (values <= high + 1e-5 * np.maximum(1, abs(high)))[known].all()


def test_it_is_measured_only_where_it_is_named():
    for words in ((), ("default",), ("all",)):
        assert FAMILY not in families_named(words)
    assert families_named(["mahotas"]) == (FAMILY,)


def test_only_what_a_column_needs_is_computed(monkeypatch):
    names = (
        "Nuclei_Mahotas_Zernike22_Protein_Median",
        "Cells_Mahotas_LBP3_Protein_640nm_Q10",
    )
    family = families_with(("Mahotas",), names)
    assert len(family[0].features) == 2
    for name in ("haralick", "tas", "pftas"):
        monkeypatch.setattr(mahotas.features, name, None)  # a call would raise
    field, masks = drawn_field(44)
    values = measure(Batch((field,), (masks,)), family)
    assert np.isfinite(values[:2]).all()
