"""Contact on drawn cells: against the definitions, then what it tells apart, then limits."""

from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse, masks_of, touching_masks, transformed
from made_values import make
from oracles import neighbors as oracle
from oracles.crops import STEP, crop_of, log2_ratio, wedge_weights
from oracles.radial_distribution import brightest
from scipy import ndimage as ndi

from hpa_features.core.types import Channel, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.families.contact import FAMILY
from hpa_features.features.measure import measure
from hpa_features.features.vocabulary.contact import TO_FREE, TO_TOUCHING, EdgeLengths

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
BRIDGE = [name for name in NAMES if "Bridge" in name or "Bundle" in name]
EDGE = [name for name in NAMES if name not in BRIDGE]
SHAPE = (128, 144)


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def lit(masks, **light):
    """Return a field whose cells are dim and even but for `light`, channel → 0…1 images."""
    field, _ = drawn_field(160, masks=masks)
    planes = {channel: np.where(masks.cells > 0, 24, 4) for channel in field.planes}
    planes[Channel.DNA] = np.where(masks.nuclei > 0, 120, 4)
    for name, image in light.items():
        planes[Channel[name]] = planes[Channel[name]] + np.round(200 * np.asarray(image, float))
    clean = {channel: np.clip(plane, 0, 255).astype(np.uint8) for channel, plane in planes.items()}
    return changed(field, planes=clean)


