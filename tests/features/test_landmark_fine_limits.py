"""LandmarkFine on drawn cells in which one thing is known to be there."""

from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse, masks_of
from made_values import make

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.landmark_fine import FAMILY
from hpa_features.features.measure import measure
from hpa_features.features.vocabulary.centre import CENTRE as FOUND

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
SHAPE = (110, 120)
CENTRE = (55, 84)  # 4 µm outside the nuclear edge would be column 89


def drawn(**light):
    """Return one cell; keywords are planes of light 0…1, the others are dim and even."""
    cell = ellipse(SHAPE, (55, 60), (50, 55))
    nucleus = ellipse(SHAPE, (55, 60), (18, 18))
    masks = masks_of(cell.astype(np.int32), nucleus.astype(np.int32))
    field, _ = drawn_field(140, masks=masks)
    planes = {channel: np.where(cell, 24, 4).astype(np.uint8) for channel in field.planes}
    planes[Channel.DNA] = np.where(nucleus, 120, 4).astype(np.uint8)
    for name, image in light.items():
        dark = 4 if name == "DNA" else 24
        level = np.clip(dark + 200 * np.asarray(image, float), 0, 255)
        planes[Channel[name]] = np.where(cell, np.round(level), 4).astype(np.uint8)
    return changed(field, planes=planes), masks


def row_of(**light):
    field, masks = drawn(**light)
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return dict(zip(NAMES, values[0], strict=True))


def away(place):
    rows, columns = np.indices(SHAPE)
    return np.hypot(rows - place[0], columns - place[1])


def spokes(place=CENTRE):
    """Light of lines that converge at `place` and fade away from it."""
    rows, columns = np.indices(SHAPE)
    turn = np.arctan2(rows - place[0], columns - place[1])
    return (0.3 + 0.7 * np.cos(6 * turn) ** 8) * np.exp(-away(place) / 25)


def dots(places, sigma=1.0):
    return sum(np.exp(-(away(place) ** 2) / (2 * sigma**2)) for place in places)


def test_the_centre_is_where_the_lines_converge():
    field, masks = drawn(MICROTUBULES=spokes())
    place = make(field, masks, FOUND)[FOUND][0]
    first = np.argwhere(masks.cells)[:, 0].min(), np.argwhere(masks.cells)[:, 1].min()
    found = place - 1 + first  # the crop has a margin of one pixel
    assert np.hypot(*(found - CENTRE)) <= 2.5  # the middle of the cell draws it by pixels


def test_of_two_places_alike_the_centre_is_the_one_deeper_in_the_cell():
    shape = (110, 140)
    cell = ellipse(shape, (55, 70), (50, 65))
    nucleus = ellipse(shape, (55, 50), (16, 16))  # nearer the left end of the cell
    masks = masks_of(cell.astype(np.int32), nucleus.astype(np.int32))
    field, _ = drawn_field(140, masks=masks)
    rows, columns = np.indices(shape)
    both = sum(np.exp(-np.hypot(rows - 55, columns - at) / 6) for at in (28, 72))
    light = np.where(cell, 24 + 150 * both, 4).astype(np.uint8)
    field = changed(field, planes={**field.planes, Channel.MICROTUBULES: light})
    place = make(field, masks, FOUND)[FOUND][0]
    first = np.argwhere(cell).min(axis=0)
    assert place - 1 + first == pytest.approx((55, 72), abs=1.5)


def test_vesicles_about_the_centre_are_told_from_vesicles_elsewhere():
    cluster = [(55 + y, 84 + x) for y, x in ((-6, 0), (6, 0), (0, -5), (0, 6))]
    at = row_of(MICROTUBULES=spokes(), PROTEIN=dots(cluster, 1.5))
    off = row_of(MICROTUBULES=spokes(), PROTEIN=dots([(y, 120 - x) for y, x in cluster], 1.5))
    for name in (
        "SpotsAtCentre_Protein_Microtubules_640nm",
        "SpotsAtCentre_Protein_Microtubules_1280nm",
    ):
        assert at[f"Cytoplasm_LandmarkFine_{name}"] > 2, name
        assert off[f"Cytoplasm_LandmarkFine_{name}"] < -0.5, name
    share = "Cytoplasm_LandmarkFine_SpotShareAtCentre_Protein_Microtubules_1280nm"
    assert at[share] > 0.1
    assert off[share] == 0


