from __future__ import annotations

import mahotas
import numpy as np
from made_fields import changed, drawn_field, masks_of
from oracles.crops import crop_of
from oracles.threshold_adjacency import limits, shares
from skimage.filters import threshold_otsu

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.threshold_adjacency import FAMILY
from hpa_features.features.measure import measure


def shares_of(field, masks):
    """Return (cells, compartments, ranges, the kind and its inverse, 4…8 neighbours)."""
    values = measure(Batch((field,), (masks,)), [FAMILY]).astype(float)
    return values.reshape(masks.count, 3, 3, 2, 5)


def one_cell(protein, nuclei=None):
    """Return a field that is one rectangular cell, without background."""
    cells = np.ones(protein.shape, int)
    nuclei = np.zeros_like(cells) if nuclei is None else nuclei
    field, masks = drawn_field(0, masks=masks_of(cells, nuclei), background=0)
    planes = {**field.planes, Channel.PROTEIN: protein.astype(np.uint8)}
    return changed(field, planes=planes), masks


def test_equals_the_statistics_of_the_paper():
    field, masks = drawn_field(120)
    got = shares_of(field, masks)
    for label in range(1, masks.count + 1):
        cell, nucleus, values = crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        protein = values[Channel.PROTEIN].astype(int)
        for part, inside in enumerate((cell, nucleus, cell & ~nucleus)):
            if not inside.any():
                assert np.isnan(got[label - 1, part]).all()
                continue
            own = protein[inside]
            for at, (low, high) in enumerate(limits(own, threshold_otsu(own))):
                kind = inside & (protein > low) & (protein < high)
                for side, pixels in enumerate((kind, inside & ~kind)):
                    expected = shares(pixels, inside)[4:]
                    found = got[label - 1, part, at, side]
                    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_equals_mahotas_where_the_cell_is_the_image_and_its_edge_is_dark():
    random = np.random.default_rng(4)
    protein = mahotas.gaussian_filter(random.random((60, 60)), 1.2)
    protein = np.round((protein - protein.min()) / np.ptp(protein) * 200 + 40).astype(np.uint8)
    protein[:3] = protein[-3:] = protein[:, :3] = protein[:, -3:] = 0
    theirs = mahotas.features.pftas(protein, T=threshold_otsu(protein)).reshape(2, 3, 9)
    got = shares_of(*one_cell(protein))[0, 0]
    # mahotas counts, of each kind's complement, the neighbours on the other side.
    of_other, of_kind = theirs[:, :, ::-1]
    np.testing.assert_allclose(got[:, 0], of_kind[:, 4:], atol=1e-6)
    # The dark edge, which mahotas counts to its last pixel, has eight dark neighbours.
    inverse, expected = got[:, 1, :4], of_other[:, 4:8]
    np.testing.assert_allclose(
        inverse / inverse.sum(1, keepdims=True),
        expected / expected.sum(1, keepdims=True),
        rtol=1e-5,
    )


def test_bright_pixels_apart_have_no_bright_neighbours_and_a_bright_block_has_all():
    random = np.random.default_rng(5)
    apart = np.zeros((60, 60), int)
    apart[2::4, 2::4] = random.integers(150, 250, (15, 15))
    np.testing.assert_array_equal(shares_of(*one_cell(apart))[0, 0, 1, 0], 0)
    block = np.zeros((60, 60), int)
    block[10:50, 10:50] = np.where(random.random((40, 40)) < 0.5, 200, 202)
    assert shares_of(*one_cell(block))[0, 0, 1, 1, 4] > 0.7


def test_a_flat_or_blank_protein_is_undefined():
    for level in (0, 90, 255):
        assert np.isnan(shares_of(*one_cell(np.full((40, 40), level)))).all()


def test_a_kind_of_too_few_pixels_is_undefined_and_the_others_are_not():
    random = np.random.default_rng(6)
    nuclei = np.zeros((40, 40), int)
    nuclei[10:15, 10:15] = 1  # nine pixels with all neighbours
    values = shares_of(*one_cell(random.integers(0, 200, (40, 40)), nuclei))[0]
    assert np.isnan(values[1]).all()
    assert not np.isnan(values[[0, 2]]).any()


def test_a_protein_of_too_few_steps_is_undefined():
    random = np.random.default_rng(7)
    for levels, undefined in ((8, True), (12, False)):
        values = shares_of(*one_cell(random.integers(0, levels, (40, 40))))
        assert np.isnan(values[0, 0]).all() == undefined
