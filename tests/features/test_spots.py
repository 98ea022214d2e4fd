from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field
from oracles.crops import STEP, crop_of, distances, smoothed
from oracles.landmark import dna_rank
from oracles.spots import spots

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.spots import FAMILY
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def dotted(field, places, height=80, sigma=1.0):
    """Return `field` with a dim even protein and Gaussian dots (σ in pixels) at `places`."""
    rows, columns = np.indices(field.shape)
    image = np.full(field.shape, 60.0)
    for r, c in places:
        image += height * np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / (2 * sigma**2))
    protein = np.clip(np.round(image), 0, 255).astype(np.uint8)
    return changed(field, planes={**field.planes, Channel.PROTEIN: protein})


def mean_over(found, image):
    weights = np.array(list(found.values()))
    return sum(w * image[at] for at, w in found.items()) / weights.sum()


@pytest.mark.parametrize(("order", "scale"), [(0, "640nm"), (1, "1280nm")])
def test_spots_equal_their_definition(order, scale):
    field, masks = drawn_field(90)
    field = dotted(field, [(34, 55), (20, 30), (36, 34), (30, 36), (44, 20), (45, 21), (90, 20)])
    for label, row in enumerate(rows_of(field, masks)[:2], start=1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        protein = values[Channel.PROTEIN]
        levels = [protein, *(smoothed(protein, cell, s) for s in (0.32, 0.64))]
        band = levels[order] - levels[order + 1]
        around = levels[order + 1] + 0.01 * protein[cell].mean()
        found, least = spots(band, around, cell)
        to_nucleus, to_edge = distances(cell, nucleus)
        for part, inside in (("Nuclei", nucleus), ("Cytoplasm", cell & ~nucleus)):
            here = {at: w for at, w in found.items() if inside[at]}
            contrast = {at: (band / around)[at] for at in here}
            expected = {
                "Density": 100 * sum(here.values()) / (inside.sum() * STEP**2),
                "Contrast": mean_over(here, band / around) if here else 0,
                "TopContrast": max(contrast.values(), default=0),
                "LightShare": band[inside & (band > least)].sum() / protein[inside].sum(),
            }
            for name, value in expected.items():
                got = row[f"{part}_Spots_{name}_Protein_{scale}"]
                assert got == pytest.approx(value, rel=1e-4, abs=1e-6), (part, name)
        outside = {at: w for at, w in found.items() if cell[at] and not nucleus[at]}
        cytoplasm = cell & ~nucleus
        for name, length in (("ToNucleusExcess", to_nucleus), ("ToEdgeExcess", to_edge)):
            got = row[f"Cytoplasm_Spots_{name}_Protein_{scale}"]
            expected = mean_over(outside, length) - length[cytoplasm].mean() if outside else np.nan
            assert got == pytest.approx(expected, rel=1e-4, nan_ok=True)
        rank = dna_rank(smoothed(values[Channel.DNA], cell, 0.32), nucleus, to_nucleus)
        ranked = {at: w for at, w in found.items() if rank[at] >= 0}
        expected = mean_over(ranked, rank) if ranked else np.nan
        got = row[f"Nuclei_Spots_DNARank_Protein_DNA_{scale}"]
        assert got == pytest.approx(expected, rel=1e-4, nan_ok=True)


def test_dots_are_counted_one_by_one():
    field, masks = drawn_field(91)
    places = [(20, 28), (20, 48), (50, 38), (34, 58)]
    row = rows_of(dotted(field, places), masks)[0]
    area = ((masks.cells == 1) & (masks.nuclei == 0)).sum() * STEP**2
    assert row["Cytoplasm_Spots_Density_Protein_640nm"] * area / 100 == pytest.approx(4)
    assert row["Nuclei_Spots_Density_Protein_640nm"] == 0


def test_a_dot_between_two_pixels_counts_once():
    field, masks = drawn_field(92)
    row = rows_of(dotted(field, [(34.5, 58.5)]), masks)[0]
    area = ((masks.cells == 1) & (masks.nuclei == 0)).sum() * STEP**2
    assert row["Cytoplasm_Spots_Density_Protein_640nm"] * area / 100 == pytest.approx(1)


def test_dots_along_the_edge_lie_nearer_to_it_than_the_cytoplasm():
    field, masks = drawn_field(93)
    row = rows_of(dotted(field, [(8, 38), (60, 38), (34, 8), (34, 68)]), masks)[0]
    assert row["Cytoplasm_Spots_ToEdgeExcess_Protein_640nm"] < 0
    assert row["Cytoplasm_Spots_ToNucleusExcess_Protein_640nm"] > 0


@pytest.mark.parametrize("level", [0, 90])
def test_an_even_protein_has_no_spots(level):
    field, masks = drawn_field(94)
    even = np.full_like(field.planes[Channel.PROTEIN], level)
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: even}), masks)[0]
    for name, value in row.items():
        if "Density" in name or "Contrast" in name or "LightShare" in name:
            assert value == 0, name
