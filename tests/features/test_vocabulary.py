from __future__ import annotations

import numpy as np
import pytest
from made_fields import drawn_field, ellipse, masks_of
from made_values import make
from oracles.crops import crop_of, distances, smoothed, wedge_weights
from oracles.landmark import dna_rank
from scipy import ndimage as ndi

from hpa_features.core.types import Channel
from hpa_features.features.vocabulary.distances import TO_EDGE, TO_NUCLEUS
from hpa_features.features.vocabulary.images import LIGHT, Smooth
from hpa_features.features.vocabulary.parts import CELL, PartCounts, all_of
from hpa_features.features.vocabulary.ranks import DNA_RANK
from hpa_features.features.vocabulary.sectors import CENTRES, NUMBERS, SectorSums
from hpa_features.kernels.cpu.smooth import smooth_crops
from hpa_features.kernels.layout import CropLayout

OCTAVES_NM = (320, 640, 1280, 2560, 5120)
SMOOTHED = {nm: Smooth(Channel.PROTEIN, nm) for nm in OCTAVES_NM}
WHOLE = all_of(CELL)
WANTED = (TO_NUCLEUS, TO_EDGE, PartCounts(), NUMBERS, CENTRES, DNA_RANK, *SMOOTHED.values())


@pytest.fixture(scope="module")
def field_masks():
    return drawn_field(110)


@pytest.fixture(scope="module")
def made(field_masks):
    return make(*field_masks, *WANTED)


def each_crop(field, masks):
    return [
        crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        for label in range(1, masks.count + 1)
    ]


def test_distances_are_exact(field_masks, made):
    to_nuclei, to_edges = made.each(made[TO_NUCLEUS]), made.each(made[TO_EDGE])
    for at, (cell, nucleus, _) in enumerate(each_crop(*field_masks)):
        to_nucleus, to_edge = distances(cell, nucleus)
        np.testing.assert_allclose(to_edges[at][cell], to_edge[cell], rtol=1e-12)
        if nucleus.any():
            np.testing.assert_allclose(to_nuclei[at][cell], to_nucleus[cell], rtol=1e-12)
        else:
            assert not to_nuclei[at].any()
        assert not to_edges[at][~cell].any()
    assert (made[PartCounts()][:, 1] > 0).tolist() == [True, True, False]


@pytest.mark.parametrize("nm", OCTAVES_NM)
def test_smoothing_equals_its_kernel(field_masks, made, nm):
    images = made.each(made[SMOOTHED[nm]])
    for found, (cell, _, values) in zip(images, each_crop(*field_masks), strict=True):
        expected = smoothed(values[Channel.PROTEIN], cell, nm / 1000)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_smoothing_is_close_to_a_gaussian(sigma):
    image = np.zeros((61, 61))
    image[30, 30] = 1
    layout = CropLayout(np.array([0, image.size]), np.array([image.shape]), np.ones(1), image.size)
    found = smooth_crops(image.ravel(), sigma, layout).reshape(image.shape)
    found /= found.sum()
    gaussian = ndi.gaussian_filter(image, sigma, truncate=6)
    # Each axis peaks at 0.75/2σ, a Gaussian at 1/√(2π)σ: 12 % apart in the plane.
    assert np.abs(found - gaussian).max() < 0.12 * gaussian.max()
    spread = ((np.arange(61) - 30) ** 2 * found.sum(0)).sum()
    assert spread == pytest.approx(sigma**2, rel=1e-9)


def test_sectors_share_the_pixels_on_their_borders():
    masks = masks_of(
        ellipse((41, 41), (20, 20), (18, 18)).astype(np.int32),
        ellipse((41, 41), (20, 20), (6, 6)).astype(np.int32),
    )
    field, _ = drawn_field(111, masks=masks)
    made = make(field, masks, SectorSums(LIGHT, WHOLE))
    # A disc about a pixel: eight equal parts, the centre itself in none.
    pixels = made[SectorSums(LIGHT, WHOLE)][0, 0, :, 0]
    np.testing.assert_allclose(pixels, ((made.crops.region > 0).sum() - 1) / 8)


def test_sectors_equal_their_definition(field_masks, made):
    numbers = made[NUMBERS]
    first, second = (made.each(number) for number in numbers)
    for at, (cell, nucleus, _) in enumerate(each_crop(*field_masks)):
        centre = np.mean(np.nonzero(nucleus if nucleus.any() else cell), axis=1)
        for wedge, weights in wedge_weights(cell, centre).items():
            found = 0.5 * ((first[at] == wedge) * 1.0 + (second[at] == wedge))
            np.testing.assert_array_equal(found, weights)


def test_dna_is_ranked_within_of_the_nuclear_interior(field_masks, made):
    for found, (cell, nucleus, values) in zip(
        made.each(made[DNA_RANK]), each_crop(*field_masks), strict=True
    ):
        to_nucleus, _ = distances(cell, nucleus)
        expected = dna_rank(smoothed(values[Channel.DNA], cell, 0.32), nucleus, to_nucleus)
        if not nucleus.any():
            assert (found == -1).all()
        else:
            np.testing.assert_allclose(found, expected, atol=1e-9)


def test_cells_too_thin_for_the_grid_have_empty_maps():
    cells = np.zeros((64, 64), np.int32)
    cells[10, 10:12] = 1
    cells[30:50, 30:50] = 2
    field, masks = drawn_field(112, masks=masks_of(cells, 0 * cells), pixel_size_um=0.05)
    made = make(field, masks, TO_EDGE, CENTRES)
    assert made.crop(made[TO_EDGE], 0).max() == 0
    assert np.isfinite(made[CENTRES]).all()
