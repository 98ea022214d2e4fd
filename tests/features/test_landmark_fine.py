from __future__ import annotations

import numpy as np
import pytest
from made_fields import drawn_field
from oracles import filament, landmark_fine
from oracles.crops import STEP, crop_of, distances, log2_ratio, smoothed
from oracles.landmark import dna_rank
from oracles.radial_distribution import brightest
from oracles.spots import spots
from scipy import ndimage as ndi
from scipy.stats import rankdata

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.landmark_fine import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
CLOSE = {"rel": 1e-4, "abs": 1e-5}


class Cell:
    """One cell of a drawn field as plain images, and the row that was measured."""

    def __init__(self, field, masks, label, row):
        self.row = row
        self.cell, self.nucleus, self.values = crop_of(
            field.planes, 4, masks.cells, masks.nuclei, label
        )
        self.cytoplasm = self.cell & ~self.nucleus
        self.to_nucleus, self.to_edge = distances(self.cell, self.nucleus)
        self.protein = self.values[Channel.PROTEIN]
        self.mean = self.protein[self.cell].mean()
        self.rows, self.columns = np.indices(self.cell.shape)

    def smooth(self, channel, um):
        return smoothed(self.values[channel], self.cell, um)

    def level(self, mask, channel=Channel.PROTEIN):
        return self.values[channel][mask].mean() / self.values[channel][self.cell].mean()

    def ridges(self, channel):
        image, mean = self.smooth(channel, 0.32), self.values[channel][self.cell].mean()
        strength, angle = filament.ridges(image, self.cell, mean, 0.32 / STEP)
        return strength, angle, max(0.03, 1.5 * strength[self.cell].mean())

    def spots(self, finer=None, um=0.32):
        around = self.smooth(Channel.PROTEIN, um)
        band = (self.protein if finer is None else self.smooth(Channel.PROTEIN, finer)) - around
        around = around + 0.01 * self.mean
        found, least = spots(band, around, self.cell)
        weights = np.zeros(self.cell.shape)
        for at, weight in found.items():
            weights[at] = weight
        light = np.where(self.cell & (band > least), band, 0)
        return weights, np.where(self.cell, band / around, 0), light

    def centre(self):
        strength, angle, _ = self.ridges(Channel.MICROTUBULES)
        zone = self.cell & (self.to_nucleus >= -2) & (self.to_nucleus <= 4)
        image = self.smooth(Channel.MICROTUBULES, 1.28) * np.sqrt(np.maximum(self.to_edge, 0))
        return landmark_fine.centre(image, strength, angle, zone, 10 / STEP)

    def check(self, prefix, expected, **tolerance):
        for name, value in expected.items():
            got = self.row[f"{prefix}_LandmarkFine_{name}"]
            assert got == pytest.approx(value, **(CLOSE | tolerance)), name


@pytest.fixture(scope="module")
def cells():
    field, masks = drawn_field(130)
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    rows = [dict(zip(NAMES, row, strict=True)) for row in values]
    return [Cell(field, masks, label, rows[label - 1]) for label in (1, 2)]


