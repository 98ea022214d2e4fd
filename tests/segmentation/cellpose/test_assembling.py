"""Cells from nuclei and the regions of stains: who owns what, and what is no cell."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi

from hpa_features.segmentation.cellpose.assemble import cells_of, divide, homes
from hpa_features.segmentation.grid import Grid

GRID = Grid((64, 96), 1, 0.32)
SHAPE = GRID.shape


def box(top: int, left: int, tall: int, wide: int, label: int = 1) -> np.ndarray:
    image = np.zeros(SHAPE, np.int32)
    image[top : top + tall, left : left + wide] = label
    return image


def merged(*images: np.ndarray) -> np.ndarray:
    return np.max(images, axis=0).astype(np.int32)


def test_a_nucleus_belongs_to_the_region_with_most_of_its_pixels():
    nuclei = merged(box(10, 10, 10, 10, 1), box(40, 60, 10, 10, 2), box(2, 80, 4, 4, 3))
    regions = merged(box(0, 0, 30, 14, 1), box(0, 14, 30, 20, 2), box(35, 50, 25, 30, 3))
    assert homes(nuclei, regions, 3).tolist() == [0, 2, 3, 0]
    even = merged(box(0, 0, 30, 15, 1), box(0, 15, 30, 20, 2))
    assert homes(nuclei, even, 3).tolist() == [0, 1, 0, 0]


def test_a_region_of_one_nucleus_is_its_cell_and_the_nucleus_is_all_inside():
    nuclei = box(10, 10, 12, 12)
    cells = cells_of(nuclei, [box(8, 12, 20, 30)], GRID)
    assert np.array_equal(cells > 0, (box(8, 12, 20, 30) > 0) | (nuclei > 0))
    assert set(np.unique(cells)) == {0, 1}


def test_a_region_of_two_nuclei_is_divided_between_them():
    nuclei = merged(box(20, 10, 10, 10, 1), box(20, 60, 10, 10, 2))
    region = merged(box(10, 4, 30, 36), box(10, 40, 30, 40), box(20, 38, 10, 6))
    region[:20, 38:42] = region[30:, 38:42] = 0  # a waist half-way
    cells = cells_of(nuclei, [region], GRID)
    assert np.array_equal(cells > 0, region > 0)
    assert (cells[:, :38][region[:, :38] > 0] == 1).all()
    assert (cells[:, 42:][region[:, 42:] > 0] == 2).all()


def test_a_neighbours_nucleus_that_reaches_into_a_region_does_not_divide_it():
    nuclei = merged(box(10, 10, 10, 10, 1), box(10, 28, 10, 10, 2))
    regions = merged(box(5, 5, 30, 26, 1), box(5, 31, 30, 30, 2))
    cells = cells_of(nuclei, [regions], GRID)
    outside = nuclei == 0
    assert np.array_equal(cells[outside], regions[outside])
    assert (cells[nuclei == 2] == 2).all()


def test_the_second_stain_fills_only_gaps():
    nuclei = merged(box(20, 20, 8, 8, 1), box(20, 60, 8, 8, 2))
    first = merged(box(10, 10, 30, 30, 1))
    second = merged(box(10, 10, 40, 40, 1), box(10, 50, 30, 30, 2))
    cells = cells_of(nuclei, [first, second], GRID)
    assert np.array_equal(cells == 1, (second == 1) | (nuclei == 1))
    assert np.array_equal(cells == 2, second == 2)
    kept = cells_of(nuclei, [second, first], GRID)
    assert np.array_equal(kept, cells)


def test_pieces_that_are_not_joined_to_their_nucleus_are_dropped():
    nuclei = box(20, 10, 10, 10)
    region = merged(box(15, 5, 20, 20), box(15, 60, 20, 20))
    cells = cells_of(nuclei, [region], GRID)
    assert np.array_equal(cells > 0, box(15, 5, 20, 20) > 0)


def test_regions_without_a_nucleus_are_cells_when_they_are_as_large_as_one():
    nuclei = box(20, 10, 10, 10)
    regions = merged(box(15, 5, 20, 20, 1), box(5, 50, 10, 10, 2), box(40, 50, 9, 11, 3))
    cells = cells_of(nuclei, [regions], GRID)
    assert (cells[regions == 2] == cells[5, 50]).all()
    assert cells[5, 50] > 1
    assert not cells[regions == 3].any()
    from_second = cells_of(nuclei, [box(15, 5, 20, 20), regions], GRID)
    assert np.array_equal(from_second > 0, cells > 0)


def test_without_nuclei_and_regions_there_are_no_cells():
    nothing = np.zeros(SHAPE, np.int32)
    assert not cells_of(nothing, [nothing, nothing], GRID).any()
    assert not cells_of(nothing, [], GRID).any()
    alone = cells_of(box(5, 5, 9, 9), [nothing], GRID)
    assert np.array_equal(alone, box(5, 5, 9, 9))


@given(st.integers(0, 2**32 - 1))
def test_every_nucleus_has_a_cell_of_its_own_in_one_piece(seed):
    random = np.random.default_rng(seed)
    levels = ndi.gaussian_filter(random.normal(size=(3, *SHAPE)), (0, 3, 3))
    nuclei, *stains = (
        ndi.label(level > cut * level.std())[0].astype(np.int32)
        for level, cut in zip(levels, (1.0, 0.2, 0.0), strict=True)
    )
    count = int(nuclei.max())
    cells = cells_of(nuclei, stains, GRID)
    assert np.array_equal(cells[nuclei > 0], nuclei[nuclei > 0])
    for number in range(1, count + 1):
        assert ndi.label(cells == number)[1] == 1
    covered = (nuclei > 0) | (stains[0] > 0) | (stains[1] > 0)
    assert not cells[~covered].any()
    home = homes(nuclei, stains[0], count)
    divided = divide(stains[0], np.where(home[nuclei] == stains[0], nuclei, 0), home)
    assert set(np.unique(divided)) == {0, *np.flatnonzero(home)}
    assert (divided[np.isin(stains[0], home[1:]) & (stains[0] > 0)] > 0).all()
