from __future__ import annotations

import mahotas
import numpy as np
import pytest
from made_fields import changed, drawn_field, ellipse, masks_of
from made_values import make
from oracles.texture import haralick13, pair_counts

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families.texture import FAMILY, SCALES_NM
from hpa_features.features.measure import measure
from hpa_features.features.vocabulary.gray_levels import LEVELS

STEPS = ((0, 1), (1, 1), (1, 0), (1, -1))


@pytest.fixture(scope="module")
def measured():
    field, masks = drawn_field(20)
    batch = Batch((field,), (masks,))
    return make(field, masks, LEVELS), measure(batch, [FAMILY]).reshape(3, 3, 33)


def at_scale(values, scale):
    """Return the columns of one scale and the statistics that they are."""
    if scale == 0:
        return values[..., :13], np.arange(13)
    first = 13 + 10 * (scale - 1)
    return values[..., first : first + 10], np.array([1, 2, 4, 6, 7, 8, 9, 10, 11, 12])


def crop_of(made, cell):
    return made.crop(made[LEVELS][0], cell), made.crop(made.crops.region, cell)


@pytest.mark.parametrize("scale", range(3))
@pytest.mark.parametrize("part", range(3), ids=["Cells", "Nuclei", "Cytoplasm"])
def test_equals_the_formulas_of_the_paper(measured, part, scale):
    made, values = measured
    levels, region = crop_of(made, 0)
    mask = (region > 0, region == 2, region == 1)[part]
    distance = round(SCALES_NM[scale] / 320)
    each = [
        haralick13(pair_counts(levels, mask, (distance * dy, distance * dx), 33))
        for dy, dx in STEPS
    ]
    found, which = at_scale(values[0, part], scale)
    np.testing.assert_allclose(found, np.mean(each, 0)[which], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("scale", range(3))
def test_equals_mahotas(measured, scale):
    made, values = measured
    for cell in range(3):
        levels, _ = crop_of(made, cell)
        distance = round(SCALES_NM[scale] / 320)
        each = mahotas.features.haralick(
            levels, ignore_zeros=True, distance=distance, use_x_minus_y_variance=False
        )
        found, which = at_scale(values[cell, 0], scale)
        np.testing.assert_allclose(found, each.mean(0)[which], rtol=1e-5, atol=1e-6)


def test_offsets_are_lengths_so_a_finer_image_gives_nearly_the_same():
    field, masks = drawn_field(21)
    finer = {c: np.kron(p, np.ones((2, 2), p.dtype)) for c, p in field.planes.items()}
    doubled = masks_of(
        np.kron(masks.cells, np.ones((2, 2), int)), np.kron(masks.nuclei, np.ones((2, 2), int))
    )
    native = measure(Batch((field,), (masks,)), [FAMILY])
    again = measure(
        Batch((changed(field, planes=finer, pixel_size_um=0.16),), (doubled,)), [FAMILY]
    )
    np.testing.assert_array_equal(again, native)


def test_a_cell_of_fewer_than_eight_steps_is_undefined():
    field, masks = drawn_field(22)
    flat = np.clip(field.planes[Channel.PROTEIN], 50, 57)
    values = measure(
        Batch((changed(field, planes={**field.planes, Channel.PROTEIN: flat}),), (masks,)), [FAMILY]
    )
    assert np.isnan(values).all()


def test_a_part_with_fewer_than_a_hundred_pairs_is_undefined_and_the_others_are_not():
    cells = np.where(ellipse((64, 64), (32, 32), (28, 28)), 1, 0)
    nuclei = np.where(ellipse((64, 64), (32, 32), (5, 5)), 1, 0)
    field, masks = drawn_field(23, masks=masks_of(cells, nuclei))
    values = measure(Batch((field,), (masks,)), [FAMILY]).reshape(3, 33)
    assert np.isnan(values[1]).all()
    assert not np.isnan(values[[0, 2]]).any()


def test_stripes_two_pixels_apart_are_alike_and_one_apart_are_not():
    rows = np.arange(64)[:, None] + np.zeros((64, 64), int)
    cells = np.where(ellipse((64, 64), (32, 32), (28, 28)), 1, 0)
    field, masks = drawn_field(24, masks=masks_of(cells, np.zeros_like(cells)))
    stripes = np.where(rows % 2 == 0, 30, 200).astype(np.uint8)
    stripes[0, 0] = 31  # outside the cell: the plane's step is 1
    field = changed(field, planes={**field.planes, Channel.PROTEIN: stripes})
    values = measure(Batch((field,), (masks,)), [FAMILY])[0]
    names = [FAMILY.column(f) for f in FAMILY.features]
    # 320 nm is one pixel, 1920 nm six: across, unlike in three directions of four, then alike.
    one = values[names.index("Cells_Texture_Correlation_Protein_320nm")]
    six = values[names.index("Cells_Texture_Correlation_Protein_1920nm")]
    assert one == pytest.approx(-0.5, abs=0.01)
    assert six == pytest.approx(1.0, abs=1e-5)