def pair_of_cells(gap=10):
    """Return two like cells, their free sides `gap` pixels apart where nuclei face each other."""
    cells, nuclei = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32)
    for label, column in ((1, 72 - gap // 2 - 26), (2, 72 + gap // 2 + 26)):
        cells[ellipse(SHAPE, (64, column), (34, 26))] = label
        nuclei[ellipse(SHAPE, (64, column + (8 if label == 1 else -8)), (11, 9))] = label
    return masks_of(cells, nuclei)


def line(half_width, columns=(50, 94), row=64):
    rows, cols = np.indices(SHAPE)
    return (np.abs(rows - row) <= half_width) & (cols >= columns[0]) & (cols <= columns[1])


def test_bands_at_the_edge_equal_their_definition():
    masks = touching_masks()
    field, _ = drawn_field(161, masks=masks)
    kinds = oracle.edge_kinds(masks.cells, STEP)
    for label, row in enumerate(rows_of(field, masks), start=1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        where = np.nonzero(masks.cells == label)
        window = tuple(slice(at.min(), at.max() + 1) for at in where)
        free, touching = (np.pad(kind[window], 1) & cell for kind in kinds)
        to_free, to_touching = (
            (ndi.distance_transform_edt(~kind) + 0.5) * STEP for kind in (free, touching)
        )
        cytoplasm, protein = cell & ~nucleus, values[Channel.PROTEIN]
        inside = np.minimum(to_free, to_touching)
        level = {
            name: protein[cytoplasm & mask].mean() / protein[cell].mean()
            for name, mask in {
                "contact": to_touching < 1,
                "free": (to_free < 1) & (to_touching > 1.5),
                "deep": (inside >= 2) & (inside < 5),
            }.items()
        }
        band = cytoplasm & (to_touching < 1)
        spread = protein[band].std() / protein[cell].mean()
        rim = cytoplasm & (inside < 1)
        middle = oracle.middle(nucleus if nucleus.any() else cell)
        sides = [w for w in wedge_weights(rim, middle).values() if w.sum() > 0]
        shares, means = np.array(
            [((w * band).sum() / w.sum(), (w * protein).sum() / w.sum()) for w in sides]
        ).T
        spreads = np.cov(shares, means, aweights=[w.sum() for w in sides], ddof=0)
        expected = {
            "ContactToFree": log2_ratio(level["contact"], level["free"]),
            "ContactToInterior": log2_ratio(level["contact"], level["deep"]),
            "FreeToInterior": log2_ratio(level["free"], level["deep"]),
            "ContactCV": spread / (level["contact"] + 0.01),
            "ContactWedges": spreads[0, 1] / np.sqrt(spreads[0, 0] * spreads[1, 1]),
            "BrightestAtContact": brightest(protein, cytoplasm, band.astype(float)),
        }
        for name, value in expected.items():
            got = row[f"Cytoplasm_Contact_{name}_Protein"]
            assert got == pytest.approx(value, rel=1e-4, abs=1e-5), name


def test_the_bridge_equals_its_definition():
    masks = touching_masks()
    field, _ = drawn_field(162, masks=masks)
    protein, tubules = (
        np.maximum(field.planes[c].astype(float) - 4, 0)
        for c in (Channel.PROTEIN, Channel.MICROTUBULES)
    )
    pair = oracle.nuclei(masks, STEP)
    expected = oracle.bridge(protein, tubules, masks.cells, masks.nuclei > 0, pair, STEP)
    rows = rows_of(field, masks)
    for name, value in expected.items():
        for row in rows[:2]:
            got = row[f"Cells_Contact_{name}"]
            assert got == pytest.approx(value, rel=1e-4, abs=1e-5), name
    assert all(np.isnan(rows[2][name]) for name in BRIDGE)


def test_a_junction_is_told_from_a_membrane_all_round():
    masks = touching_masks()
    free, touching = oracle.edge_kinds(masks.cells, STEP)
    junction = rows_of(lit(masks, PROTEIN=touching), masks)
    membrane = rows_of(lit(masks, PROTEIN=touching | free), masks)
    ruffles = rows_of(lit(masks, PROTEIN=free), masks)
    for j, m, r in zip(junction, membrane, ruffles, strict=True):
        name = "Cytoplasm_Contact_{}_Protein"
        ratio = name.format("ContactToFree")
        assert j[ratio] > 1
        assert abs(m[ratio]) < 0.2
        assert r[ratio] < -1
        assert j[name.format("ContactWedges")] > 0.9
        assert r[name.format("ContactWedges")] < -0.9
        assert j[name.format("BrightestAtContact")] > m[name.format("BrightestAtContact")] > 0
        assert r[name.format("BrightestAtContact")] < 0.01
        for row in (j, m):
            assert row[name.format("ContactToInterior")] > 1


def test_an_isolated_cell_has_no_contact_not_a_contact_of_nothing():
    masks = pair_of_cells(gap=10)
    for row in rows_of(drawn_field(163, masks=masks)[0], masks):
        for name in EDGE:
            assert np.isnan(row[name]) == ("FreeToInterior" not in name), name


def test_a_cell_closed_in_on_all_sides_has_no_free_edge():
    cells = np.ones((120, 120), np.int32)
    cells[20:100, 20:100] = 2
    masks = masks_of(cells, np.zeros_like(cells))
    row = rows_of(drawn_field(164, masks=masks)[0], masks)[1]
    for name in EDGE:
        closed = any(word in name for word in ("Free", "Wedges"))
        assert np.isnan(row[name]) == closed, name


def test_the_border_of_the_field_is_neither_free_nor_shared():
    cells = np.zeros((60, 80), np.int32)
    cells[:, :40], cells[:, 40:] = 1, 2
    masks = masks_of(cells, np.zeros_like(cells))
    field, _ = drawn_field(165, masks=masks)
    made = make(field, masks, EdgeLengths(), TO_FREE)
    assert made[EdgeLengths()][:, 0].tolist() == [0, 0]
    np.testing.assert_allclose(made[EdgeLengths()][:, 1], 60 * STEP)
    assert np.isinf(made[TO_FREE]).all()


@pytest.mark.parametrize("um", [0.08, 0.16, 0.48])
def test_the_way_to_a_contact_is_in_micrometres_at_any_pixel_size(um):
    size = round(32 / um)
    cells = np.zeros((size, 2 * size), np.int32)
    cells[:, :size], cells[:, size : size + size // 2] = 1, 2
    masks = masks_of(cells, np.zeros_like(cells))
    field = changed(drawn_field(166, masks=masks)[0], pixel_size_um=um)
    made = make(field, masks, TO_TOUCHING)
    away = made.crop(made[TO_TOUCHING], 0)[1:-1, 1:-1]
    expected = (np.arange(away.shape[1])[::-1] + 0.5) * made.crops.layout.step_um[0]
    np.testing.assert_allclose(away, np.broadcast_to(expected, away.shape), atol=1e-9)


def test_a_bundle_between_twins_is_told_from_two_cells_side_by_side():
    masks = pair_of_cells()
    bundle = line(1)
    both = rows_of(lit(masks, MICROTUBULES=bundle, PROTEIN=bundle), masks)
    midbody = rows_of(lit(masks, MICROTUBULES=bundle, PROTEIN=line(1, (70, 74))), masks)
    neither = rows_of(lit(masks), masks)
    beside = rows_of(lit(masks, MICROTUBULES=bundle, PROTEIN=line(1, row=71)), masks)
    assert all(both[0][name] == both[1][name] for name in BRIDGE)
    name = "Cells_Contact_{}"
    for feature in ("BridgeLevel", "BridgeContrast", "BridgeMiddle"):
        for stain in ("Protein_Microtubules", "Microtubules"):
            assert both[0][name.format(f"{feature}_{stain}")] > 1
    assert both[0][name.format("BundleThinness_Microtubules")] > 0.5
    assert midbody[0][name.format("BridgePeak_Protein_Microtubules")] > 2
    assert midbody[0][name.format("BridgeMiddle_Protein_Microtubules")] > 1.5
    for other in (neither, beside):
        assert other[0][name.format("BridgeBoth_Protein_Microtubules")] < 0.1
    assert neither[0][name.format("BundleThinness_Microtubules")] < 0.1


def test_of_two_pairs_the_one_with_a_bundle_is_the_cells_pair():
    cells, nuclei = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32)
    for label, column in enumerate((30, 74, 118), start=1):
        cells[ellipse(SHAPE, (64, column), (34, 19))] = label
        nuclei[ellipse(SHAPE, (64, column), (11, 9))] = label
    bundle = line(1, (88, 104))
    rows = rows_of(lit(masks_of(cells, nuclei), MICROTUBULES=bundle), masks_of(cells, nuclei))
    contrast = "Cells_Contact_BridgeContrast_Microtubules"
    assert rows[1][contrast] == rows[2][contrast] > 1
    assert rows[0][contrast] < 0.5


def test_unlike_or_distant_nuclei_are_no_twins():
    masks = pair_of_cells()
    small = masks.nuclei.copy()
    small[(small == 2) & ~ellipse(SHAPE, (64, 95), (6, 6))] = 0
    distant = pair_of_cells(gap=50)
    for other in (masks_of(masks.cells, small), distant):
        row = rows_of(lit(other, MICROTUBULES=line(1)), other)[0]
        assert all(np.isnan(row[name]) for name in BRIDGE)


def test_what_a_third_cell_holds_does_not_count():
    masks = pair_of_cells()
    cells = masks.cells.copy()
    cells[(cells == 0) & ellipse(SHAPE, (82, 72), (15, 5))] = 3
    masks = masks_of(cells, masks.nuclei)
    bundle = line(1)
    plain = lit(masks, MICROTUBULES=bundle)
    loud = lit(masks, MICROTUBULES=bundle | (cells == 3), PROTEIN=cells == 3)
    assert rows_of(plain, masks)[0].keys() == rows_of(loud, masks)[0].keys()
    for name in BRIDGE:
        assert rows_of(loud, masks)[0][name] == rows_of(plain, masks)[0][name], name


def test_moving_the_field_and_renaming_its_cells_changes_no_row():
    masks = touching_masks()
    field, _ = drawn_field(167, masks=masks)
    new = np.array([0, 3, 1, 2], np.int32)
    renamed = Masks(
        new[masks.cells], new[masks.nuclei], masks.object_numbers, masks.nucleus_counts[[1, 2, 0]]
    )
    moved = transformed(field, renamed, lambda a: np.pad(a, ((6, 11), (2, 9))))
    values = measure(Batch((field,), (masks,)), [FAMILY])
    np.testing.assert_array_equal(
        measure(Batch((moved[0],), (moved[1],)), [FAMILY])[new[1:] - 1], values
    )
