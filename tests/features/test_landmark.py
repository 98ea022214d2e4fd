from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse
from oracles import landmark as oracle
from oracles.crops import crop_of, distances, log2_ratio, smoothed, wedge_cv, wedge_weights
from oracles.radial_distribution import brightest

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.landmark import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
CLOSE = {"rel": 1e-4, "abs": 1e-5}


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def with_planes(field, **planes):
    return changed(field, planes={**field.planes, **{Channel[k]: v for k, v in planes.items()}})


@pytest.fixture(scope="module")
def measured():
    field, masks = drawn_field(100)
    crops = [crop_of(field.planes, 4, masks.cells, masks.nuclei, label) for label in (1, 2)]
    return list(zip(rows_of(field, masks)[:2], crops, strict=True))


def test_the_nuclear_rim_equals_its_definition(measured):
    for row, (cell, nucleus, values) in measured:
        to_nucleus, _ = distances(cell, nucleus)
        sides = oracle.rim(values[Channel.PROTEIN], cell, to_nucleus)
        of_er = oracle.rim(values[Channel.ER], cell, to_nucleus)
        centre = np.mean(np.nonzero(nucleus), axis=1)
        expected = {
            "RimToInside_Protein": sides[0],
            "RimToOutside_Protein": sides[1],
            "RimPeak_Protein": min(sides),
            "RimPeak_Protein_ER": min(sides) - min(of_er),
            "RimAngularCV_Protein": wedge_cv(
                values[Channel.PROTEIN], cell & (np.abs(to_nucleus) <= 0.49), centre
            ),
        }
        for name, value in expected.items():
            assert row[f"Nuclei_Landmark_{name}"] == pytest.approx(value, **CLOSE), name


def test_holes_equal_their_definition(measured):
    for row, (cell, nucleus, values) in measured:
        to_nucleus, _ = distances(cell, nucleus)
        rank = oracle.dna_rank(smoothed(values[Channel.DNA], cell, 0.32), nucleus, to_nucleus)
        protein, interior = values[Channel.PROTEIN], rank >= 0
        names = ("HoleLevel5", "HoleLevel15", "HoleLevel30", "DenseLevel", "HoleRim", "HoleCV")
        expected = dict(zip(names, oracle.holes(protein, cell, rank), strict=True))
        in_hole = (interior & (rank < 0.15)).astype(float)
        for name, image in (("BrightestInHoles", in_hole), ("DNAAtBrightest", rank)):
            excess = brightest(protein, interior, image)
            expected[name] = excess + image[interior].mean()
        dna = values[Channel.DNA] / values[Channel.DNA][cell].mean()
        depth = log2_ratio(dna[in_hole > 0].mean(), dna[rank >= 0.3].mean())
        expected["HoleDepth"] = depth
        for name, value in expected.items():
            got = row[f"Nuclei_Landmark_{name}_Protein_DNA"]
            assert got == pytest.approx(value, **CLOSE), name


def test_the_crescent_equals_its_definition(measured):
    for row, (cell, nucleus, values) in measured:
        to_nucleus, _ = distances(cell, nucleus)
        protein, cytoplasm = values[Channel.PROTEIN], cell & ~nucleus
        near, far = cytoplasm & (to_nucleus < 6), cytoplasm & (to_nucleus >= 6)
        centre = np.mean(np.nonzero(nucleus), axis=1)
        peak, one_sided, side = oracle.crescent(protein, near, centre)
        own = protein / protein[cell].mean()
        expected = {
            "CrescentLevel_Protein": log2_ratio(own[near].mean(), own[far].mean()),
            "CrescentCV_Protein": own[near].std() / (own[near].mean() + 0.01),
            "CrescentPeak_Protein": peak,
            "CrescentOneSided_Protein": one_sided,
        }
        weights = wedge_weights(near, centre)
        for landmark in (Channel.MICROTUBULES, Channel.ER):
            means = [(values[landmark] * w).sum() / w.sum() for w in weights.values()]
            level = means[side] / np.mean(means)
            expected[f"CrescentLevel_Protein_{landmark}"] = log2_ratio(level, 1)
        for name, value in expected.items():
            assert row[f"Cytoplasm_Landmark_{name}"] == pytest.approx(value, **CLOSE), name