def test_a_dot_at_the_centre_is_told_from_one_elsewhere():
    at = row_of(MICROTUBULES=spokes(), PROTEIN=dots([CENTRE]))
    off = row_of(MICROTUBULES=spokes(), PROTEIN=dots([(55, 36)]))
    for name, least in (
        ("CentreLevel_Protein_Microtubules_0to1000nm", 1),
        ("StrongestSpotAtCentre_Protein_Microtubules", 3),
        ("CentreSharpness_Protein_Microtubules", 0.5),
    ):
        assert at[f"Cells_LandmarkFine_{name}"] > least, name
        assert off[f"Cells_LandmarkFine_{name}"] < 0.1, name
    side = "Cytoplasm_LandmarkFine_SideOfCentre_Protein_Microtubules"
    assert at[side] > 0.01
    assert off[side] < -0.01
    far = "Cytoplasm_LandmarkFine_BrightestToCentreExcess_Protein_Microtubules"
    assert at[far] < off[far]


def test_a_cloud_at_the_centre_is_wide_and_blunt():
    dot = row_of(MICROTUBULES=spokes(), PROTEIN=dots([CENTRE]))
    cloud = row_of(MICROTUBULES=spokes(), PROTEIN=dots([CENTRE], sigma=5))
    sharp = "Cells_LandmarkFine_CentreSharpness_Protein_Microtubules"
    around = "Cells_LandmarkFine_CentreLevel_Protein_Microtubules_1000to3000nm"
    assert dot[sharp] > 3 * cloud[sharp]
    assert cloud[around] > dot[around] + 1


def test_comets_at_ends_of_microtubules_are_found_there():
    rows, columns = np.indices(SHAPE)
    bars = sum(
        ((np.abs(rows - r) <= 1) & (columns > 84) & (columns < 102)) * 1.0 for r in (40, 55, 70)
    )
    tips = dots([(r, c) for r in (40, 55, 70) for c in (86, 100)])
    middles = dots([(r, c) for r in (40, 55, 70) for c in (92, 94)])
    name = "Cytoplasm_LandmarkFine_EndsToGaps_Protein_Microtubules"
    at_tips, at_middles = (row_of(MICROTUBULES=bars, PROTEIN=p)[name] for p in (tips, middles))
    assert at_tips > max(at_middles, 0) + 0.1
    copy = row_of(MICROTUBULES=bars, PROTEIN=bars)
    assert copy["Cytoplasm_LandmarkFine_RidgesToGaps_Protein_Microtubules"] > 0.5


def test_strands_of_er_hold_a_copy_of_it_and_spare_its_complement():
    random = np.random.default_rng(0).random(SHAPE)
    mesh = np.round(random)
    for protein, sign in ((mesh, 1), (1 - mesh, -1)):
        row = row_of(ER=mesh, PROTEIN=protein)
        for name in ("ERRichLevel", "ERRichLocal", "ERAtBrightest"):
            assert sign * row[f"Cytoplasm_LandmarkFine_{name}_Protein_ER"] > 0.3, name


def test_an_inclusion_without_microtubules_is_round_and_dark_in_them():
    disc = away((55, 92)) <= 8
    row = row_of(PROTEIN=disc, MICROTUBULES=0.5 * ~disc)
    assert row["Cytoplasm_LandmarkFine_BodyRoundness_Protein"] > 0.95
    assert row["Cytoplasm_LandmarkFine_BodyLevel_Protein"] > 2
    assert row["Cytoplasm_LandmarkFine_BodyDeficit_Protein_Microtubules"] > 1
    area = np.pi * (8.5 * 0.32) ** 2
    assert row["Cytoplasm_LandmarkFine_BodyArea_Protein"] == pytest.approx(area, rel=0.15)
    ribbon = (np.abs(away((55, 60)) - 30) < 4) & (np.indices(SHAPE)[1] > 70)
    stretched = row_of(PROTEIN=ribbon)
    assert stretched["Cytoplasm_LandmarkFine_BodyRoundness_Protein"] < 0.8


def test_a_nucleus_dented_by_an_inclusion_is_told_from_one_dented_elsewhere():
    field, masks = drawn(PROTEIN=away((55, 80)) <= 8)
    name = "Cytoplasm_LandmarkFine_BodyDent_Protein"
    dents = []
    for place in ((55, 80), (55, 40), None):
        nucleus = masks.nuclei if place is None else masks.nuclei * (away(place) > 8.5)
        values = measure(Batch((field,), (masks_of(masks.cells, nucleus),)), [FAMILY])
        dents.append(values[0, NAMES.index(name)])
    assert dents[0] > 0.2
    # The staircase of pixels alone leaves a few percent of a round hull empty.
    assert max(dents[1:]) < 0.1


def test_a_plate_of_dna_with_a_spindle_across_it():
    rows, columns = np.indices(SHAPE)
    plate = (np.abs(columns - 60) < 4) & (np.abs(rows - 55) < 14)
    spindle = (np.abs(rows - 55) < 7) & (np.abs(columns - 60) < 20)
    row = row_of(DNA=plate, MICROTUBULES=spindle, PROTEIN=spindle)
    assert row["Cells_LandmarkFine_SpindleLevel_Microtubules"] > 1
    assert row["Cells_LandmarkFine_SpindleLevel_Protein"] > 1


