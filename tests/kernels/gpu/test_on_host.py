"""Kernels that run on the host take and give arrays of the device."""

from __future__ import annotations

import numpy as np
from drawn_crops import drawn_crops
from drawn_natives import drawn_natives
from emulated_device.array import DeviceArray
from emulated_device.stand_in import gpu_kernels
from hypothesis import assume, given
from kernels.gpu.made_crops import margined, round_cells
from kernels.gpu.test_lines import lines_of
from kernels.gpu.twins import check, few, to_device

from hpa_features.kernels import cpu


@few
@given(drawn_crops())
def test_what_mahotas_measures(crops):
    images, masks = [crops.first, crops.second, crops.first], [*crops.parts]
    check("mahotas_haralick", images, masks, [0.32, 0.64, 0.32], crops.layout)
    check("mahotas_patterns", images, masks, [0.32, 0.64, 0.32], crops.layout)
    check("mahotas_adjacency", images, masks, [True, False, True], crops.layout)
    check("mahotas_zernike", images, masks, crops.layout)


@few
@given(margined() | round_cells())
def test_trees_and_networks_of_pixels(crops):
    images = [crops.first, crops.second]
    check("opening_sums", images, [2.0, 1.0], [(0.4, 0.8), (1.0,)], crops.region, crops.layout)
    check("line_networks", lines_of(crops), [crops.parts[0], crops.parts[2]], crops.layout)


@few
@given(drawn_natives())
def test_cells_and_nuclei_of_a_field(drawn):
    native, random = drawn.native, drawn.random
    assume(native.field.size > 0)
    check("label_places", native.labels, native.field.size, native.field_start, native.field_shape)
    check("cell_places", native)
    check("cell_gaps", [0.5, 2.0], [2.0, 1.0], native)
    check("close_centres", cpu.cell_places(native), [2.0], native)
    signals = [random.integers(0, 99, native.labels.size).astype(np.uint16) for _ in range(2)]
    nucleus = ([signals[0]], [0.01], [3.0], native)
    check("nuclear_pairs", *nucleus)
    pairs = cpu.nuclear_pairs(*nucleus)
    check("twin_nuclei", pairs, [3.0], native)
    totals = cpu.native_sums(signals, [np.ones((native.field.size, 2))] * 2, native)
    check("bridge_levels", pairs, [tuple(signals)], [tuple(totals)], [0.1], [0.01], native)


def test_results_are_on_the_device():
    [found] = gpu_kernels().cell_gaps([1.0], [2.0], to_device(one_cell()))
    assert isinstance(found, DeviceArray)


def one_cell():
    labels = np.array([0, 1, 1, 0], np.int32)
    home = np.zeros(1, np.int64)
    return cpu.index_cells(labels, labels > 0, home, home, np.array([[2, 2]]), np.ones(1))
