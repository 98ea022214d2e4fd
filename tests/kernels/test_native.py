"""Cells in native planes and their signals on the working grid, against slow twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.kernels.cpu import (
    crop_layout,
    index_cells,
    label_places,
    resample_regions,
    resample_signals,
)


@st.composite
def natives(draw):
    """Draw label images of one to three fields, numbered through, and the layout of their cells."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shapes = draw(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1))[:3]
    planes, homes, before = [], [], 0
    for number, shape in enumerate(shapes):
        found, cells = np.unique(random.integers(0, 4, shape), return_inverse=True)
        cells = cells.reshape(shape)
        planes.append(np.where(cells > 0, cells + before, 0))
        homes += [number] * (found.size - 1)
        before += found.size - 1
    labels = np.concatenate([plane.ravel() for plane in planes]).astype(np.int32)
    native = index_cells(
        labels,
        random.random(labels.size) < 0.4,
        np.array(homes, np.int64),
        np.cumsum([0, *(plane.size for plane in planes[:-1])]),
        np.array(shapes),
        np.array([0.32, 0.16, 0.5])[: len(shapes)],
    )
    return planes, native, random


@given(natives())
def test_pixels_and_boxes_of_cells(drawn):
    planes, native, _ = drawn
    for number, (plane, start) in enumerate(zip(planes, native.field_start, strict=True)):
        for cell in np.flatnonzero(native.field == number):
            own = plane == cell + 1
            position = native.position[native.offsets[cell] : native.offsets[cell + 1]]
            np.testing.assert_array_equal(position, start + np.flatnonzero(own))
            rows, columns = np.nonzero(own)
            box = [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]
            assert native.box[cell].tolist() == box
    assert native.offsets[-1] == sum((plane > 0).sum() for plane in planes)


@given(natives())
def test_places_are_mean_rows_and_columns(drawn):
    planes, native, _ = drawn
    count = native.field.size + 1  # the last label has no pixel
    places = label_places(native.labels, count, native.field_start, native.field_shape)
    assert places.shape == (count, 2)
    for number, plane in enumerate(planes):
        for cell in np.flatnonzero(native.field == number):
            rows, columns = np.nonzero(plane == cell + 1)
            assert places[cell].tolist() == [rows.mean(), columns.mean()]
    assert places[-1].tolist() == [0, 0]


@given(natives(), st.integers(1, 9))
def test_each_signal_on_the_grid_is_that_of_the_signal_alone(drawn, count):
    _, native, random = drawn
    layout = crop_layout(native, 0.32)
    region = resample_regions(native, layout)
    signals = [random.integers(0, 9, native.labels.size).astype(np.uint16) for _ in range(count)]
    scales = [random.uniform(1, 9, native.field.size) for _ in range(count)]
    found = resample_signals(signals, scales, native, region, layout)
    assert len(found) == count
    for signal, scale, grid in zip(signals, scales, found, strict=True):
        [alone] = resample_signals([signal], [scale], native, region, layout)
        np.testing.assert_array_equal(grid, alone)


@given(natives())
def test_where_the_pixels_are_those_of_the_grid_signals_are_copied(drawn):
    planes, native, random = drawn
    signal = random.integers(0, 9, native.labels.size).astype(np.uint16)
    layout = crop_layout(native, 0.32)
    region = resample_regions(native, layout)
    [grid] = resample_signals([signal], [np.ones(native.field.size)], native, region, layout)
    for cell in np.flatnonzero(native.field == 0):
        top, left, bottom, right = native.box[cell]
        own = planes[0][top:bottom, left:right] == cell + 1
        values = signal[: planes[0].size].reshape(planes[0].shape)[top:bottom, left:right]
        crop = grid[layout.starts[cell] : layout.starts[cell + 1]].reshape(layout.shape[cell])
        np.testing.assert_array_equal(crop, np.pad(np.where(own, values, 0), 1))
