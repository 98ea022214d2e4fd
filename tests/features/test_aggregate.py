from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.features.aggregate import aggregate


def table(seed, cells, columns=6):
    random = np.random.default_rng(seed)
    values = random.normal(size=(cells, columns)).astype(np.float32)
    values[random.random(values.shape) < 0.2] = np.nan
    return values


@given(seed=st.integers(0, 9999), cells=st.integers(3, 60))
def test_equals_numpy_quantiles_without_the_undefined(seed, cells):
    values = table(seed, cells)
    rare = np.array([True, False] * 3)
    out = aggregate(values, np.ones(cells, bool), rare)
    tops = []
    for at, column in enumerate(values.T):
        known = np.sort(column[~np.isnan(column)].astype(float))
        got = out.values[3 * at : 3 * at + 3]
        if known.size == 0:
            assert np.isnan(got).all()
            tops += [np.nan] * int(rare[at])
            continue
        np.testing.assert_allclose(got, np.quantile(known, [0.5, 0.1, 0.9]), rtol=1e-12)
        tops += [known[-math.ceil(known.size / 20) :].mean()] * int(rare[at])
    np.testing.assert_allclose(out.values[18:], tops)
    assert out.cells_used == cells


def test_border_cells_stay_out_unless_fewer_than_three_others_remain():
    values = np.arange(5, dtype=np.float32)[:, None]
    rare = np.array([False])
    inner = aggregate(values, np.array([0, 1, 1, 1, 0], bool), rare)
    assert (inner.values[0], inner.cells_used, inner.all_cells) == (2, 3, False)
    every = aggregate(values, np.array([0, 1, 1, 0, 0], bool), rare)
    assert (every.values[0], every.cells_used, every.all_cells) == (2, 5, True)


def test_a_field_without_cells_has_undefined_statistics():
    out = aggregate(np.zeros((0, 4), np.float32), np.zeros(0, bool), np.array([True] * 4))
    assert np.isnan(out.values).all()
    assert out.values.size == 16
    assert out.cells_used == 0


def test_one_mitotic_cell_in_twenty_decides_the_top():
    values = np.zeros((20, 1), np.float32)
    values[7] = 9
    assert aggregate(values, np.ones(20, bool), np.array([True])).values[3] == 9