def test_rings_about_holes_of_the_er_are_told_from_rings_elsewhere():
    places = [(30, 40), (80, 40), (30, 84), (80, 84)]
    apart = [(30, 62), (80, 62), (55, 30), (55, 92)]
    hole = 1.0 - sum((away(p) <= 3) * 1.0 for p in places)
    there, elsewhere = (
        row_of(PROTEIN=sum(np.exp(-((away(p) - 3) ** 2) / 1.2) for p in where), ER=hole)
        for where in (places, apart)
    )
    name = "Cytoplasm_LandmarkFine_LevelInERHoles_Protein_ER"
    assert there[name] > 0.5
    assert elsewhere[name] < 0
    assert there["Cytoplasm_LandmarkFine_ERAtSpots_Protein_ER_640nm"] < -0.1


@pytest.mark.parametrize(("radius", "scale"), [(2, "640nm"), (4, "1280nm"), (6, "1920nm")])
def test_rings_are_hollow_and_discs_are_not(radius, scale):
    places = [(30, 40), (80, 40), (30, 84), (80, 84)]
    rings = sum(np.exp(-((away(p) - radius) ** 2) / 1.2) for p in places)
    discs = sum((away(p) <= radius) * 1.0 for p in places)
    hole = 1.0 - sum((away(p) <= radius - 1) * 1.0 for p in places)
    top = f"Cytoplasm_LandmarkFine_RingTop_Protein_{scale}"
    ring, disc = row_of(PROTEIN=rings, ER=hole), row_of(PROTEIN=discs)
    assert ring[top] > 0.2
    assert disc[top] < 0.02
    if radius == 2:
        assert ring["Cytoplasm_LandmarkFine_LevelInRings_Protein_ER"] < -0.1


def test_dashes_across_the_edge_are_told_from_those_along_it():
    rows, columns = np.indices(SHAPE)
    turn = np.arctan2(rows - 55, columns - 60)
    reach = np.hypot((rows - 55) / 50, (columns - 60) / 55)
    across = (np.cos(16 * turn) > 0.94) & (reach > 0.8) & (reach < 0.96)
    along = (np.abs(reach - 0.92) < 0.02) & (np.cos(12 * turn) > 0)
    elongation, way, level = (
        f"Cytoplasm_LandmarkFine_EdgeSpot{name}_Protein"
        for name in ("Elongation", "Across", "Level")
    )
    one, other = row_of(PROTEIN=across), row_of(PROTEIN=along)
    assert one[way] > 0.5
    assert other[way] < -0.5
    assert one[level] > 2
    round_ones = row_of(PROTEIN=dots([(55, 109), (55, 11), (12, 60), (98, 60)]))
    assert one[elongation] > round_ones[elongation] + 0.1


def test_dots_in_dna_poor_places_are_told_from_dots_beside_them():
    hole = away((55, 54)) <= 6
    rows, columns = np.indices(SHAPE)
    dna = 0.6 - 0.4 * hole + 1e-3 * (rows + columns)  # equal places would have no order
    nucleus = ellipse(SHAPE, (55, 60), (18, 18))
    inside = row_of(DNA=dna * nucleus, PROTEIN=dots([(55, 54), (52, 51), (58, 56)]))
    outside = row_of(DNA=dna * nucleus, PROTEIN=dots([(55, 70), (50, 68), (60, 69)]))
    filled = row_of(DNA=dna * nucleus, PROTEIN=hole)
    name = "Nuclei_LandmarkFine_{}_Protein_DNA"
    assert inside[name.format("SpotShareInHoles")] > 0.9
    assert outside[name.format("SpotShareInHoles")] < 0.1
    assert inside[name.format("TopContrastInHolesExcess")] > 2
    assert outside[name.format("TopContrastInHolesExcess")] < -2
    level = name.format("CoarseLevelInHoles")
    assert inside[level] > filled[level] + 0.5


def test_without_microtubules_or_nucleus_there_is_no_centre():
    dark = row_of(MICROTUBULES=np.full(SHAPE, -0.1))
    field, masks = drawn(MICROTUBULES=spokes())
    bare = masks_of(masks.cells, np.zeros_like(masks.nuclei))
    values = measure(Batch((field,), (bare,)), [FAMILY])[0]
    for name, value in zip(NAMES, values, strict=True):
        if "Centre" in name or "Convergence" in name:
            assert np.isnan(value), name
            assert np.isnan(dark[name]), name
