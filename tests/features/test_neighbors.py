"""Neighbors on drawn cells: against the definitions, then what must not matter, then limits."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_fields import changed, drawn_field, ellipse, masks_of, touching_masks, transformed
from made_values import make
from oracles import neighbors as oracle

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.neighbors import FAMILY
from hpa_features.features.measure import measure
from hpa_features.features.vocabulary.nuclei import PAIRS

UM = 0.32
NAMES = [FAMILY.column(feature) for feature in FAMILY.features]


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def discs(places, radius=20, nuclear=10, shape=(128, 144)):
    """Return masks of round cells with round nuclei; the first come first where they overlap."""
    cells, nuclei = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    for label, place in enumerate(places, start=1):
        cells[ellipse(shape, place, (radius, radius)) & (cells == 0)] = label
        nuclei[ellipse(shape, place, (nuclear, nuclear)) & (cells == label)] = label
    return masks_of(cells, nuclei)


@pytest.mark.parametrize("cut", [0, 25])
def test_neighbours_of_cells_equal_their_definition(cut):
    masks = touching_masks()
    masks = masks_of(masks.cells[:, cut:], masks.nuclei[:, cut:])
    field, _ = drawn_field(150, masks=masks)
    rows = rows_of(field, masks)
    cells = [masks.cells == label for label in (1, 2, 3)]
    middles = np.array([oracle.middle(cell) for cell in cells])
    free, touching = oracle.edge_kinds(masks.cells, UM)
    for i, row in enumerate(rows):
        others = [j for j in range(3) if j != i]
        gaps = np.array([oracle.gap(cells[i], cells[j], UM) for j in others])
        ways = np.hypot(*(middles[others] - middles[i]).T) * UM
        one, two = middles[others]
        shared = (touching & cells[i]).sum()
        expected = {
            "TouchingCount": (gaps <= 0.5).sum(),
            "NearCount_5um": (gaps <= 5).sum(),
            "NearestGap": gaps.min(),
            "NearestCentre": ways.min(),
            "TouchingShare": shared / (shared + (free & cells[i]).sum()),
            "AngleBetween": oracle.angle(middles[i], one, two),
        }
        for name, value in expected.items():
            assert row[f"Cells_Neighbors_{name}"] == pytest.approx(value, rel=1e-5), name
        area = oracle.disc_area(middles[i], masks.cells.shape, UM, 40)
        density = 1000 * (ways <= 40).sum() / area
        assert row["Cells_Neighbors_Density_40um"] == pytest.approx(density, rel=5e-3)


def test_twin_nuclei_equal_their_definition():
    masks = touching_masks()
    nuclei = masks.nuclei.copy()
    nuclei[ellipse(nuclei.shape, (60, 112), (12, 15))] = 3
    masks = masks_of(masks.cells, np.where(masks.cells == nuclei, nuclei, 0))
    field, _ = drawn_field(151, masks=masks)
    dna = np.maximum(field.planes[Channel.DNA].astype(float) - 4, 0)
    parts = oracle.nuclei(masks, UM)
    usual = np.median([part.sum() for _, part in parts])
    known = {label: [] for label in (1, 2, 3)}
    for (a, one), (b, other) in combinations(parts, 2):
        gap = oracle.gap(one, other, UM)
        areas, light = (
            sorted(f) for f in ((one.sum(), other.sum()), (dna[one].sum(), dna[other].sum()))
        )
        of_area, of_dna = areas[0] / areas[1], light[0] / light[1]
        small = np.log2(usual / np.mean(areas))
        for label in (a, b):
            known[label].append((gap, of_area, of_dna, small))
    for label, row in enumerate(rows_of(field, masks), start=1):
        gap, of_area, of_dna, small = min(known[label])
        twin = max(p[1] * p[2] * (1 - p[0] / 15) for p in known[label] if p[0] <= 15)
        for name, value in {
            "NearestGap": gap,
            "NearestAreaRatio": of_area,
            "NearestDNARatio_DNA": of_dna,
            "NearestSmallness": small,
            "TwinLikeness_DNA": twin,
        }.items():
            assert row[f"Nuclei_Neighbors_{name}"] == pytest.approx(value, rel=1e-5), name


def test_a_cell_by_itself_has_no_neighbour_and_no_distance():
    masks = discs([(60, 60)])
    (row,) = rows_of(drawn_field(152, masks=masks)[0], masks)
    for name in ("TouchingCount", "NearCount_5um", "TouchingShare", "Density_40um"):
        assert row[f"Cells_Neighbors_{name}"] == 0, name
    for name in ("NearestGap", "NearestCentre", "AngleBetween"):
        assert np.isnan(row[f"Cells_Neighbors_{name}"]), name
    assert all(np.isnan(row[name]) for name in NAMES if name.startswith("Nuclei"))


def test_a_cell_that_fills_the_field_has_no_edge():
    masks = masks_of(np.ones((40, 50), np.int32), np.zeros((40, 50), np.int32))
    (row,) = rows_of(drawn_field(153, masks=masks)[0], masks)
    assert np.isnan(row["Cells_Neighbors_TouchingShare"])


@pytest.mark.parametrize(("um", "apart", "count"), [(0.08, 6, 1), (0.08, 8, 0), (0.48, 1, 1)])
def test_touching_is_a_length_not_a_number_of_pixels(um, apart, count):
    cells = np.zeros((40, 80), np.int32)
    cells[5:35, 5:30], cells[5:35, 30 + apart : 60] = 1, 2
    masks = masks_of(cells, np.zeros_like(cells))
    field = changed(drawn_field(154, masks=masks)[0], pixel_size_um=um)
    one, other = rows_of(field, masks)
    assert one["Cells_Neighbors_TouchingCount"] == other["Cells_Neighbors_TouchingCount"] == count
    assert one["Cells_Neighbors_NearestGap"] == pytest.approx(apart * um)


def test_neighbours_on_opposite_sides_and_on_one_side():
    masks = discs([(64, 72), (64, 24), (64, 120)])
    row = rows_of(drawn_field(155, masks=masks)[0], masks)
    assert row[0]["Cells_Neighbors_AngleBetween"] == pytest.approx(180)
    assert row[1]["Cells_Neighbors_AngleBetween"] == pytest.approx(0)


def test_two_nuclei_of_one_cell_are_twins_and_fragments_are_not():
    shape = (80, 100)
    cell = ellipse(shape, (40, 50), (36, 46)).astype(np.int32)
    two = ellipse(shape, (40, 34), (10, 10)) | ellipse(shape, (40, 66), (10, 10))
    field, _ = drawn_field(156, masks=masks_of(cell, two * cell))
    flat = changed(field, planes={**field.planes, Channel.DNA: (4 + 100 * two).astype(np.uint8)})
    (row,) = rows_of(flat, masks_of(cell, two * cell))
    gap = (66 - 34 - 2 * 10 - 1) * UM
    assert row["Nuclei_Neighbors_NearestGap"] == pytest.approx(gap)
    assert row["Nuclei_Neighbors_TwinLikeness_DNA"] == pytest.approx(1 - gap / 15)
    speck = ellipse(shape, (40, 34), (10, 10)) | ellipse(shape, (40, 66), (3, 3))
    (row,) = rows_of(flat, masks_of(cell, speck * cell))
    assert np.isnan(row["Nuclei_Neighbors_NearestGap"])


def test_moving_the_field_changes_nothing_but_density():
    masks = touching_masks()
    field, _ = drawn_field(157, masks=masks)
    wide = transformed(field, masks, lambda a: np.pad(a, ((7, 90), (40, 3))))
    for row, again in zip(rows_of(field, masks), rows_of(*wide), strict=True):
        for name in NAMES:
            if "Density" not in name:
                assert again[name] == pytest.approx(row[name], rel=1e-6, nan_ok=True), name
        assert again["Cells_Neighbors_Density_40um"] < row["Cells_Neighbors_Density_40um"]


@settings(max_examples=15)
@given(seed=st.integers(0, 2**16), count=st.integers(2, 12))
def test_the_nearest_of_many_is_the_nearest_of_all(seed, count):
    random = np.random.default_rng(seed)
    cells = np.zeros((60, 60), np.int32)
    places = random.permutation(3600)[: 4 * count]
    cells.ravel()[places] = np.repeat(np.arange(1, count + 1), 4)
    masks = masks_of(cells, np.zeros_like(cells))
    rows = rows_of(drawn_field(seed, masks=masks)[0], masks)
    for label, row in enumerate(rows, start=1):
        gaps = [
            oracle.gap(cells == label, cells == other, UM)
            for other in range(1, count + 1)
            if other != label
        ]
        assert row["Cells_Neighbors_NearestGap"] == pytest.approx(min(gaps), abs=1e-5)
        assert row["Cells_Neighbors_NearCount_5um"] == (np.array(gaps) <= 5).sum()


def test_pairs_stay_within_their_field():
    masks = touching_masks()
    field, _ = drawn_field(158, masks=masks)
    both = make((field, field), (masks, masks), PAIRS)[PAIRS]
    assert both.owner[both.pairs].tolist() == [[0, 1], [3, 4]]


def test_a_field_without_nuclei_leaves_the_next_as_it_is():
    masks = touching_masks()
    field, _ = drawn_field(159, masks=masks)
    bare = masks_of(masks.cells, np.zeros_like(masks.nuclei))
    rows = measure(Batch((field, field), (bare, masks)), (FAMILY,))
    np.testing.assert_array_equal(rows[3:], measure(Batch((field,), (masks,)), (FAMILY,)))
