"""All families on device arrays: whatever leaves the kernels must work where NumPy is not."""

from __future__ import annotations

import numpy as np
import pytest
from emulated_device.array import DeviceArray
from made_fields import changed, drawn_field, touching_masks
from seam.kernels import DeviceKernels, running_on

from hpa_features.core.types import Channel
from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure_all


def batch_of(*seeds, **more):
    """Return fields of several sizes; in the second, cells touch and the pixels are smaller."""
    pairs = []
    for number, seed in enumerate(seeds):
        size = {"masks": touching_masks((144, 160)), "pixel_size_um": 0.2} if number else {}
        pairs.append(drawn_field(seed, **(size | more)))
    return Batch(*zip(*pairs, strict=True))


def without_er(batch):
    fields = tuple(
        changed(field, planes={c: p for c, p in field.planes.items() if c is not Channel.ER})
        for field in batch.fields
    )
    return Batch(fields, batch.masks)


def with_measured_background(batch):
    return Batch(tuple(changed(field, background=None) for field in batch.fields), batch.masks)


BATCHES = {
    "8 bit": lambda: batch_of(1),
    "16 bit": lambda: batch_of(2, dtype=np.uint16),
    "two fields": lambda: batch_of(3, 4),
    "two fields without ER": lambda: without_er(batch_of(5, 6)),
    "background measured": lambda: with_measured_background(batch_of(7, 8)),
}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_all_families_give_the_same_bits_on_device_arrays(batch):
    batch = batch()
    expected = measure_all(batch, FAMILIES)
    kernels = DeviceKernels()
    with running_on(kernels):
        found = measure_all(batch, FAMILIES)
    np.testing.assert_array_equal(found.cells.view(np.uint32), expected.cells.view(np.uint32))
    np.testing.assert_array_equal(found.fields.view(np.uint32), expected.fields.view(np.uint32))


def test_numbers_of_all_cells_are_brought_to_the_host_in_one_transfer():
    counts = []
    for batch in (batch_of(1), batch_of(2, 3)):
        kernels = DeviceKernels()
        with running_on(kernels):
            measure_all(batch, FAMILIES)
        counts.append(kernels.crossings)
    # What the planes of each channel say, then all numbers of the cells.
    assert counts == [len(Channel) + 1] * 2


DEVICE = DeviceArray(np.arange(4.0))
REFUSED = {
    "kernel given numpy": lambda: DeviceKernels().multiples([DEVICE], [np.arange(4.0)]),
    "device array from host": lambda: DeviceKernels().from_host(DEVICE),
    "numpy array to host": lambda: DeviceKernels().to_host([np.arange(4.0)]),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_the_seam_refuses(refused):
    with pytest.raises(TypeError):
        refused()
