from __future__ import annotations

import numpy as np
import pytest
from made_fields import changed, drawn_field
from oracles import correlation as oracle
from oracles.crops import crop_of, distances, smoothed
from scipy import stats

from hpa_features.core.types import LANDMARK_CHANNELS, Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.correlation import FAMILY
from hpa_features.features.families.correlation.places import PLACES, SPECIFIC
from hpa_features.features.measure import measure

NAMES = [FAMILY.column(feature) for feature in FAMILY.features]
CLOSE = {"rel": 1e-4, "abs": 1e-5}


def rows_of(field, masks):
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def parts_of(cell, nucleus):
    return {"Cells": cell, "Nuclei": nucleus, "Cytoplasm": cell & ~nucleus}


@pytest.fixture(scope="module")
def measured():
    field, masks = drawn_field(70)
    # The landmarks share some of their layout with the protein, as they do in a cell.
    mixed = {
        c: (0.6 * p + 0.4 * field.planes[Channel.PROTEIN]).astype(np.uint8)
        for c, p in field.planes.items()
    }
    field = changed(field, planes={**mixed, Channel.PROTEIN: field.planes[Channel.PROTEIN]})
    rows = rows_of(field, masks)
    crops = [crop_of(field.planes, 4, masks.cells, masks.nuclei, label) for label in (1, 2)]
    return list(zip(rows[:2], crops, strict=True))


@pytest.mark.parametrize("part", ["Cells", "Nuclei", "Cytoplasm"])
def test_joint_variation_equals_scipy(measured, part):
    for row, (cell, nucleus, values) in measured:
        inside = parts_of(cell, nucleus)[part]
        fine = {c: v - smoothed(v, cell, 1.28) for c, v in values.items()}
        for landmark in PLACES[part][1]:
            p, q = values[Channel.PROTEIN][inside], values[landmark][inside]
            expected = {
                f"Pearson_Protein_{landmark}": stats.pearsonr(p, q).statistic,
                f"Spearman_Protein_{landmark}": stats.spearmanr(p, q).statistic,
                f"PearsonFine_Protein_{landmark}_1280nm": stats.pearsonr(
                    fine[Channel.PROTEIN][inside], fine[landmark][inside]
                ).statistic,
                f"Slope_Protein_{landmark}": stats.linregress(q / q.mean(), p / p.mean()).slope,
            }
            for name, value in expected.items():
                assert row[f"{part}_Correlation_{name}"] == pytest.approx(value, **CLOSE), name


@pytest.mark.parametrize("part", ["Cells", "Nuclei", "Cytoplasm"])
def test_partial_correlations_equal_those_of_regression_residuals(measured, part):
    for row, (cell, nucleus, values) in measured:
        inside = parts_of(cell, nucleus)[part]
        for landmark in SPECIFIC[part]:
            others = [c for c in LANDMARK_CHANNELS if c != landmark]
            expected = oracle.partial(
                values[Channel.PROTEIN][inside],
                values[landmark][inside],
                [values[c][inside] for c in others],
            )
            name = f"{part}_Correlation_Partial_Protein_{landmark}_{others[0]}_{others[1]}"
            assert row[name] == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("part", ["Cells", "Nuclei", "Cytoplasm"])
def test_overlaps_equal_their_definition(measured, part):
    for row, (cell, nucleus, values) in measured:
        inside = parts_of(cell, nucleus)[part]
        p = values[Channel.PROTEIN]
        for landmark in SPECIFIC[part]:
            q = values[landmark]
            limits = [oracle.otsu(v[cell].astype(np.uint16)) for v in (p, q)]
            shares = oracle.manders(p[inside], q[inside], *limits)
            product = (p * q)[inside].sum()
            size = np.sqrt((p**2)[inside].sum() * (q**2)[inside].sum())
            expected = {
                "MandersM1": shares[0],
                "MandersM2": shares[1],
                "ICQ": oracle.icq(p[inside], q[inside]),
                "Overlap": product / size,
            }
            for name, value in expected.items():
                got = row[f"{part}_Correlation_{name}_Protein_{landmark}"]
                # A threshold between two gray levels may fall in either of 256 bins.
                slack = {"abs": 0.01} if name.startswith("Manders") else CLOSE
                assert got == pytest.approx(value, **slack), name


