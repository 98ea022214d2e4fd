from __future__ import annotations

import numpy as np
import pytest
from made_fields import drawn_field, ellipse, masks_of
from oracles.crops import crop_of, distances, smoothed, wedge_weights
from oracles.landmark import dna_rank
from scipy import ndimage as ndi

from hpa_features.core.types import Channel
from hpa_features.features.measure import make_products
from hpa_features.features.spec import Batch
from hpa_features.kernels import cpu

WANTED = ("working", "distance", "wedges", "smooth", "holes")


def made(field, masks):
    return make_products(Batch((field,), (masks,)), WANTED)


def crops_of(products, image):
    grid = products["working"]
    return [
        image[begin:end].reshape(shape)
        for begin, end, shape in zip(grid.starts[:-1], grid.starts[1:], grid.shape, strict=True)
    ]


@pytest.fixture(scope="module")
def field_masks():
    return drawn_field(110)


@pytest.fixture(scope="module")
def products(field_masks):
    return made(*field_masks)


def each_crop(field, masks):
    return [
        crop_of(field.planes, 4, masks.cells, masks.nuclei, label)
        for label in range(1, masks.count + 1)
    ]


def test_distances_are_exact(field_masks, products):
    found = products["distance"]
    to_nuclei, to_edges = crops_of(products, found.nucleus), crops_of(products, found.edge)
    for at, (cell, nucleus, _) in enumerate(each_crop(*field_masks)):
        to_nucleus, to_edge = distances(cell, nucleus)
        np.testing.assert_allclose(to_edges[at][cell], to_edge[cell], rtol=1e-12)
        if nucleus.any():
            np.testing.assert_allclose(to_nuclei[at][cell], to_nucleus[cell], rtol=1e-12)
        else:
            assert not to_nuclei[at].any()
        assert not to_edges[at][~cell].any()
    assert found.has_nucleus.tolist() == [True, True, False]


@pytest.mark.parametrize("seed", range(20))
def test_squared_distances_equal_scipy_on_random_targets(seed):
    random = np.random.default_rng(seed)
    shape = random.integers(1, 30, 2)
    target = random.random(shape) < random.choice([0.02, 0.3, 0.9])
    found = cpu.squared_distances(target.ravel(), np.array([0, target.size]), shape[None])
    if target.any():
        expected = np.round(ndi.distance_transform_edt(~target) ** 2)
        np.testing.assert_array_equal(found.reshape(shape), expected)
    else:
        assert (found == -1).all()


@pytest.mark.parametrize("nm", [320, 640, 1280, 2560, 5120])
def test_smoothing_equals_its_kernel(field_masks, products, nm):
    images = crops_of(products, products["smooth"][Channel.PROTEIN, nm])
    for found, (cell, _, values) in zip(images, each_crop(*field_masks), strict=True):
        expected = smoothed(values[Channel.PROTEIN], cell, nm / 1000)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_smoothing_is_close_to_a_gaussian(sigma):
    image = np.zeros((61, 61))
    image[30, 30] = 1
    place = (np.array([0, image.size]), np.array([image.shape]))
    found = cpu.smooth_crops(image.ravel(), *place, np.array([sigma])).reshape(image.shape)
    found /= found.sum()
    gaussian = ndi.gaussian_filter(image, sigma, truncate=6)
    # Each axis peaks at 0.75/2σ, a Gaussian at 1/√(2π)σ: 12 % apart in the plane.
    assert np.abs(found - gaussian).max() < 0.12 * gaussian.max()
    spread = ((np.arange(61) - 30) ** 2 * found.sum(0)).sum()
    assert spread == pytest.approx(sigma**2, rel=1e-9)


def test_wedges_share_the_pixels_on_their_borders():
    masks = masks_of(
        ellipse((41, 41), (20, 20), (18, 18)).astype(np.int32),
        ellipse((41, 41), (20, 20), (6, 6)).astype(np.int32),
    )
    field, _ = drawn_field(111, masks=masks)
    products = made(field, masks)
    wedges, grid = products["wedges"], products["working"]
    everywhere = np.where(grid.region > 0, 0, -1).astype(np.int16)
    pixels, _ = wedges.sums(cpu, grid.values[Channel.PROTEIN], everywhere, grid.starts, 1)
    # A disc about a pixel: eight equal parts, the centre itself in none.
    np.testing.assert_allclose(pixels[0, 0], ((grid.region > 0).sum() - 1) / 8)


def test_wedges_equal_their_definition(field_masks, products):
    wedges = products["wedges"]
    first, second = crops_of(products, wedges.first), crops_of(products, wedges.second)
    for at, (cell, nucleus, _) in enumerate(each_crop(*field_masks)):
        centre = np.mean(np.nonzero(nucleus if nucleus.any() else cell), axis=1)
        for wedge, weights in wedge_weights(cell, centre).items():
            found = 0.5 * ((first[at] == wedge) * 1.0 + (second[at] == wedge))
            np.testing.assert_array_equal(found, weights)


def test_holes_rank_the_dna_of_the_nuclear_interior(field_masks, products):
    for found, (cell, nucleus, values) in zip(
        crops_of(products, products["holes"]), each_crop(*field_masks), strict=True
    ):
        to_nucleus, _ = distances(cell, nucleus)
        expected = dna_rank(smoothed(values[Channel.DNA], cell, 0.32), nucleus, to_nucleus)
        if not nucleus.any():
            assert (found == -1).all()
        else:
            np.testing.assert_allclose(found, expected, atol=1e-9)


def test_cells_too_thin_for_the_grid_have_empty_products():
    cells = np.zeros((64, 64), np.int32)
    cells[10, 10:12] = 1
    cells[30:50, 30:50] = 2
    field, masks = drawn_field(112, masks=masks_of(cells, 0 * cells), pixel_size_um=0.05)
    products = made(field, masks)
    assert products["distance"].edge[: products["working"].starts[1]].max() == 0
    assert np.isfinite(products["wedges"].centre).all()
