from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, drawn_masks, ellipse, masks_of
from oracles import radial_distribution as oracle
from oracles.crops import crop_of, distances, wedge_cv

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.radial_distribution import FAMILY, SHELLS
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def with_protein(field, protein):
    return changed(field, planes={**field.planes, Channel.PROTEIN: protein})


@pytest.fixture(scope="module")
def measured():
    field, masks = drawn_field(60)
    rows = rows_of(field, masks)
    crops = [
        crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        for label in range(1, masks.count + 1)
    ]
    return list(zip(rows, crops, strict=True))


@pytest.mark.parametrize("shells", SHELLS, ids=lambda s: f"{s.compartment}-{s.name}")
def test_shells_equal_their_definition(measured, shells):
    for row, (cell, nucleus, values) in measured[:2]:
        to_nucleus, to_edge = distances(cell, nucleus)
        length = to_edge if shells.name == "EdgeShell" else to_nucleus
        inside = nucleus if shells.compartment == "Nuclei" else cell & ~nucleus
        for zone in shells.zones:
            near, far = sorted(round(abs(x) * 1000) for x in zone)
            for partner in shells.partners:
                level, spread, beyond = oracle.shell(
                    values[Channel.PROTEIN], values[partner], cell, inside, length, zone
                )
                stem = f"{shells.compartment}_RadialDistribution_{shells.name}"
                end = f"{near}to{far}nm"
                got = [
                    row[f"{stem}Level_Protein_{end}"],
                    row[f"{stem}CV_Protein_{end}"],
                    row[f"{stem}Level_Protein_{partner}_{end}"],
                ]
                np.testing.assert_allclose(got, [level, spread, beyond], rtol=1e-4, atol=1e-5)


def test_steps_are_ratios_of_neighbouring_shells(measured):
    stem = "Cytoplasm_RadialDistribution_NuclearShell"
    for row, _ in measured[:2]:
        inner = row[f"{stem}Level_Protein_0to600nm"]
        outer = row[f"{stem}Level_Protein_600to1200nm"]
        assert row[f"{stem}Step_Protein_600nm"] == pytest.approx(outer - inner, abs=1e-5)


def test_rings_equal_their_definition(measured):
    for row, (cell, nucleus, values) in measured[:2]:
        to_nucleus, to_edge = distances(cell, nucleus)
        centre = np.mean(np.nonzero(nucleus), axis=1)
        cytoplasm = cell & ~nucleus
        from_nucleus = np.where(cytoplasm, to_nucleus / (to_nucleus + to_edge), 0)
        from_edge = np.where(cell, to_edge / to_edge[cell].max(), 0)
        for part, name, inside, way in (
            ("Cytoplasm", "FromNucleus", cytoplasm, from_nucleus),
            ("Cells", "FromEdge", cell, from_edge),
        ):
            expected = oracle.rings(values[Channel.PROTEIN], inside, way, centre)
            for kind, column in zip(("FracAtD", "MeanFrac", "RadialCV"), expected.T, strict=True):
                got = [row[f"{part}_RadialDistribution_{kind}{name}{k}_Protein"] for k in "1234"]
                np.testing.assert_allclose(got, column, rtol=1e-4)


def test_directions_and_brightest_equal_their_definition(measured):
    for row, (cell, nucleus, values) in measured[:2]:
        protein = values[Channel.PROTEIN]
        centre = np.mean(np.nonzero(nucleus), axis=1)
        to_nucleus, to_edge = distances(cell, nucleus)
        for part, inside in (("Cells", cell), ("Nuclei", nucleus), ("Cytoplasm", cell & ~nucleus)):
            stem = f"{part}_RadialDistribution_"
            expected = {
                "AngularCV": wedge_cv(protein, inside, centre),
                "Inertia": oracle.inertia(protein, inside, centre),
                "BrightestToNucleusExcess": oracle.brightest(protein, inside, to_nucleus),
            }
            for name, value in expected.items():
                assert row[f"{stem}{name}_Protein"] == pytest.approx(value, rel=1e-4, abs=1e-5)
        edge = oracle.brightest(protein, cell, to_edge)
        assert row["Cells_RadialDistribution_BrightestToEdgeExcess_Protein"] == pytest.approx(
            edge, abs=1e-5
        )


def test_rings_of_a_disc_lie_near_cell_profilers():
    # CellProfiler walks from the deepest pixel; on a disc without nucleus that is the same way
    # back but for its chamfer steps, so its outermost ring is our first.
    radial = pytest.importorskip("cp_measure.core.measureobjectintensitydistribution")
    cells = ellipse((90, 90), (45, 45), (40, 40)).astype(np.int32)
    field, masks = drawn_field(61, masks=masks_of(cells, np.zeros_like(cells)))
    row = rows_of(field, masks)[0]
    signal = np.maximum(field.planes[Channel.PROTEIN].astype(float) - 4, 0) / 255
    theirs = radial.get_radial_distribution(cells, signal)
    for ring in range(1, 5):
        ours = row[f"Cells_RadialDistribution_FracAtDFromEdge{ring}_Protein"]
        assert ours == pytest.approx(
            theirs[f"RadialDistribution_FracAtD_{5 - ring}of4"][0], abs=0.03
        )


def test_flat_protein_lies_evenly():
    field, masks = drawn_field(62)
    row = rows_of(with_protein(field, np.full_like(field.planes[Channel.PROTEIN], 100)), masks)[0]
    for name, value in row.items():
        if name.endswith("nm") and "Shell" in name and name.split("_")[3].endswith("nm"):
            assert value == pytest.approx(0, abs=1e-6), name
        if "RadialCV" in name or "AngularCV" in name or "Excess" in name:
            assert value == pytest.approx(0, abs=1e-6), name
        if "MeanFrac" in name:
            assert value == pytest.approx(1), name


def test_a_ring_at_the_nuclear_edge_shows_in_its_shells_only():
    field, masks = drawn_field(63)
    cell, nucleus, _ = crop_of(field.planes, 4, masks.cells, masks.nuclei, 1)
    to_nucleus, _ = distances(cell, nucleus)
    protein = np.full_like(field.planes[Channel.PROTEIN], 14)
    rows, columns = np.nonzero(masks.cells == 1)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    protein[window][(np.abs(to_nucleus) < 0.5)[1:-1, 1:-1]] = 204
    row = rows_of(with_protein(field, protein), masks)[0]
    stem = "RadialDistribution_NuclearShellLevel_Protein"
    assert row[f"Cytoplasm_{stem}_0to600nm"] > row[f"Cytoplasm_{stem}_600to1200nm"] + 3
    assert row[f"Nuclei_{stem}_0to600nm"] > row[f"Nuclei_{stem}_1200to2000nm"] + 3


def test_without_nucleus_only_what_needs_one_is_undefined():
    field, masks = drawn_field(64)
    row = rows_of(field, masks)[2]
    for name, value in row.items():
        needs = "Nuclei_" in name or "Shell" in name or "Nucleus" in name
        assert np.isnan(value) == needs, name


def test_light_at_the_nuclear_centre_has_no_inertia():
    masks = drawn_masks()
    field, _ = drawn_field(65, masks=masks)
    protein = np.full_like(field.planes[Channel.PROTEIN], 4)
    rows, columns = np.nonzero(masks.nuclei == 1)
    protein[round(rows.mean()), round(columns.mean())] = 255
    row = rows_of(with_protein(field, protein), masks)[0]
    assert row["Cells_RadialDistribution_Inertia_Protein"] < -7