def test_the_organising_centre_equals_its_definition(cells):
    for cell in cells:
        at, _ = cell.centre()
        away = np.hypot(cell.rows - at[0], cell.columns - at[1]) * STEP
        beyond = cell.level(cell.cell & (away >= 6), Channel.PROTEIN)
        levels = [
            log2_ratio(cell.level(cell.cell & (away >= a) & (away < b), Channel.PROTEIN), beyond)
            for a, b in ((0, 1), (1, 3), (3, 6))
        ]
        _, contrast, _ = cell.spots()
        sharp = contrast[cell.cell & (away <= 1.5)].max()
        elsewhere = contrast[cell.cell & (away > 1.5)].max()
        own = cell.protein[cell.cell & (away >= 1) & (away < 3)] / cell.mean
        expected = {
            "CentreCV_Protein_Microtubules_1000to3000nm": own.std() / (own.mean() + 0.01),
            "CentreSharpness_Protein_Microtubules": sharp,
            "StrongestSpotAtCentre_Protein_Microtubules": log2_ratio(sharp, elsewhere),
            "BrightestToCentre_Protein_Microtubules": brightest(cell.protein, cell.cell, away)
            + away[cell.cell].mean(),
        }
        for k, scale in enumerate(("0to1000nm", "1000to3000nm", "3000to6000nm")):
            expected[f"CentreLevel_Protein_Microtubules_{scale}"] = levels[k]
        cell.check("Cells", expected)
        middle = np.mean(np.nonzero(cell.nucleus), axis=1)
        y, x = cell.rows - middle[0], cell.columns - middle[1]
        turn = np.arctan2(x, y) - np.arctan2(at[1] - middle[1], at[0] - middle[0])
        by_centre = cell.cytoplasm & (away < 3)
        lights = [cell.spots()[2], cell.spots(0.32, 0.64)[2]]
        gathered = [
            log2_ratio(*(each[part].mean() / cell.mean for part in (by_centre, rest)))
            for each in lights
            for rest in [cell.cytoplasm & ~by_centre]
        ]
        near = cell.cytoplasm & (cell.to_nucleus < 6)
        light = cell.protein[near]
        side = (np.cos(turn[near]) * light).sum() / light.sum() - np.cos(turn[near]).mean()
        cell.check(
            "Cytoplasm",
            {
                "SpotsAtCentre_Protein_Microtubules_640nm": gathered[0],
                "SpotsAtCentre_Protein_Microtubules_1280nm": gathered[1],
                "SpotShareAtCentre_Protein_Microtubules_1280nm": lights[1][by_centre].sum()
                / cell.protein[by_centre].sum(),
                "SideOfCentre_Protein_Microtubules": side,
                "BrightestToCentreExcess_Protein_Microtubules": brightest(
                    cell.protein, cell.cytoplasm, away
                ),
            },
        )


def test_microtubule_ends_and_gaps_equal_their_definition(cells):
    for cell in cells:
        strength, angle, least = cell.ridges(Channel.MICROTUBULES)
        plain = strength > least
        crest = filament.crests(strength, angle, least)
        counts = filament.crossings(crest, plain, 0.96 / STEP)
        ends = np.zeros(cell.cell.shape, bool)
        for at, count in counts.items():
            ends[at] = count == 1 and cell.cytoplasm[at]
        to_end = ndi.distance_transform_edt(~ends) * STEP
        about = cell.cytoplasm & (to_end <= 0.64)
        ridge, gap = (cell.cytoplasm & mask & ~about for mask in (plain, ~plain))
        fine, coarse = cell.smooth(Channel.PROTEIN, 0.32), cell.smooth(Channel.PROTEIN, 1.28)

        def against(one, other, fine=fine, coarse=coarse):
            one, other = (fine[m].mean() / coarse[m].mean() for m in (one, other))
            return log2_ratio(one, other)

        expected = {
            "EndsToGaps": against(about, gap),
            "RidgesToGaps": against(ridge, gap),
        }
        names = {f"{name}_Protein_Microtubules": value for name, value in expected.items()}
        cell.check("Cytoplasm", names)


def share_of(image, inside):
    share = np.zeros(inside.shape)
    share[inside] = (rankdata(np.rint(image[inside])) - 0.5) / inside.sum()
    return share


def test_strands_of_er_equal_their_definition(cells):
    for cell in cells:
        inside, er = cell.cytoplasm, cell.values[Channel.ER]
        fine, coarse = cell.smooth(Channel.ER, 0.32), cell.smooth(Channel.ER, 1.28)
        floor = 0.01 * er[inside].mean()
        local = share_of((fine + floor) / (coarse + floor) / 4 * 65535, inside)
        overall = share_of(fine, inside)
        of_protein = [cell.smooth(Channel.PROTEIN, um) for um in (0.32, 1.28)]
        floor = 0.01 * cell.protein[inside].mean()
        own = np.rint((of_protein[0] + floor) / (of_protein[1] + floor) / 16 * 65535)
        rich, poor = inside & (overall >= 0.8), inside & (overall < 0.2)
        strand, mesh = inside & (local >= 0.8), inside & (local < 0.2)
        mean = cell.protein[inside].mean()
        expected = {
            "ERRichLevel": log2_ratio(*(cell.protein[m].mean() / mean for m in (rich, poor))),
            "ERRichLocal": log2_ratio(
                *(of_protein[0][m].mean() / of_protein[1][m].mean() for m in (strand, mesh))
            ),
            "ERAtBrightest": brightest(own, inside, local) + local[inside].mean() - 0.5,
        }
        cell.check("Cytoplasm", {f"{k}_Protein_ER": v for k, v in expected.items()})