def test_the_cell_edge_equals_its_definition(measured):
    for row, (cell, nucleus, values) in measured:
        _, to_edge = distances(cell, nucleus)
        cytoplasm = cell & ~nucleus
        level = {c: oracle.edge(v, cell, cytoplasm, to_edge) for c, v in values.items()}
        own, patches = level[Channel.PROTEIN]
        centre = np.mean(np.nonzero(nucleus), axis=1)
        rim = cytoplasm & (to_edge < 1)
        expected = {
            "EdgeLevel_Protein": own,
            "EdgeLevel_Protein_Microtubules": own - level[Channel.MICROTUBULES][0],
            "EdgeLevel_Protein_ER": own - level[Channel.ER][0],
            "EdgeAngularCV_Protein": wedge_cv(values[Channel.PROTEIN], rim, centre),
            "EdgePatches_Protein": patches,
        }
        for name, value in expected.items():
            assert row[f"Cytoplasm_Landmark_{name}"] == pytest.approx(value, **CLOSE), name


def protein_where(field, masks, inside, level=200):
    """Return `field` with the protein at `level` where `inside`, dim elsewhere in cells."""
    protein = np.where(inside, level, np.where(masks.cells > 0, 24, 4)).astype(np.uint8)
    return with_planes(field, PROTEIN=protein)


def test_a_ring_at_the_nuclear_edge_makes_the_rim_ratios_large():
    field, masks = drawn_field(101)
    nucleus = masks.nuclei == 1
    rows, columns = np.nonzero(nucleus)
    centre = (rows.mean(), columns.mean())
    ring = ellipse(field.shape, centre, (15, 14)) & ~ellipse(field.shape, centre, (12.5, 11.5))
    ringed = rows_of(protein_where(field, masks, ring), masks)[0]
    filled = rows_of(protein_where(field, masks, nucleus), masks)[0]
    assert ringed["Nuclei_Landmark_RimPeak_Protein"] > 1.5
    assert ringed["Nuclei_Landmark_RimPeak_Protein_ER"] > 1.5
    assert filled["Nuclei_Landmark_RimPeak_Protein"] < 0.1


def test_protein_in_dna_poor_holes_is_found_there():
    field, masks = drawn_field(102)
    nucleus = masks.nuclei == 1
    hole = ellipse(field.shape, (33, 32), (4, 4)) & nucleus
    rows, columns = np.indices(field.shape)
    depth = 40 + (rows - 33) ** 2 + (columns - 32) ** 2  # equal places would have no order
    dna = np.where(hole, depth, np.where(nucleus, 180, 4)).astype(np.uint8)
    row = rows_of(with_planes(protein_where(field, masks, hole), DNA=dna), masks)[0]
    assert row["Nuclei_Landmark_HoleLevel5_Protein_DNA"] > 2
    assert row["Nuclei_Landmark_DNAAtBrightest_Protein_DNA"] < 0.1
    assert row["Nuclei_Landmark_BrightestInHoles_Protein_DNA"] > 0.9
    assert row["Nuclei_Landmark_HoleDepth_Protein_DNA"] < -0.5


def test_a_body_on_one_side_of_the_nucleus_makes_a_crescent():
    field, masks = drawn_field(103)
    body = ellipse(field.shape, (36, 54), (9, 8)) & (masks.cells == 1) & (masks.nuclei == 0)
    row = rows_of(protein_where(field, masks, body), masks)[0]
    even = rows_of(protein_where(field, masks, masks.cells == 1), masks)[0]
    assert row["Cytoplasm_Landmark_CrescentPeak_Protein"] > 1
    assert row["Cytoplasm_Landmark_CrescentOneSided_Protein"] > 0.3
    assert even["Cytoplasm_Landmark_CrescentPeak_Protein"] == pytest.approx(0, abs=1e-5)
    assert even["Cytoplasm_Landmark_CrescentOneSided_Protein"] == pytest.approx(0, abs=1e-5)


def test_a_rim_of_protein_along_the_cell_edge_is_found_there():
    field, masks = drawn_field(104)
    inner = ellipse(field.shape, (34, 38), (25, 29))
    row = rows_of(protein_where(field, masks, (masks.cells == 1) & ~inner), masks)[0]
    assert row["Cytoplasm_Landmark_EdgeLevel_Protein"] > 2
    assert row["Cytoplasm_Landmark_EdgeLevel_Protein_ER"] > 2