def test_rank_weighted_colocalisation_equals_cp_measure(measured):
    theirs = pytest.importorskip("cp_measure.core.measurecolocalization")
    for row, (cell, _, values) in measured:
        for landmark in LANDMARK_CHANNELS:
            expected = theirs.get_correlation_rwc_ind(
                values[Channel.PROTEIN] / 65535, values[landmark] / 65535, cell
            )
            got = [row[f"Cells_Correlation_RWC{k}_Protein_{landmark}"] for k in (1, 2)]
            wanted = [expected[key] for key in sorted(expected)]
            np.testing.assert_allclose(got, wanted, rtol=1e-5)


def test_unmixing_equals_a_pixelwise_fit(measured):
    channels = ["DNA", "Microtubules", "ER"]
    for row, (cell, nucleus, values) in measured:
        to_nucleus, to_edge = distances(cell, nucleus)
        maps = {channel: smoothed(values[channel], cell, 0.32) for channel in values}
        maps |= {
            "Nucleus": nucleus.astype(float),
            "CellEdge": np.exp(-to_edge),
            "NuclearEdge": np.exp(-np.abs(to_nucleus) / 0.6),
            "Even": np.ones(cell.shape),
        }
        edges = ["CellEdge", "NuclearEdge", "Even"]
        for part, names in (
            ("Cells", ["Nucleus", *channels, *edges]),
            ("Cytoplasm", [*channels[1:], *edges]),
        ):
            inside = parts_of(cell, nucleus)[part]
            weights, rest = oracle.unmixed(
                maps[Channel.PROTEIN][inside], [maps[name][inside] for name in names]
            )
            got = [
                row[f"{part}_Correlation_Unmixed{name}_Protein_DNA_Microtubules_ER"]
                for name in [*names, "Rest"]
            ]
            np.testing.assert_allclose(got, [*weights, rest], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("landmark", ["Microtubules", "ER"])
def test_a_copy_of_a_landmark_is_told_from_the_others(landmark):
    field, masks = drawn_field(71)
    copied = changed(field, planes={**field.planes, Channel.PROTEIN: field.planes[landmark]})
    for row in rows_of(copied, masks)[:2]:
        for part in ("Cells", "Cytoplasm"):
            stem = f"{part}_Correlation_"
            for name in ("Pearson", "Spearman", "Slope", "Overlap", "RWC1"):
                if f"{stem}{name}_Protein_{landmark}" in row:
                    value = row[f"{stem}{name}_Protein_{landmark}"]
                    assert value == pytest.approx(1, abs=1e-6), name
            read = "Protein_DNA_Microtubules_ER"
            assert row[f"{stem}Unmixed{landmark}_{read}"] == pytest.approx(1, abs=1e-3)
            assert row[f"{stem}UnmixedRest_{read}"] == pytest.approx(0, abs=1e-3)
            partials = {n: v for n, v in row.items() if n.startswith(f"{stem}Partial_Protein")}
            for name, value in partials.items():
                own = name.startswith(f"{stem}Partial_Protein_{landmark}_")
                assert value == pytest.approx(1 if own else 0, abs=5e-3), name


def test_a_flat_protein_correlates_with_nothing():
    field, masks = drawn_field(72)
    flat = np.full_like(field.planes[Channel.PROTEIN], 90)
    row = rows_of(changed(field, planes={**field.planes, Channel.PROTEIN: flat}), masks)[0]
    for name, value in row.items():
        if any(kind in name for kind in ("Pearson", "Spearman", "Partial", "ICQ")):
            assert np.isnan(value), name
    read = "Protein_DNA_Microtubules_ER"
    assert row[f"Cells_Correlation_UnmixedEven_{read}"] == pytest.approx(1, abs=1e-4)