def test_the_body_equals_its_definition(cells):
    for cell in cells:
        height = cell.smooth(Channel.PROTEIN, 1.28) - cell.smooth(Channel.PROTEIN, 2.56)
        base = cell.protein[cell.cytoplasm].mean()
        image = cell.smooth(Channel.PROTEIN, 0.32)
        mask = landmark_fine.body(height, image, base, cell.cytoplasm, 5 / STEP)
        gap = ndi.distance_transform_edt(~mask) * STEP
        ring = cell.cytoplasm & (gap > 0.5) & (gap <= 2.5)
        own = cell.protein[mask] / cell.mean
        at, _ = cell.centre()
        away = np.hypot(cell.rows - at[0], cell.columns - at[1]) * STEP
        expected = {
            "BodyArea_Protein": mask.sum() * STEP**2,
            "BodyRoundness_Protein": landmark_fine.roundness(mask),
            "BodyShare_Protein": cell.protein[mask].sum() / cell.protein[cell.cytoplasm].sum(),
            "BodyCV_Protein": own.std() / (own.mean() + 0.01),
            "BodyToNucleus_Protein": cell.to_nucleus[mask].mean(),
            "BodyToCentre_Protein_Microtubules": away[mask].mean(),
            "BodyDent_Protein": landmark_fine.dent(cell.nucleus, mask),
            "BodyLevel_Protein": log2_ratio(cell.level(mask), cell.level(ring)),
        }
        for channel in (Channel.MICROTUBULES, Channel.ER):
            expected[f"BodyDeficit_Protein_{channel}"] = log2_ratio(
                cell.level(ring, channel), cell.level(mask, channel)
            )
        cell.check("Cytoplasm", expected)


def test_condensed_dna_and_the_spindle_equal_their_definition(cells):
    for cell in cells:
        dna = cell.values[Channel.DNA]
        middle, _, _, way = landmark_fine.axis(dna * cell.nucleus)
        y, x = cell.rows - middle[0], cell.columns - middle[1]
        along = np.cos(2 * (np.arctan2(x, y) - np.arctan2(way[1], way[0])))
        away = np.hypot(y, x) * STEP
        near = cell.cell & (away >= 1) & (away < 7)
        axis, plate = near & (-along > 0.5), near & (along > 0.5)
        inner, outer = cell.cell & (away < 7), cell.cell & (away >= 7)
        on_dna = (cell.protein * dna**2).sum() / (dna**2).sum() / cell.mean
        expected = {
            "PlateLevel_Protein_DNA": log2_ratio(on_dna, 1),
        }
        both = []
        for c in (Channel.MICROTUBULES, Channel.PROTEIN):
            expected[f"SpindleLevel_{c}"] = log2_ratio(cell.level(axis, c), cell.level(plate, c))
            near = log2_ratio(cell.level(inner, c), cell.level(outer, c))
            expected[f"SpindleNearLevel_{c}"] = near
            both.append(near)
        expected["SpindleNearLevel_Protein_Microtubules"] = min(both)
        cell.check("Cells", expected)


