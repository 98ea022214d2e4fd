from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_features.learn.folds import label_counts, positive_groups, renumber, stratified_folds


@st.composite
def tables(draw):
    groups = draw(st.integers(3, 30))
    labels = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    group = renumber(rng.integers(0, groups, draw(st.integers(groups, 150))))
    truth = rng.random((len(group), labels)) < rng.random(labels) ** 2
    return truth, group


@given(tables(), st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=80)
def test_every_row_has_one_fold_every_fold_has_rows_and_no_group_is_cut(table, folds, seed):
    truth, group = table
    folds = min(folds, int(group.max()) + 1)
    fold = stratified_folds(truth, group, folds, seed)
    assert fold.shape == group.shape
    assert set(fold.tolist()) == set(range(folds))
    assert all(len(set(fold[group == each])) == 1 for each in range(int(group.max()) + 1))
    np.testing.assert_array_equal(fold, stratified_folds(truth, group, folds, seed))


@given(st.integers(3, 60), st.integers(1, 4), st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=60)
def test_one_label_in_equal_groups_differs_by_one_group_between_folds(groups, rows, folds, seed):
    folds = min(folds, groups)
    group = np.repeat(np.arange(groups), rows)
    truth = (np.random.default_rng(seed).random(groups) < 0.4)[group][:, None]
    fold = stratified_folds(truth, group, folds, seed)
    for part in (truth[:, 0], np.ones(len(truth), dtype=bool)):
        assert np.ptp(np.bincount(fold[part], minlength=folds)) <= rows


@given(tables(), st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=80)
def test_the_rarest_label_lies_in_as_many_folds_as_it_can(table, folds, seed):
    truth, group = table
    counts = positive_groups(truth, group)
    truth = truth[:, counts > 0]
    folds = min(folds, int(group.max()) + 1)
    fold = stratified_folds(truth, group, folds, seed)
    if truth.shape[1]:
        rarest = positive_groups(truth, group).argmin()
        held = len(set(fold[truth[:, rarest]].tolist()))
        assert held == min(folds, positive_groups(truth, group)[rarest])


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_every_label_spreads_more_evenly_than_by_lot_on_any_table(seed):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(100), rng.integers(1, 5, 100))
    truth = (rng.random((100, 6)) < np.linspace(0.06, 0.5, 6))[group]
    truth = truth[:, positive_groups(truth, group) > 0]
    ours = unevenness(truth, stratified_folds(truth, group, 5, seed))
    by_lot = [unevenness(truth, rng.permutation(np.arange(100) % 5)[group]) for _ in range(30)]
    assert ours < min(by_lot)


def test_a_label_in_as_many_groups_as_folds_is_in_every_fold():
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(50), 4)
    truth = np.zeros((200, 3), dtype=bool)
    truth[:, 0] = np.isin(group, [3, 11, 19, 42, 44])
    truth[:, 1] = rng.random(200) < 0.4
    fold = stratified_folds(truth, group, 5, 0)
    assert sorted(set(fold[truth[:, 0]])) == [0, 1, 2, 3, 4]


def test_seeds_give_other_folds():
    group = np.arange(60)
    truth = np.random.default_rng(0).random((60, 2)) < 0.3
    assert (stratified_folds(truth, group, 5, 0) != stratified_folds(truth, group, 5, 1)).any()


def test_labels_spread_more_evenly_than_by_lot():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(200), rng.integers(1, 6, 200))
    truth = (rng.random((200, 8)) < np.linspace(0.03, 0.4, 8))[group]
    ours = unevenness(truth, stratified_folds(truth, group, 5, 0))
    by_lot = [unevenness(truth, rng.permutation(np.arange(200) % 5)[group]) for _ in range(20)]
    assert ours < 0.4 * np.mean(by_lot)


def test_on_the_real_label_matrix_of_hpa_v18(shared_data):
    table = pd.read_parquet(
        shared_data / "tables" / "hpa" / "hpav18_rgby_wodpl_74606.parquet",
        columns=["Target", "antibody"],
    )
    group = np.unique(table["antibody"].astype(str), return_inverse=True)[1]
    truth = np.zeros((len(table), 28), dtype=bool)
    for row, target in enumerate(table["Target"]):
        truth[row, [int(word) for word in str(target).split()]] = True
    truth = truth[:, truth.any(axis=0)]
    fold = stratified_folds(truth, group, 5, 0)
    by_lot = np.random.default_rng(0).permutation(group.max() + 1)[group] % 5
    assert unevenness(truth, fold) < 0.2 * unevenness(truth, by_lot)
    assert np.ptp(np.bincount(fold)) < 0.02 * len(fold)


def test_counts_of_rows_and_groups():
    truth = np.array([[1, 0], [1, 0], [0, 0], [1, 1]], dtype=bool)
    group = np.array([0, 0, 1, 2])
    np.testing.assert_array_equal(label_counts(truth, group), [[2, 0], [0, 0], [1, 1]])
    np.testing.assert_array_equal(positive_groups(truth, group), [2, 1])


def unevenness(truth, fold):
    """Mean distance of a label's share in a fold from an equal share."""
    counts = np.array([truth[fold == each].sum(axis=0) for each in range(5)])
    return np.abs(counts / counts.sum(axis=0) - 0.2).mean()
