"""Outlines hold exactly the pixels of their labels."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import points_in_poly

from hpa_features.segmentation.polygons import polygons

SHAPE = (7, 9)
ROWS, COLUMNS = np.indices(SHAPE)
CENTRES = np.stack([COLUMNS.ravel() + 0.5, ROWS.ravel() + 0.5], axis=1)


def inside(parts) -> np.ndarray:
    covered = np.zeros(len(CENTRES), np.bool_)
    for part in parts:
        own = points_in_poly(CENTRES, part.outline)
        for hole in part.holes:
            own &= ~points_in_poly(CENTRES, hole)
        assert not (covered & own).any()
        covered |= own
    return covered.reshape(SHAPE)


@settings(max_examples=60)
@given(arrays(np.int32, SHAPE, elements=st.integers(0, 3)))
def test_the_centres_inside_are_those_of_the_pixels(labels):
    found = polygons(labels)
    assert set(found) == set(np.unique(labels)) - {0}
    for label, parts in found.items():
        np.testing.assert_array_equal(inside(parts), labels == label)
        for part in parts:
            for line in (part.outline, *part.holes):
                np.testing.assert_array_equal(line[0], line[-1])


def test_an_island_in_a_hole_is_a_part_of_its_own():
    labels = np.full((9, 9), 2, np.int32)
    labels[1:-1, 1:-1] = 0
    labels[4, 4] = 2
    ring, island = polygons(labels)[2]
    assert (len(ring.holes), len(island.holes)) == (1, 0)
    assert (ring.outline.min(), ring.outline.max()) == (0, 9)
    np.testing.assert_allclose(island.outline[:-1].mean(axis=0), 4.5)
