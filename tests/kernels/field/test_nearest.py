"""The feature transform against SciPy's, ties included."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage as ndi
from skimage.segmentation import expand_labels

from hpa_features.kernels.cpu.field.nearest import nearest
from hpa_features.segmentation.nearest import Nearest, depth_in

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)


def scattered(shape: tuple[int, int], share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < share


def numbered(support: np.ndarray) -> np.ndarray:
    """Return labels that name each pixel of `support`."""
    return (support * np.arange(1, support.size + 1).reshape(support.shape)).astype(np.int32)


@given(SHAPES, st.sampled_from([0.01, 0.1, 0.5, 0.95]), st.integers(0, 2**32 - 1))
def test_distance_and_place_are_scipys(shape, share, seed):
    labels = numbered(scattered(shape, share, seed))
    distance, label = nearest(labels)
    if not labels.any():
        assert np.isinf(distance).all()
        assert not label.any()
        return
    expected, places = ndi.distance_transform_edt(labels == 0, return_indices=True)
    assert np.array_equal(distance, expected)
    assert np.array_equal(label, labels[tuple(places)])


@given(SHAPES, st.integers(0, 2**32 - 1), st.floats(0, 12), st.floats(0, 12))
def test_grown_labels_are_scikit_images(shape, seed, inner, outer):
    labels = numbered(scattered(shape, 0.03, seed))
    near = Nearest.of(labels)
    assert np.array_equal(near.within(outer), expand_labels(labels, outer))
    beyond = expand_labels(labels, inner) == 0
    assert np.array_equal(near.ring(inner, outer), np.where(beyond, near.within(outer), 0))


@given(SHAPES, st.integers(0, 2**32 - 1))
def test_a_mask_goes_on_beyond_the_edge(shape, seed):
    mask = ~scattered(shape, 0.05, seed)
    if not mask.all():
        padded = ndi.distance_transform_edt(np.pad(mask, 1, mode="edge"))
        assert np.array_equal(depth_in(mask), padded[1:-1, 1:-1])
