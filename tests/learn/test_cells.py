from __future__ import annotations

import numpy as np
import pytest

from hpa_features.learn.cells import Cells

COUNTS = (3, 0, 5, 1)


@pytest.fixture
def cells():
    starts = np.concatenate([[0], np.cumsum(COUNTS)])
    return Cells(np.arange(18, dtype=np.float32).reshape(9, 2), starts)


def test_cells_are_found_by_their_image(cells):
    np.testing.assert_array_equal(cells.places(np.array([2, 0])), [3, 4, 5, 6, 7, 0, 1, 2])
    some = cells.of(np.array([3, 1, 0]))
    np.testing.assert_array_equal(some.counts, [1, 0, 3])
    np.testing.assert_array_equal(some.values, cells.values[[8, 0, 1, 2]])


def test_every_image_gives_its_first_cell_before_any_its_second(cells):
    images = np.arange(4)
    for most, wanted in ((3, [1, 0, 1, 1]), (6, [2, 0, 3, 1]), (99, list(COUNTS))):
        places, owners = cells.draw(images, most, np.random.default_rng(0))
        counts = np.bincount(owners, minlength=4)
        assert counts.sum() == sum(wanted)
        assert (np.sort(counts) == np.sort(wanted)).all()
        assert (np.diff(places) > 0).all()
        np.testing.assert_array_equal(owners, np.searchsorted(cells.starts, places, "right") - 1)


def test_fewer_than_one_of_each_are_never_drawn(cells):
    assert len(cells.draw(np.arange(4), 1, np.random.default_rng(0))[0]) == 3
