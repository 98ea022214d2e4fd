"""Cells in native planes and their signals on the working grid, against slow twins."""

from __future__ import annotations

import numpy as np
from drawn_natives import drawn_natives
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.kernels.cpu import (
    crop_layout,
    label_places,
    resample_regions,
    resample_signals,
)


@given(drawn_natives())
def test_pixels_and_boxes_of_cells(drawn):
    native, planes = drawn.native, drawn.planes(drawn.native.labels)
    for number, (plane, start) in enumerate(zip(planes, native.field_start, strict=True)):
        for cell in np.flatnonzero(native.field == number):
            own = plane == cell + 1
            position = native.position[native.offsets[cell] : native.offsets[cell + 1]]
            np.testing.assert_array_equal(position, start + np.flatnonzero(own))
            rows, columns = np.nonzero(own)
            box = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
            assert native.box[cell].tolist() == box
    assert native.offsets[-1] == sum((plane > 0).sum() for plane in planes)


@given(drawn_natives())
def test_places_are_mean_rows_and_columns(drawn):
    native, planes = drawn.native, drawn.planes(drawn.native.labels)
    count = native.field.size + 1  # the last label has no pixel
    places = label_places(native.labels, count, native.field_start, native.field_shape)
    assert places.shape == (count, 2)
    for number, plane in enumerate(planes):
        for cell in np.flatnonzero(native.field == number):
            rows, columns = np.nonzero(plane == cell + 1)
            assert places[cell].tolist() == [rows.mean(), columns.mean()]
    assert places[-1].tolist() == [0, 0]


@given(drawn_natives(), st.integers(1, 9))
def test_each_signal_on_the_grid_is_that_of_the_signal_alone(drawn, count):
    native = drawn.native
    layout = crop_layout(native, 0.32)
    region = resample_regions(native, layout)
    signals = [drawn.signal() for _ in range(count)]
    scales = [drawn.random.uniform(1, 9, native.field.size) for _ in range(count)]
    found = resample_signals(signals, scales, native, region, layout)
    assert len(found) == count
    for signal, scale, grid in zip(signals, scales, found, strict=True):
        [alone] = resample_signals([signal], [scale], native, region, layout)
        np.testing.assert_array_equal(grid, alone)


@given(drawn_natives())
def test_where_the_pixels_are_those_of_the_grid_signals_are_copied(drawn):
    native, planes = drawn.native, drawn.planes(drawn.native.labels)
    signal = drawn.signal()
    layout = crop_layout(native, 0.32)
    region = resample_regions(native, layout)
    [grid] = resample_signals([signal], [np.ones(native.field.size)], native, region, layout)
    for cell in np.flatnonzero(native.field == 0):
        top, left, bottom, right = native.box[cell]
        own = planes[0][top:bottom, left:right] == cell + 1
        values = drawn.planes(signal)[0][top:bottom, left:right]
        crop = grid[layout.starts[cell] : layout.starts[cell + 1]].reshape(layout.shape[cell])
        np.testing.assert_array_equal(crop, np.pad(np.where(own, values, 0), 1))
