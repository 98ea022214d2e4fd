from __future__ import annotations

import numpy as np
import pytest

from hpa_features.simulate.cells import anatomy
from hpa_features.simulate.filaments import Habit, Starts, grow, lay, radial_starts
from hpa_features.simulate.lines import CELL_LINES
from hpa_features.simulate.spots import scattered, stamp


@pytest.fixture(scope="module")
def cells():
    return anatomy(CELL_LINES[0], (400, 400), 0.16, np.random.default_rng(3))


def test_a_straight_filament_lays_down_its_length(cells):
    number = int(np.bincount(cells.labels.ravel())[1:].argmax())
    place = np.array([cells.cells[number].centre])
    starts = Starts(np.array([number]), place, np.array([0.3]), np.array([4.0]))
    paths = grow(cells.cells, starts, Habit(step=0.2, bend=0.0, nuclear_gap=-np.inf), _rng())
    plane = lay(cells, paths)
    assert np.isclose(plane.sum() * 0.16**2, 4.0, rtol=0.01)
    rows, columns = np.nonzero(plane)
    slope = np.polyfit(columns, rows, 1)[0]
    assert np.isclose(np.arctan(slope), 0.3, atol=0.05)


def test_filaments_stay_in_their_cells_and_mostly_out_of_nuclei(cells):
    starts = radial_starts(cells, 0.2, 1.0, 8.0, _rng())
    plane = lay(cells, grow(cells.cells, starts, Habit(step=0.3, bend=0.3), _rng()))
    assert plane[cells.labels == 0].sum() == 0
    assert plane[cells.nuclear_edge < -0.5].sum() < 0.01 * plane.sum()


def test_starts_are_as_dense_as_asked_and_drawn_to_the_nucleus(cells):
    even, near = (radial_starts(cells, 0.5, power, 5.0, _rng()) for power in (1.0, 3.0))
    assert len(even.cell) == len(near.cell)

    def distance(starts):
        centres = np.array([cells.cells[n].centre for n in starts.cell])
        return np.linalg.norm(starts.place - centres, axis=1).mean()

    assert distance(near) < 0.9 * distance(even)


def test_no_filaments_give_an_empty_plane(cells):
    nothing = Starts(np.empty(0, np.intp), np.empty((0, 2)), np.empty(0), np.empty(0))
    paths = grow(cells.cells, nothing, Habit(step=0.3, bend=0.3), _rng())
    assert not lay(cells, paths).any()


def test_dots_have_height_one_and_lie_where_they_were_put():
    plane = stamp((50, 60), 0.1, np.array([[2.05, 3.05], [-9.0, 2.0]]), np.array([0.3, 0.3]))
    assert np.unravel_index(plane.argmax(), plane.shape) == (20, 30)
    assert np.isclose(plane.max(), 1)
    assert np.isclose(plane.sum() * 0.01, 2 * np.pi * 0.3**2, rtol=0.02)


def test_scattered_places_are_free_and_as_many_as_asked(cells):
    counts = np.arange(len(cells.cells)) % 4
    places = scattered(cells, cells.nuclei, counts, _rng())
    row, column = (places / 0.16).astype(int).T
    assert cells.nuclei[row, column].all()
    found = np.bincount(cells.labels[row, column] - 1, minlength=len(counts))
    seen = np.isin(np.arange(1, len(counts) + 1), cells.labels[cells.nuclei])
    assert found[seen].tolist() == counts[seen].tolist()


def _rng():
    return np.random.default_rng(7)
