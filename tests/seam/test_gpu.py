"""All families by the kernels of the GPU on the emulated device: the numbers of the CPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from emulated_device.compiling import missing_compiler
from emulated_device.mode import running
from emulated_device.stand_in import gpu_kernels
from made_fields import drawn_field, masks_of
from seam.kernels import running_on
from seam.test_seam import BATCHES, batch_of

from hpa_features.features.batch import Batch
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure_all
from hpa_features.features.registry import families_named

if missing_compiler():
    pytest.skip(missing_compiler(), allow_module_level=True)

DEFAULT = families_named([])
MOST_LAUNCHES = 400
THREADS = 64


def measured(batch, families, **mode):
    """Return what the emulated device measures, and how many launches that took."""
    gpu = gpu_kernels()
    with running(**mode) as state, running_on(gpu), pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu.launch, "THREADS", THREADS)
        before = state.launches
        return measure_all(batch, families), state.launches - before


COUNTING = ("Granularity", "LocalBinaryPattern", "Neighbors", "ThresholdAdjacency")
"""Families that are made of whole numbers alone."""


def assert_same(found, expected):
    """Columns of float32 hide the last digits of sums; the tolerance is for one rounded apart."""
    np.testing.assert_allclose(found.cells, expected.cells, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(found.fields, expected.fields)


def test_what_is_counted_is_equal_to_the_last_bit():
    batch, families = batch_of(21, 22), families_named(COUNTING)
    found, expected = measured(batch, families)[0], measure_all(batch, families)
    assert found.cells.tobytes() == expected.cells.tobytes()


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_all_families_give_the_numbers_of_the_cpu(batch):
    batch = batch()
    assert_same(measured(batch, FAMILIES)[0], measure_all(batch, FAMILIES))


def test_the_default_families_break_no_rule_of_the_device():
    batch = batch_of(11, 12)
    found = [measured(batch, DEFAULT, checked=True, seed=seed)[0] for seed in (1, 2)]
    assert_same(found[0], measure_all(batch, DEFAULT))
    assert found[0].cells.tobytes() == found[1].cells.tobytes()


def test_launches_are_few_however_many_fields_there_are():
    counts = {measured(batch, DEFAULT)[1] for batch in (batch_of(1), batch_of(2, 3, 4))}
    [count] = counts
    assert count <= MOST_LAUNCHES
    page = (Path(__file__).parents[2] / "docs" / "gpu.md").read_text()
    assert f"with {count} launches a batch" in page


def test_a_field_without_cells_changes_nothing_for_the_others():
    field, masks = drawn_field(5)
    nothing = masks_of(np.zeros_like(masks.cells), np.zeros_like(masks.nuclei))
    alone = measured(Batch((field,), (masks,)), DEFAULT)[0]
    among = measured(Batch((field, field), (nothing, masks)), DEFAULT)[0]
    assert among.cells.tobytes() == alone.cells.tobytes()
    empty = measured(Batch((field,), (nothing,)), DEFAULT)[0]
    assert empty.cells.shape == (0, alone.cells.shape[1])
    np.testing.assert_array_equal(empty.fields, among.fields[:1])


def test_a_cell_that_fills_its_field_is_measured():
    field, masks = drawn_field(6)
    whole = np.ones_like(masks.cells)
    batch = Batch((field,), (masks_of(whole, np.minimum(masks.nuclei, 1)),))
    assert_same(measured(batch, DEFAULT)[0], measure_all(batch, DEFAULT))
