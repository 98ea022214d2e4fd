from __future__ import annotations

import numpy as np
import pytest
from dim_fields import measured_anyway
from made_fields import changed, drawn_field
from oracles import filament as oracle
from oracles.crops import STEP, box_kernel, crop_of, distances, smoothed
from scipy import ndimage as ndi

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.filament import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
CLOSE = {"rel": 1e-4, "abs": 1e-5}


def named(values):
    return [dict(zip(NAMES, row, strict=True)) for row in values.astype(float)]


def rows_of(field, masks):
    return named(measure(Batch((field,), (masks,)), [FAMILY]))


def with_planes(field, **planes):
    return changed(field, planes={**field.planes, **{Channel[k]: v for k, v in planes.items()}})


def plain_of(strength, cell):
    least = max(0.03, 1.5 * strength[cell].mean())
    return strength > least, least


@pytest.fixture(scope="module")
def measured():
    field, masks = drawn_field(120)
    found = []
    for label, row in enumerate(rows_of(field, masks)[:2], start=1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        lines = {}
        for name, channel, sigma in (
            ("fine", Channel.PROTEIN, 0.32),
            ("broad", Channel.PROTEIN, 0.64),
            ("tubules", Channel.MICROTUBULES, 0.32),
        ):
            image = smoothed(values[channel], cell, sigma)
            lines[name] = oracle.ridges(image, cell, values[channel][cell].mean(), sigma / STEP)
        found.append((row, cell, nucleus, lines))
    return found


def test_strength_and_coherence_equal_their_definition(measured):
    for row, cell, nucleus, lines in measured:
        fine, angle = lines["fine"]
        broad = lines["broad"][0]
        crest = oracle.crests(fine, angle, plain_of(fine, cell)[1])
        kernel = box_kernel(0.96 / STEP)

        def blur(image, kernel=kernel):
            for axis in (0, 1):
                image = ndi.convolve1d(image, kernel, axis=axis, mode="constant")
            return image

        turn = blur(fine * np.cos(2 * angle)) + 1j * blur(fine * np.sin(2 * angle))
        coherence = np.where(fine > 0, np.abs(turn) / np.maximum(blur(fine), 1e-300), 0)
        for part, inside in (("Nuclei", nucleus), ("Cytoplasm", cell & ~nucleus)):
            expected = {
                "Strength_Protein_320nm": np.log2(fine[inside].mean() + 1e-3),
                "Strength_Protein_640nm": np.log2(broad[inside].mean() + 1e-3),
                "StrengthCV_Protein": fine[inside].std() / (fine[inside].mean() + 1e-3),
                "CrestDensity_Protein": crest[inside].mean() / STEP,
                "Coherence_Protein_960nm": (coherence * fine)[inside].sum() / fine[inside].sum(),
            }
            for name, value in expected.items():
                got = row[f"{part}_Filament_{name}"]
                assert got == pytest.approx(value, **CLOSE), (part, name)


def test_strength_by_place_equals_its_definition(measured):
    for row, cell, nucleus, lines in measured:
        fine, cytoplasm = lines["fine"][0], cell & ~nucleus
        to_nucleus, to_edge = distances(cell, nucleus)

        def level(inside, fine=fine):
            return np.log2(fine[inside].mean() + 1e-3)

        near, rim = cytoplasm & (to_nucleus < 4), cytoplasm & (to_edge < 3)
        expected = {
            "Nuclei_Filament_StrengthOverNucleus_Protein": level(nucleus) - level(cytoplasm),
            "Cytoplasm_Filament_StrengthAtNucleus_Protein": level(near) - level(cytoplasm & ~near),
            "Cytoplasm_Filament_StrengthAtEdge_Protein": level(rim) - level(cytoplasm & ~rim),
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, **CLOSE), name


def test_networks_equal_their_definition(measured):
    for row, cell, nucleus, lines in measured:
        fine, angle = lines["fine"]
        cytoplasm = cell & ~nucleus
        plain, least = plain_of(fine, cell)
        runs = oracle.crossings(oracle.crests(fine, angle, least), plain, 0.96 / STEP)
        counts = np.array([count for at, count in runs.items() if cytoplasm[at]])
        mass, length, straight = np.array(oracle.parts(plain & cytoplasm, fine, angle)).T
        expected = {
            "Specks": (counts == 0).mean(),
            "Ends": (counts == 1).mean(),
            "Branches": (counts >= 3).mean(),
            "Length": (mass * length).sum() / mass.sum() * STEP,
            "LongestLength": length.max() * STEP,
            "Straightness": (mass * straight).sum() / mass.sum(),
            "LongestStraight": (length * straight).max() * STEP,
            "StrongestShare": mass.max() / mass.sum(),
        }
        for name, value in expected.items():
            got = row[f"Cytoplasm_Filament_{name}_Protein"]
            assert got == pytest.approx(value, **CLOSE), name


def test_directions_equal_their_definition(measured):
    for row, cell, nucleus, lines in measured:
        fine, angle = lines["fine"]
        cytoplasm = cell & ~nucleus
        to_nucleus, to_edge = (np.where(cell, length, 0) for length in distances(cell, nucleus))
        rows, columns = np.indices(cell.shape)
        y, x = (a - np.nonzero(nucleus)[k].mean() for k, a in enumerate((rows, columns)))

        def mean_cosine(way, inside, fine=fine, angle=angle):
            down, across = way
            weights = fine * inside
            cosine = np.cos(2 * (angle - np.arctan2(across, down)))
            return (cosine * weights * (np.hypot(down, across) > 0)).sum() / weights.sum()

        expected = {
            "Cells_Filament_Order": abs((fine * np.exp(2j * angle)).sum()) / fine.sum(),
            "Cells_Filament_OrientationEntropy": oracle.entropy(fine, angle),
            "Cytoplasm_Filament_RadialFromNucleus": mean_cosine((y, x), cytoplasm),
            "Cytoplasm_Filament_AlongEdge": -mean_cosine(
                np.gradient(to_edge), cytoplasm & (to_edge < 4)
            ),
            "Cytoplasm_Filament_AlongNucleus": -mean_cosine(
                np.gradient(to_nucleus), cytoplasm & (to_nucleus < 3)
            ),
        }
        for name, value in expected.items():
            assert row[f"{name}_Protein"] == pytest.approx(value, rel=1e-3, abs=1e-3), name


def test_lines_beside_microtubules_equal_their_definition(measured):
    for row, cell, nucleus, lines in measured:
        (fine, angle), (other, way) = lines["fine"], lines["tubules"]
        cytoplasm = cell & ~nucleus
        plain = plain_of(other, cell)[0]
        own, theirs = fine[cytoplasm], other[cytoplasm]
        both = own[plain[cytoplasm]].sum() / own.sum()
        product = own * theirs
        turn = np.cos(2 * (angle - way))[cytoplasm]
        expected = {
            "OnRidges": both,
            "OnRidgesExcess": np.log2((both + 0.01) / (plain[cytoplasm].mean() + 0.01)),
            "Agreement": (turn * product).sum() / product.sum(),
            "StrengthCorrelation": np.corrcoef(own, theirs)[0, 1],
            "Strength": np.log2((own.mean() + 1e-3) / (theirs.mean() + 1e-3)),
        }
        for name, value in expected.items():
            got = row[f"Cytoplasm_Filament_{name}_Protein_Microtubules"]
            assert got == pytest.approx(value, **CLOSE), name


def stripes(field, masks, image):
    """Return `field` with the protein at `image` (0…1) inside cells."""
    protein = np.where(masks.cells > 0, 24 + 180 * image, 4).astype(np.uint8)
    return with_planes(field, PROTEIN=protein)


def test_a_copy_of_the_microtubules_agrees_with_them():
    field, masks = drawn_field(121)
    row = rows_of(with_planes(field, PROTEIN=field.planes[Channel.MICROTUBULES]), masks)[0]
    name = "Cytoplasm_Filament_{}_Protein_Microtubules"
    assert row[name.format("Agreement")] == pytest.approx(1, abs=1e-6)
    assert row[name.format("StrengthCorrelation")] == pytest.approx(1, abs=1e-6)
    assert row[name.format("Strength")] == pytest.approx(0, abs=1e-6)
    assert row[name.format("OnRidges")] > 0.7
    assert row[name.format("OnRidgesExcess")] > 1


def test_parallel_stripes_are_in_order_and_straight():
    field, masks = drawn_field(122)
    rows, columns = np.indices(field.shape)
    row = rows_of(stripes(field, masks, np.cos(2 * np.pi * rows / 8) ** 8), masks)[0]
    assert row["Cells_Filament_Order_Protein"] > 0.9
    assert row["Cells_Filament_OrientationEntropy_Protein"] < 0.4
    assert row["Cytoplasm_Filament_Straightness_Protein"] > 0.9
    assert row["Cytoplasm_Filament_Coherence_Protein_960nm"] > 0.9
    assert row["Cytoplasm_Filament_LongestStraight_Protein"] > 8
    assert row["Cytoplasm_Filament_Branches_Protein"] < 0.1
    checked = rows_of(
        stripes(
            field,
            masks,
            np.maximum(np.cos(2 * np.pi * rows / 16) ** 16, np.cos(2 * np.pi * columns / 16) ** 16),
        ),
        masks,
    )[0]
    assert checked["Cells_Filament_Order_Protein"] < 0.2
    assert checked["Cytoplasm_Filament_Branches_Protein"] > 0.05


def test_spokes_are_radial_and_rings_run_around():
    field, masks = drawn_field(123)
    nucleus = np.argwhere(masks.nuclei == 1).mean(0)
    rows, columns = np.indices(field.shape)
    y, x = rows - nucleus[0], columns - nucleus[1]
    spokes = rows_of(stripes(field, masks, np.cos(8 * np.arctan2(y, x)) ** 8), masks)[0]
    rings = rows_of(stripes(field, masks, np.cos(np.pi * np.hypot(y, x) / 8) ** 8), masks)[0]
    assert spokes["Cytoplasm_Filament_RadialFromNucleus_Protein"] > 0.8
    assert spokes["Cytoplasm_Filament_AlongNucleus_Protein"] < -0.8
    assert rings["Cytoplasm_Filament_RadialFromNucleus_Protein"] < -0.8
    assert rings["Cytoplasm_Filament_AlongNucleus_Protein"] > 0.8


def test_an_even_protein_has_no_lines():
    field, masks = drawn_field(124)
    even = np.full_like(field.planes[Channel.PROTEIN], 90)
    field = with_planes(field, PROTEIN=even)
    assert np.isnan(measure(Batch((field,), (masks,)), [FAMILY])).all()
    row = named(measured_anyway(FAMILY, field, masks))[0]
    assert row["Cytoplasm_Filament_Strength_Protein_320nm"] == pytest.approx(np.log2(1e-3))
    assert row["Cytoplasm_Filament_CrestDensity_Protein"] == 0
    assert np.isnan(row["Cytoplasm_Filament_Length_Protein"])
    assert np.isnan(row["Cells_Filament_Order_Protein"])
