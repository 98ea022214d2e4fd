"""Where cells lie in the native planes is the same on the GPU."""

from __future__ import annotations

import numpy as np
from drawn_natives import drawn_natives
from hypothesis import given
from kernels.gpu.twins import check, few, on_device

from hpa_features.kernels import cpu


def given_planes(native):
    return (
        native.labels,
        native.nuclei,
        native.field,
        native.field_start,
        native.field_shape,
        native.field_um,
    )


@few
@given(drawn_natives())
def test_pixels_and_boxes_of_cells(drawn):
    check("index_cells", *given_planes(drawn.native))


@few
@given(drawn_natives())
def test_counts_of_native_pixels(drawn):
    check("native_counts", drawn.native)


def test_a_number_without_pixels_has_an_empty_box():
    labels = np.array([0, 3, 3, 0, 1, 0], np.int32)
    field = np.zeros(3, np.int64)
    given = (labels, labels > 1, field, field[:1], np.array([[2, 3]]), np.ones(1))
    check("index_cells", *given)
    assert not cpu.index_cells(*given).box[1].any()
    assert on_device("index_cells", *given).offsets.tolist() == [0, 1, 1, 3]
