"""Diagnostics find what was planted, and survive the way through a bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hpa_features.core.errors import BundleError
from hpa_features.learn.explain.retrain import other_rows, some_groups
from hpa_features.learn.explain.separate import Separation, chance_ratio
from hpa_features.learn.explain.stored import diagnostics_of


@pytest.fixture(scope="module")
def found(bundle):
    return diagnostics_of(bundle)


def test_every_learned_label_leans_on_the_block_that_tells_it(found):
    assert [each.label for each in found.labels] == ["label0", "label1", "label2"]
    assert (found.rows, found.shuffles) == (90, 5)
    for at, label in enumerate(found.labels):
        assert label.blocks == ("a", "b", "c")
        assert label.columns.tolist() == [3, 3, 3]
        assert label.order[0] == at
        assert label.above_chance[at]
        assert label.size[at] == label.size.max() > 0
        assert label.separation[at] > 4 * label.error[at] > 0
        assert label.loss[at] == label.loss.max() > 0.1
        assert label.best_alone == "abc"[at]
        assert label.alone[at] > label.prevalence + 0.2
        assert label.alone[at] <= 1
        assert np.all(label.chance >= 0)
        assert label.spread[at] > 0


def test_curves_end_with_all_groups_of_a_training_part(found):
    for curve, label in zip(found.curves, found.labels, strict=True):
        assert curve.label == label.label
        assert curve.groups.tolist() == pytest.approx([5, 10, 20])
        assert np.all(np.diff(curve.positive_groups) > 0)
        assert curve.precision[-1] > label.prevalence + 0.2
        assert np.all(curve.precision <= 1)
        half = curve.precision[1]
        assert curve.last_doubling == pytest.approx(curve.precision[2] - half)


def test_a_bundle_without_diagnostics_has_none(bundle):
    facts = {key: value for key, value in bundle.facts.items() if key != "diagnostics"}
    assert diagnostics_of(replace(bundle, facts=facts)) is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("diagnostics_separation", lambda old: old * np.inf),
        ("diagnostics_loss", lambda old: np.full_like(old, np.inf)),
        ("diagnostics_curve_groups", lambda old: old[:2]),
        ("diagnostics_alone", lambda old: old[:, :2]),
    ],
)
def test_forged_numbers_are_refused(bundle, name, change):
    numbers = {**bundle.numbers, name: change(bundle.numbers[name])}
    with pytest.raises(BundleError, match=name):
        diagnostics_of(replace(bundle, numbers=numbers))


def test_separation_is_the_difference_of_means_with_an_error_by_groups():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), 4)
    truth = (np.arange(300) % 3 == 0)[groups]
    spread = []
    for _ in range(60):
        values = rng.normal(size=300)[groups, None] + 0.5 * truth[:, None]
        found = Separation.of(values, truth, groups)
        assert found.value[0] == pytest.approx(values[truth].mean() - values[~truth].mean())
        spread.append((found.value[0], found.error[0]))
    value, error = np.array(spread).T
    assert value.mean() == pytest.approx(0.5, abs=0.06)
    # Of 300 groups, not of 1,200 rows.
    assert error.mean() == pytest.approx(value.std(), rel=0.25)
    nothing = Separation.of(values, np.ones(1200, bool), groups)
    assert not nothing.value.any()


def test_the_chance_level_counts_blocks_that_were_used():
    value, error = np.arange(101.0), np.ones(101)
    unused = Separation(np.zeros(900), np.zeros(900))
    assert chance_ratio([Separation(value, error), unused], 0.05) == pytest.approx(95)
    assert chance_ratio([unused], 0.05) == 0


def test_shuffled_labels_move_by_whole_groups():
    groups = np.array([0, 0, 0, 1, 1, 2, 3, 3])
    others = other_rows(groups, (2,))
    for group in range(4):
        assert len(set(groups[others[groups == group]])) == 1
    assert others.tolist() != list(range(8))


def test_fewer_groups_are_part_of_more():
    groups, train = np.repeat(np.arange(20), 2), np.arange(10, 40)
    quarter, half = (some_groups(groups, train, share, (3,)) for share in (0.25, 0.5))
    assert set(quarter) < set(half) < set(train)
    assert len(np.unique(groups[half])) == 8
