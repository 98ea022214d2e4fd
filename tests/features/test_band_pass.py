from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from made_fields import changed, drawn_field
from oracles.crops import crop_of, smoothed
from scipy import stats

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.band_pass import FAMILY, SHAPED, SIZES_NM
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def with_protein(field, protein):
    return changed(field, planes={**field.planes, Channel.PROTEIN: protein})


def test_bands_equal_their_definition():
    field, masks = drawn_field(80)
    for label, row in enumerate(rows_of(field, masks), start=1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        raw = values[Channel.PROTEIN]
        levels = [raw, *(smoothed(raw, cell, size / 2000) for size in SIZES_NM)]
        bands = [fine - coarse for fine, coarse in pairwise(levels)]
        for part, inside in (("Cells", cell), ("Nuclei", nucleus), ("Cytoplasm", cell & ~nucleus)):
            if not inside.any():
                assert np.isnan(row[f"{part}_BandPass_Share_Protein_640nm"])
                continue
            total = sum(image[inside].var() for image in (*bands, levels[-1]))
            for size, band in zip(SIZES_NM, bands, strict=True):
                expected = {"Share": band[inside].var() / total}
                if part != "Cells":
                    contrast = band[inside].std() / raw[inside].mean()
                    expected["Contrast"] = np.log2(contrast + 0.001)
                if part != "Cells" and size in SHAPED:
                    expected["Skewness"] = stats.skew(band[inside])
                    expected["Kurtosis"] = stats.kurtosis(band[inside])
                for name, value in expected.items():
                    got = row[f"{part}_BandPass_{name}_Protein_{size}nm"]
                    assert got == pytest.approx(value, rel=1e-3, abs=1e-4), (part, name, size)


@pytest.mark.parametrize("size", SIZES_NM[1:4])
def test_stripes_vary_most_at_their_own_size(size):
    # A blob of diameter d passes the band of scale d; stripes d wide have a period of 2d.
    field, masks = drawn_field(81)
    columns = np.arange(masks.cells.shape[1]) * 320
    wave = 120 + 60 * np.cos(2 * np.pi * columns / (2 * size))
    protein = np.broadcast_to(np.round(wave), masks.cells.shape).astype(np.uint8)
    row = rows_of(with_protein(field, protein), masks)[2]
    shares = {s: row[f"Cells_BandPass_Share_Protein_{s}nm"] for s in SIZES_NM}
    assert max(shares, key=shares.get) == size
    assert sum(shares.values()) <= 1 + 1e-6


def test_a_flat_protein_has_no_bands():
    field, masks = drawn_field(82)
    flat = np.full_like(field.planes[Channel.PROTEIN], 90)
    row = rows_of(with_protein(field, flat), masks)[0]
    assert np.isnan(list(row.values())).all()
