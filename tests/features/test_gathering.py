"""Light that gathers at one place: twins from the formula, and cells where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse, masks_of
from oracles import filament, gathering
from oracles.crops import STEP, crop_of, distances, log2_ratio, smoothed
from oracles.spots import spots

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.landmark_fine import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
SHAPE = (110, 120)


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    start = "Cells_LandmarkFine_"
    return [{n.removeprefix(start): v for n, v in zip(NAMES, row, strict=True)} for row in values]


def band(fine, coarse, cell, mean):
    """Return peaks, heights above the limit, and every pixel that exceeds it."""
    around = coarse + 0.01 * mean
    found, least = spots(fine - coarse, around, cell)
    peaks = np.zeros(cell.shape)
    for at in found:
        peaks[at] = (fine - coarse)[at]
    return peaks, np.where(cell & (fine - coarse > least), fine - coarse, 0)


def test_every_value_equals_its_definition():
    field, masks = drawn_field(130)
    for label, row in zip((1, 2), rows_of(field, masks), strict=False):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        protein, tubules = values[Channel.PROTEIN], values[Channel.MICROTUBULES]
        mean = protein[cell].mean()
        to_nucleus, _ = distances(cell, nucleus)
        blurred = [smoothed(protein, cell, um) for um in (0.32, 0.64)]
        small, large = (
            band(fine, coarse, cell, mean)
            for fine, coarse in ((protein, blurred[0]), (blurred[0], blurred[1]))
        )
        size, middle = gathering.spread(small[1])
        image, level = smoothed(tubules, cell, 0.32), tubules[cell].mean()
        strength, angle = filament.ridges(image, cell, level, 0.32 / STEP)
        top, other = gathering.lead(small[0], 2.0 / STEP)
        dense = smoothed(tubules, cell, 1.28)
        there = (dense * small[1]).sum() / small[1].sum() / dense[cell].mean()
        expected = {
            "SpotLightSpread_Protein_640nm": size * STEP,
            "SpotLightSpread_Protein_1280nm": gathering.spread(large[1])[0] * STEP,
            "SpotLightToNucleus_Protein_640nm": np.average(to_nucleus, weights=small[1]),
            "SpotLightToNucleus_Protein_1280nm": np.average(to_nucleus, weights=large[1]),
            "SpotLead_Protein": log2_ratio(top / mean, other / mean),
            "ConvergenceAtSpots_Protein_Microtubules": gathering.convergence(
                strength, angle, middle, 10 / STEP
            ),
            "MicrotubulesAtSpots_Protein_Microtubules": log2_ratio(there, 1),
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name


def drawn(dots, sigma=1.0, tubules=0.0):
    """Return the row of one even cell with dots of protein, and light of microtubules."""
    cell, nucleus = ellipse(SHAPE, (55, 60), (50, 55)), ellipse(SHAPE, (55, 60), (18, 18))
    masks = masks_of(cell.astype(np.int32), nucleus.astype(np.int32))
    field, _ = drawn_field(140, masks=masks)
    rows, columns = np.indices(SHAPE)
    light = sum(np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / (2 * sigma**2)) for r, c in dots)
    planes = {channel: np.where(cell, 24, 4).astype(np.uint8) for channel in field.planes}
    planes[Channel.PROTEIN] = np.where(cell, 24 + np.round(150 * light), 4).astype(np.uint8)
    planes[Channel.MICROTUBULES] = np.where(cell, 24 + tubules, 4).astype(np.uint8)
    return rows_of(changed(field, planes=planes), masks)[0]


SPOT_COLUMNS = (
    "SpotLightSpread_Protein_640nm",
    "SpotLightToNucleus_Protein_640nm",
    "SpotLead_Protein",
    "ConvergenceAtSpots_Protein_Microtubules",
    "MicrotubulesAtSpots_Protein_Microtubules",
)


def test_one_dot_is_at_one_place_and_leads():
    row = drawn([(55, 84)])
    assert row["SpotLightSpread_Protein_640nm"] < 0.7
    assert row["SpotLead_Protein"] > 5
    assert row["SpotLightToNucleus_Protein_640nm"] == pytest.approx(6 * 0.32, abs=0.2)


def test_two_close_dots_lead_and_two_far_ones_do_not():
    close, far = drawn([(55, 84), (55, 88)]), drawn([(55, 84), (55, 30)])
    assert close["SpotLead_Protein"] > 5
    assert far["SpotLead_Protein"] == pytest.approx(0, abs=0.05)
    assert far["SpotLightSpread_Protein_640nm"] == pytest.approx(27 * 0.32, abs=0.2)


def test_lines_that_meet_at_the_dot_are_told_from_lines_that_pass_it():
    rows, columns = np.indices(SHAPE)
    turn = np.arctan2(rows - 55, columns - 84)
    meet = drawn([(55, 84)], tubules=np.round(100 * np.cos(6 * turn) ** 8))
    away = np.hypot(rows - 55, columns - 84)
    about = drawn([(55, 84)], tubules=np.round(100 * np.cos(away / 2.2) ** 8))
    assert meet["ConvergenceAtSpots_Protein_Microtubules"] > 0.5
    assert about["ConvergenceAtSpots_Protein_Microtubules"] < -0.5


def test_a_cell_without_spots_has_none_of_it():
    row = drawn([(55, 84)], sigma=1000.0)
    assert np.isnan([row[name] for name in SPOT_COLUMNS]).all()
