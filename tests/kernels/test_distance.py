"""Distances inside crops against SciPy's, on random targets in crops of any shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi

from hpa_features.kernels.cpu import edge_distances, gaps, nuclear_distances
from hpa_features.kernels.cpu.distance import target_distances
from hpa_features.kernels.layout import CropLayout


def layout_of(shapes, step_um=1.0):
    shape = np.array(shapes, np.int64).reshape(-1, 2)
    starts = np.concatenate(([0], np.cumsum(shape.prod(1))))
    return CropLayout(starts, shape, np.full(len(shape), step_um), int(starts[-1]))


def each_crop(values, layout):
    parts = np.split(values, layout.starts[1:-1])
    return [part.reshape(shape) for part, shape in zip(parts, layout.shape, strict=True)]


@st.composite
def regions(draw):
    """Draw up to three crops of regions, a margin of outside pixels about each."""
    shapes = draw(
        st.lists(st.tuples(st.integers(3, 30), st.integers(3, 30)), min_size=1, max_size=3)
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    crops = []
    for shape in shapes:
        odds = random.dirichlet(random.choice([0.1, 1.0], 3))
        inner = random.choice(3, (shape[0] - 2, shape[1] - 2), p=odds)
        crops.append(np.pad(inner, 1).astype(np.uint8).ravel())
    return np.concatenate(crops), layout_of(shapes, 0.5)


def slow_distances(target):
    if not target.any():
        return np.full(target.shape, np.inf)
    return ndi.distance_transform_edt(~target)


@given(regions(), st.integers(0, 2))
def test_distances_to_targets_are_exact(drawn, kind):
    region, layout = drawn
    found = each_crop(target_distances(region, np.uint8(kind), layout), layout)
    for crop, lengths in zip(each_crop(region, layout), found, strict=True):
        np.testing.assert_array_equal(lengths, slow_distances(crop == kind))


@given(regions())
def test_distances_to_a_mask_are_in_um(drawn):
    region, layout = drawn
    [found] = gaps([region == 2], layout)
    for crop, lengths in zip(each_crop(region, layout), each_crop(found, layout), strict=True):
        np.testing.assert_array_equal(lengths, slow_distances(crop == 2) * 0.5)


@given(regions())
def test_distances_to_edges_count_from_the_edge(drawn):
    region, layout = drawn
    nuclear, edge = nuclear_distances(region, layout), edge_distances(region, layout)
    for crop, to_nucleus, to_edge in zip(
        *(each_crop(values, layout) for values in (region, nuclear, edge)), strict=True
    ):
        inside = crop > 0
        expected = (slow_distances(~inside) - 0.5) * 0.5
        np.testing.assert_array_equal(to_edge, np.where(inside, expected, 0.0))
        nucleus = crop == 2
        if nucleus.any():
            outward = (slow_distances(nucleus) - 0.5) * 0.5
            inward = -(slow_distances(~nucleus) - 0.5) * 0.5
            expected = np.where(nucleus, inward, np.where(inside, outward, 0.0))
            np.testing.assert_array_equal(to_nucleus, expected)
        else:
            assert not to_nucleus.any()
