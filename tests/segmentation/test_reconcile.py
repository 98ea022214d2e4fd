from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_fields import DrawnCell, Ellipse, draw, one_nucleus
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hpa_features.core.types import GivenMasks
from hpa_features.segmentation.precomputed import take_given
from hpa_features.segmentation.reconcile import CUT, OUTSIDE, reconcile


def image(*rows: str) -> np.ndarray:
    """Return labels written as digits, a dot is outside."""
    return np.array([[int(c) if c != "." else 0 for c in row] for row in rows], dtype=np.int32)


def test_cells_are_numbered_in_raster_order_and_keep_the_users_values():
    cells = image("..77", "4.77", "4..2")
    masks = reconcile(cells, np.zeros_like(cells), keep_numbers=True)
    assert masks.object_numbers.tolist() == [7, 4, 2]
    assert masks.cells.tolist() == image("..11", "2.11", "2..3").tolist()
    assert masks.nucleus_counts.tolist() == [0, 0, 0]


def test_a_nucleus_belongs_to_the_cell_that_holds_most_of_it_and_is_cut_there():
    cells = image("1111222", "1111222")
    nuclei = image(".99999.", ".......")
    masks = reconcile(cells, nuclei)
    assert masks.nuclei.tolist() == image(".111...", ".......").tolist()
    assert masks.nucleus_counts.tolist() == [1, 0]
    assert masks.notes == {CUT: 1}


def test_ties_go_to_the_first_cell_in_raster_order():
    masks = reconcile(image("5533"), image(".88."))
    assert masks.nucleus_counts.tolist() == [1, 0]


def test_nuclei_outside_all_cells_are_dropped_and_counted():
    cells = image("11....", "11....")
    nuclei = image(".222..", "....33")
    masks = reconcile(cells, nuclei)
    assert not masks.nuclei.any()
    assert masks.notes == {OUTSIDE: 2}


def test_several_nuclei_in_a_cell_are_its_parts_whatever_their_numbers():
    masks = reconcile(image("999999"), image(".4.17."))
    assert masks.nuclei.tolist() == image(".1.11.").tolist()
    assert masks.nucleus_counts.tolist() == [3]


def test_a_yes_no_mask_of_nuclei_is_taken_apart():
    masks = reconcile(image("111222"), image(".1..1.") * 255)
    assert masks.nuclei.tolist() == image(".1..2.").tolist()
    assert masks.nucleus_counts.tolist() == [1, 1]


def test_large_values_survive():
    cells = np.array([[0, 2_000_000_000, 70_000]], dtype=np.int32)
    masks = reconcile(cells, cells, keep_numbers=True)
    assert masks.object_numbers.tolist() == [2_000_000_000, 70_000]
    assert masks.nuclei.tolist() == [[0, 1, 2]]


labels = hnp.arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 5)
)


@given(labels, st.data())
@settings(max_examples=150)
def test_given_masks_are_never_grown_split_or_merged(cells, data):
    nuclei = data.draw(hnp.arrays(np.int32, cells.shape, elements=st.integers(0, 5)))
    masks = reconcile(cells * 3, nuclei, keep_numbers=True)
    back = np.concatenate([[0], masks.object_numbers])[masks.cells]
    assert np.array_equal(back, cells * 3)
    first = [int(np.flatnonzero(masks.cells.ravel() == n)[0]) for n in range(1, masks.count + 1)]
    assert first == sorted(first)
    inside = masks.nuclei > 0
    assert (masks.nuclei[inside] == masks.cells[inside]).all()
    assert (nuclei[inside] > 0).all(), "nuclei are never grown"
    held = np.bincount(masks.nuclei.ravel(), minlength=masks.count + 1)[1:] > 0
    assert ((masks.nucleus_counts > 0) == held).all()


@given(labels)
@settings(max_examples=60)
def test_clean_masks_stay_as_they_are(cells):
    once = reconcile(cells, cells)
    twice = reconcile(once.cells, once.nuclei)
    assert np.array_equal(once.cells, twice.cells)
    assert np.array_equal(once.nuclei, twice.nuclei)


PAIR = (
    DrawnCell(Ellipse(40, 30, 14, 9), (Ellipse(40, 32, 7, 6.5),)),
    DrawnCell(Ellipse(40, 48, 14, 9), (Ellipse(40, 46, 7, 6.5),)),
)


def test_given_masks_keep_their_numbers():
    drawn = draw(PAIR)
    masks = take_given(replace(drawn.field, given=GivenMasks(drawn.cells * 10, drawn.nuclei)))
    assert masks.object_numbers.tolist() == [10, 20]
    assert np.array_equal(masks.cells > 0, drawn.cells > 0)
    assert np.array_equal(masks.nuclei, drawn.nuclei)


@pytest.mark.parametrize("um", [0.16, 0.32])
def test_only_cells_given_nuclei_are_found_inside_them(um):
    drawn = draw([*PAIR, one_nucleus(10, 10)], um=um, size=round(82 / um))
    given = np.where(drawn.cells == 3, 0, drawn.cells)
    masks = take_given(replace(drawn.field, given=GivenMasks(given, None)))
    assert np.array_equal(masks.cells > 0, given > 0)
    assert masks.nucleus_counts.tolist() == [1, 1]
    expected = np.where(drawn.cells == 3, 0, drawn.nuclei) > 0
    agreed = (masks.nuclei > 0) & expected
    assert agreed.sum() > 0.9 * ((masks.nuclei > 0) | expected).sum()


def test_one_nucleus_found_across_two_given_cells_is_one_in_each():
    drawn = draw([DrawnCell(Ellipse(40, 40, 15, 20), (Ellipse(40, 40, 7, 9),))])
    columns = np.arange(drawn.cells.shape[1])
    halves = np.where(drawn.cells > 0, 1 + (columns > 124), 0).astype(np.int32)
    masks = take_given(replace(drawn.field, given=GivenMasks(halves, None)))
    assert masks.nucleus_counts.tolist() == [1, 1]
