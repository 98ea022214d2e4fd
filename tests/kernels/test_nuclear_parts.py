"""Nuclei as runs, against SciPy's labels of each cell's pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi

from hpa_features.kernels.cpu import index_cells
from hpa_features.kernels.cpu.nuclear_parts import nuclear_parts, part_outlines, part_sums


@st.composite
def fields(draw):
    """Draw one to three fields with nuclei in their cells: cells, nuclei, weights, and layout."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shapes = draw(st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)), min_size=1))[:3]
    cells, homes, before = [], [], 0
    for number, shape in enumerate(shapes):
        found, own = np.unique(random.integers(0, 4, shape), return_inverse=True)
        own = own.reshape(shape)
        cells.append(np.where(own > 0, own + before, 0))
        homes += [number] * (found.size - 1)
        before += found.size - 1
    share = draw(st.sampled_from((0.1, 0.5, 0.9, 1.0)))
    nuclei = [(plane > 0) & (random.random(plane.shape) < share) for plane in cells]
    native = index_cells(
        np.concatenate([plane.ravel() for plane in cells]).astype(np.int32),
        np.concatenate([plane.ravel() for plane in nuclei]),
        np.array(homes, np.int64),
        np.cumsum([0, *(plane.size for plane in cells[:-1])]),
        np.array(shapes),
        np.full(len(shapes), 0.32),
    )
    return cells, nuclei, random.integers(0, 9, native.labels.size).astype(np.uint16), native


def slow_parts(cells, nuclei):
    """Return masks of the parts with the number of their field, in raster order."""
    parts = []
    for number, (plane, nuclear) in enumerate(zip(cells, nuclei, strict=True)):
        own = []
        for cell in np.unique(plane[nuclear]):
            found, count = ndi.label(nuclear & (plane == cell), np.ones((3, 3)))
            own += [found == k for k in range(1, count + 1)]
        own.sort(key=lambda part: int(np.flatnonzero(part)[0]))
        parts += [(number, part) for part in own]
    return parts


@given(fields())
def test_parts_are_scipys_and_their_sums_and_outlines_numpys(drawn):
    cells, nuclei, weights, native = drawn
    place = (native.field_start, native.field_shape)
    runs, part, count = nuclear_parts(native.labels, native.nuclei, *place)
    sums = part_sums(runs, part, count, weights, *place)
    offsets, pixels = part_outlines(runs, part, count, native)
    expected = slow_parts(cells, nuclei)
    assert count == len(expected)
    for k, (field, mask) in enumerate(expected):
        rows, columns = np.nonzero(mask)
        start = native.field_start[field]
        light = weights[start : start + mask.size].reshape(mask.shape)[mask].sum()
        assert sums[k].tolist() == [mask.sum(), rows.sum(), columns.sum(), light, field]
        outermost = mask & ~ndi.binary_erosion(mask)
        found = pixels[offsets[k] : offsets[k + 1]]
        np.testing.assert_array_equal(found, np.argwhere(outermost))


@given(fields())
def test_parts_that_are_left_out_have_no_outline(drawn):
    _, _, _, native = drawn
    runs, part, count = nuclear_parts(
        native.labels, native.nuclei, native.field_start, native.field_shape
    )
    whole, pixels = part_outlines(runs, part, count, native)
    kept = np.arange(count) % 2 == 0
    number = np.where(kept, np.cumsum(kept) - 1, -1)[part]
    offsets, some = part_outlines(runs, number, int(kept.sum()), native)
    expected = [pixels[whole[k] : whole[k + 1]] for k in np.flatnonzero(kept)]
    assert np.diff(offsets).tolist() == [len(each) for each in expected]
    np.testing.assert_array_equal(some, np.concatenate([np.empty((0, 2), int), *expected]))
