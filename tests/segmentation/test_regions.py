from __future__ import annotations

import numpy as np

from hpa_features.segmentation.cells import fill_holes
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.regions import contacts, quantile_by_label, renumber, without_small

ONE_UM = Grid((5, 9), 1, 1.0)


def image(*rows: str) -> np.ndarray:
    return np.array([[int(c) if c != "." else 0 for c in row] for row in rows], dtype=np.int32)


def test_a_hole_in_one_cell_is_filled_and_a_gap_between_two_stays():
    cells = image("111111222", "1.111.222", "111111222")
    assert (
        fill_holes(cells, ONE_UM).tolist() == image("111111222", "11111.222", "111111222").tolist()
    )


def test_a_hole_larger_than_a_vacuole_stays():
    cells = np.ones((14, 14), np.int32)
    cells[1:13, 1:13] = 0
    assert np.array_equal(fill_holes(cells, ONE_UM), cells)


def test_contacts_name_every_touching_pair_once():
    found = contacts(image("112", "3.2", "33."))
    assert [(c.a, c.b) for c in found] == [(1, 2), (1, 3), (2, 3)]
    labels = image("112", "3.2", "33.").ravel()
    for each in found:
        assert {*labels[each.here], *labels[each.there]} == {each.a, each.b}
    assert contacts(image("1.1")) == []


def test_quantiles_by_label_are_numpys():
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    labels = image("1133", "1133", "1111")
    found = quantile_by_label(values, labels, 0.25)
    assert found.tolist() == [0, np.quantile(values[labels == 1], 0.25), 0, 3.5 - 0.75 * 1]


def test_renumber_closes_gaps_in_order():
    assert renumber(image("9.4", "4.2")).tolist() == image("3.2", "2.1").tolist()


def test_small_parts_go():
    mask = image("11.1", "11.1", "...1", "1...") > 0
    assert without_small(mask, 4).tolist() == (image("11..", "11..", "....", "....") > 0).tolist()


def test_small_parts_that_the_edge_cuts_need_less():
    mask = image(".....", ".11..", "....1", ".11.1", ".....") > 0
    kept = image(".....", ".....", "....1", "....1", ".....") > 0
    assert without_small(mask, 4, 0.5).tolist() == kept.tolist()


def test_the_grid_is_as_coarse_as_0_32_um_and_never_finer_than_the_field():
    assert [Grid.of((512, 512), um).factor for um in (0.08, 0.16, 0.32, 0.48, 1.5)] == [
        4,
        2,
        1,
        1,
        1,
    ]
    assert Grid.of((1, 5), 0.08).factor == 1


def test_reducing_takes_means_and_enlarging_brings_the_shape_back():
    grid = Grid.of((10, 7), 0.16)
    plane = np.arange(70, dtype=np.uint16).reshape(10, 7)
    small = grid.reduce(plane)
    assert small.shape == (5, 4)
    assert small[0, 0] == plane[:2, :2].mean()
    labels = np.zeros((5, 4), np.int32)
    labels[1:4, 1:3] = 7
    assert grid.enlarge(labels).shape == (10, 7)
    assert set(np.unique(grid.enlarge(labels))) == {0, 7}
