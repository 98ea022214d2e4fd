"""Labels' directions in a network's numbers, told by columns that have names."""

from __future__ import annotations

import numpy as np
import pytest

from hpa_features.core.tables import Column
from hpa_features.learn.network_words import directions

ROWS = 240
COLUMNS = tuple(
    Column(name, block, meaning=f"How {name}.")
    for name, block in (("bright", "a"), ("bright too", "a"), ("grainy", "b"), ("round", "c"))
)


def tables(*, informed: bool):
    """Return vectors that mix what two columns measure (or chance), the columns, and two labels."""
    rng = np.random.default_rng(0)
    named = rng.normal(size=(ROWS, 4)).astype(np.float32)
    named[:, 1] = named[:, 0] + 0.5 * rng.normal(size=ROWS)
    truth = np.column_stack([named[:, 0] > 0.3, named[:, 2] < -0.2])
    seen = named[:, [0, 2]] if informed else rng.normal(size=(ROWS, 2))
    mixed = np.hstack([seen, rng.normal(size=(ROWS, 2))]) @ rng.normal(size=(4, 12))
    return mixed.astype(np.float32), named, truth, np.arange(ROWS).astype(np.int16) % 4


def test_each_label_is_told_by_the_columns_that_the_network_mixes():
    vectors, named, truth, folds = tables(informed=True)
    named[::9, 3] = np.nan
    bright, grainy = directions("net", vectors, named, COLUMNS, truth, folds)
    assert (bright.block, bright.label, grainy.label) == ("net", 0, 1)
    assert bright.precision > 0.9
    first = bright.follows[0]
    assert first.column.name == "bright"
    assert first.correlation > 0.8
    # One column a block, and the sign is that of the direction.
    assert "bright too" not in [each.column.name for each in bright.follows]
    assert grainy.follows[0].column.name == "grainy"
    assert grainy.follows[0].correlation < -0.8


def test_a_network_that_sees_nothing_is_described_as_such():
    """Columns are chosen in other rows than those that tell their correlation."""
    vectors, named, truth, folds = tables(informed=False)
    for found in directions("net", vectors, named, COLUMNS, truth, folds):
        assert found.precision < truth[:, found.label].mean() + 0.15
        assert all(abs(each.correlation) < 0.2 for each in found.follows)


def test_labels_of_all_rows_or_none_have_no_direction():
    vectors, named, truth, folds = tables(informed=True)
    truth = np.column_stack([truth, np.zeros(ROWS, bool), np.ones(ROWS, bool)])
    found = directions("net", vectors, named, COLUMNS, truth, folds)
    assert [each.label for each in found] == [0, 1]


def test_rescaled_columns_are_told_alike():
    vectors, named, truth, folds = tables(informed=True)
    before = directions("net", vectors, named, COLUMNS, truth, folds)
    after = directions("net", np.exp(vectors / 9), named**3, COLUMNS, truth, folds)
    for one, other in zip(before, after):
        wanted = [each.correlation for each in one.follows]
        assert [each.correlation for each in other.follows] == pytest.approx(wanted, abs=1e-3)
