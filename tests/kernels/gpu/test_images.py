"""Arithmetic of images on the GPU equals that on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_crops import drawn_crops
from emulated_device.array import DeviceArray
from emulated_device.stand_in import gpu_kernels
from hypothesis import given
from kernels.gpu.twins import check, few, on_device

TWO = ("differences", "multiples")


def floats(crops):
    return crops.first / 7.0, crops.second / 3.0 - 5.0


@few
@given(drawn_crops())
def test_arithmetic_of_two_images(crops):
    first, second = floats(crops)
    for name in TWO:
        check(name, [crops.first, first, crops.parts[0]], [second, crops.second, first])
    check("shares_of_sum", [first, second], [second, first])


@few
@given(drawn_crops())
def test_arithmetic_of_one_image(crops):
    first, second = floats(crops)
    check("rounded", [first])
    check("stretched", [first, second], [9.0, 1.5])
    check("falloffs", [first, second], [3.0, 0.7], rtol=1e-14)


@few
@given(drawn_crops())
def test_images_relative_to_their_surroundings(crops):
    first, second = floats(crops)
    means = np.array([[1.0, 4.0], [0.0, np.nan], [1.0, 0.0]])[: len(crops.cells())]
    for name in ("local_ratios", "hole_depths"):
        check(name, [first, second], [second, first], [means] * 2, [0.01, 0.5], crops.layout)


def test_more_items_than_one_launch_serves():
    images = [np.arange(5.0) + k for k in range(100)]
    check("multiples", images, images[::-1])


def test_an_array_of_another_type_is_refused():
    with pytest.raises(TypeError, match="takes float64, got uint16"):
        on_device("rounded", [np.zeros(3, np.uint16)])


def test_a_number_that_is_not_whole_is_refused_where_a_whole_one_is_taken():
    with pytest.raises(TypeError, match="float"):
        gpu_kernels().launch.integers([1, 2.5])


def test_whole_numbers_serve_as_floats():
    check("falloffs", [np.arange(4.0)] * 2, [2, 0.5], rtol=1e-14)


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"differ in number: \[1, 2\]"):
        on_device("multiples", [np.zeros(3)], [np.zeros(3)] * 2)


def test_a_column_of_a_table_is_read_by_its_own_strides():
    table = np.arange(12.0).reshape(4, 3)
    [found] = on_device("multiples", [DeviceArray(table)[:, 1]], [np.ones(4)])
    np.testing.assert_array_equal(found, table[:, 1])


def test_numbers_of_several_types_and_shapes_come_to_the_host():
    arrays = [np.arange(6.0).reshape(2, 3), np.array([True, False]), np.zeros(0), np.arange(3.0)]
    found = gpu_kernels().to_host([DeviceArray(array) for array in arrays])
    for own, array in zip(found, arrays, strict=True):
        assert own.dtype == array.dtype
        np.testing.assert_array_equal(own, array)