def test_rings_equal_their_definition(cells):
    for cell in cells:
        smooth = cell.smooth(Channel.PROTEIN, 0.32)
        for um in (0.64, 1.28, 1.92):
            image = cell.protein if um == 0.64 else smooth
            score = landmark_fine.hollow(image, cell.cell, 0.01 * cell.mean, um / STEP)
            score *= cell.cytoplasm
            centres = landmark_fine.peaks(score, 0.15)
            nm = round(um * 1000)
            cell.check("Cytoplasm", {f"RingTop_Protein_{nm}nm": score.max()})
            if um == 0.64 and centres.any():
                for channel in (Channel.MICROTUBULES, Channel.ER):
                    fine, coarse = ((cell.smooth(channel, s) * centres).sum() for s in (0.32, 1.28))
                    name = f"LevelInRings_Protein_{channel}"
                    cell.check("Cytoplasm", {name: log2_ratio(fine / coarse, 1)})


def test_spots_at_the_edge_equal_their_definition(cells):
    for cell in cells:
        weights, contrast, light = cell.spots()
        strength, angle, _ = cell.ridges(Channel.PROTEIN)
        rim = cell.cytoplasm & (cell.to_edge < 4)
        rest = cell.cytoplasm & ~rim
        shares = [light[m].sum() / cell.protein[m].sum() for m in (rim, rest)]
        expected = {"EdgeSpotLevel_Protein": log2_ratio(*shares)}
        at = (weights > 0) & rim
        w = weights[at] * contrast[at]
        long = strength[at] / (strength[at] + contrast[at])
        expected["EdgeSpotElongation_Protein"] = (long * w).sum() / w.sum()
        inward = np.gradient(np.where(cell.cell, cell.to_edge, 0))
        turn = np.cos(2 * (angle - np.arctan2(inward[1], inward[0])))
        turn = np.where(np.hypot(*inward) > 0, turn, 0)[at]
        w = weights[at] * strength[at]
        expected["EdgeSpotAcross_Protein"] = (turn * w).sum() / w.sum() if w.sum() else np.nan
        cell.check("Cytoplasm", expected, nan_ok=True)


def test_spots_in_nucleoli_equal_their_definition(cells):
    for cell in cells:
        weights, contrast, light = cell.spots()
        rank = dna_rank(cell.smooth(Channel.DNA, 0.32), cell.nucleus, cell.to_nucleus)
        holes, rest = (rank >= 0) & (rank < 0.3), rank >= 0.3
        both = light[rank >= 0].sum()
        top = brightest(cell.protein, holes, cell.protein) + cell.protein[holes].mean()
        peaks = [max(contrast[m].max(), 0) for m in (holes, rest)]
        expected = {
            "SpotShareInHoles": light[holes].sum() / both if both else np.nan,
            "SpotLightInHoles": light[holes].sum() / cell.protein[holes].sum(),
            "SpotDensityInHoles": 100 * weights[holes].sum() / (holes.sum() * STEP**2),
            "TopContrastInHoles": peaks[0],
            "TopContrastInHolesExcess": log2_ratio(*peaks),
            "CoarseLevelInHoles": log2_ratio(top / cell.protein[holes].mean(), 1),
        }
        cell.check("Nuclei", {f"{k}_Protein_DNA": v for k, v in expected.items()}, nan_ok=True)


def test_holes_of_the_er_equal_their_definition(cells):
    for cell in cells:
        inside = cell.cytoplasm & (cell.to_nucleus >= 0.64) & (cell.to_edge >= 0.64)
        fine, coarse = cell.smooth(Channel.ER, 0.32), cell.smooth(Channel.ER, 1.28)
        floor = 0.01 * cell.values[Channel.ER][inside].mean()
        holes = np.maximum(coarse - fine, 0)[inside] / (coarse[inside] + floor)
        floor = 0.01 * cell.protein[inside].mean()
        local = (cell.smooth(Channel.PROTEIN, 0.64) + floor)[inside] / (
            cell.smooth(Channel.PROTEIN, 2.56) + floor
        )[inside]
        expected = {
            "LevelInERHoles_Protein_ER": log2_ratio(
                np.average(local, weights=holes) / local.mean(), 1
            )
        }
        light = cell.spots()[2] * inside
        if light.any():
            ratio = (fine * light).sum() / (coarse * light).sum()
            expected["ERAtSpots_Protein_ER_640nm"] = log2_ratio(ratio, 1)
        cell.check("Cytoplasm", expected)
