"""Nuclei as runs, against SciPy's labels of each cell's pixels."""

from __future__ import annotations

import numpy as np
from drawn_natives import drawn_natives
from hypothesis import given
from scipy import ndimage as ndi

from hpa_features.kernels.cpu.nuclear_parts import nuclear_parts, part_outlines, part_sums


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


@given(drawn_natives(inside=True))
def test_parts_are_scipys_and_their_sums_and_outlines_numpys(drawn):
    native, weights = drawn.native, drawn.signal()
    place = (native.field_start, native.field_shape)
    runs, part, count = nuclear_parts(native.labels, native.nuclei, *place)
    sums = part_sums(runs, part, count, weights, *place)
    offsets, pixels = part_outlines(runs, part, count, native)
    light = drawn.planes(weights)
    expected = slow_parts(drawn.planes(native.labels), drawn.planes(native.nuclei))
    assert count == len(expected)
    for k, (field, mask) in enumerate(expected):
        rows, columns = np.nonzero(mask)
        total = light[field][mask].sum()
        assert sums[k].tolist() == [mask.sum(), rows.sum(), columns.sum(), total, field]
        outermost = mask & ~ndi.binary_erosion(mask)
        found = pixels[offsets[k] : offsets[k + 1]]
        np.testing.assert_array_equal(found, np.argwhere(outermost))


@given(drawn_natives(inside=True))
def test_parts_that_are_left_out_have_no_outline(drawn):
    native = drawn.native
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
