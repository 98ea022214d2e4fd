from __future__ import annotations

import numpy as np
import pytest
from made_training import serial

from hpa_features.core.errors import BundleError
from hpa_features.core.tables import Column
from hpa_features.learn.aspect import Aspect, aspects_of
from hpa_features.learn.distances import Distances
from hpa_features.learn.principal import Principal
from hpa_features.learn.stage import Stage
from hpa_features.learn.usual_numbers import novelty_facts, pack_usual, unpack_usual
from hpa_features.learn.usual_rows import usual_rows

COLUMNS, FACTORS = 40, 5
BLOCKS = tuple("ABCD"[at % 4] for at in range(COLUMNS))
LOADINGS = np.random.default_rng(99).normal(size=(FACTORS, COLUMNS))


def table(rows, seed, groups=None):
    """Return rows of a few hidden factors, part of them shared by the rows of a group."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(rows, FACTORS))
    if groups is not None:
        factors = 0.6 * factors + 0.8 * rng.normal(size=(rows, FACTORS))[groups]
    return (factors @ LOADINGS + rng.normal(size=(rows, COLUMNS))).astype(np.float32)


def learned(folder, values, groups=None, names=()):
    groups = np.arange(len(values)) if groups is None else groups
    stage = Stage(str(folder))
    stage.lay_out(values, np.zeros((len(values), 1), bool))
    folds = (groups % 5).astype(np.int16)
    aspects = aspects_of([Column(each, "A") for each in names], values.shape[1])
    return usual_rows(stage, ["all.bin"] * 5, folds, groups, aspects, serial)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return learned(tmp_path_factory.mktemp("usual"), table(600, 0))


def test_one_in_a_hundred_fresh_rows_lies_above_the_limit(usual):
    novelty = usual.judge(table(4000, 1), BLOCKS).novelty
    assert 0.003 < np.mean(novelty > 1) < 0.025


def test_rows_as_a_whole_are_seldom_unlike_by_chance(usual):
    chances = [usual.judge(table(10, seed), BLOCKS).together.chance for seed in range(200)]
    assert np.mean(np.array(chances) < 0.01) < 0.04
    assert 0.3 < np.mean(chances) < 0.7


def test_rows_of_groups_do_not_look_unlike_for_being_alike(tmp_path):
    groups = np.arange(400) // 4
    usual = learned(tmp_path, table(400, 0, groups), groups)
    assert 0 < usual.aspects[0].alike < 1
    assert usual.group_rows == 4
    of_a_group = np.zeros(4, int)
    chances = [
        usual.judge(table(4, seed, of_a_group), BLOCKS, of_a_group).together.chance
        for seed in range(1, 200)
    ]
    assert np.mean(np.array(chances) < 0.01) < 0.04


def test_columns_that_leave_their_relations_are_unlike_though_each_is_in_range(usual):
    rows = table(200, 2)
    for column in range(COLUMNS):
        rows[:, column] = np.random.default_rng(column).permutation(rows[:, column])
    assert np.mean(usual.judge(rows, BLOCKS).novelty > 1) > 0.9


def test_a_small_common_shift_shows_in_the_rows_as_a_whole(usual):
    found = usual.judge(table(60, 3) + np.float32(0.5), BLOCKS)
    assert np.mean(found.novelty > 1) < 0.5
    assert found.together.chance < 1e-4
    assert found.together.share > 0.6


def test_the_block_most_outside_is_named(usual):
    rows = table(20, 4)
    rows[:, 2::4] += 8
    found = usual.judge(rows, BLOCKS)
    assert set(found.block) == {"C"}
    assert found.together.block == "C"


def test_a_gap_is_far_out_only_where_training_knew_none(tmp_path):
    values = table(300, 0)
    values[::4, 1] = np.nan
    usual = learned(tmp_path, values)
    known, seldom, often = (table(300, 5) for _ in range(3))
    seldom[:, 2], often[:, 1] = np.nan, np.nan
    plain = usual.judge(known, BLOCKS).novelty
    assert np.median(usual.judge(often, BLOCKS).novelty) < 1.2 * np.median(plain)
    assert np.median(usual.judge(seldom, BLOCKS).novelty) > 1.2 * np.median(plain)
    assert (usual.judge(np.full((2, COLUMNS), np.nan, np.float32), BLOCKS).novelty > 1).all()


def test_few_rows_of_many_columns_have_a_limit_too(tmp_path):
    rng = np.random.default_rng(6)
    loadings = rng.normal(size=(5, 1800))
    few, fresh = (
        (rng.normal(size=(rows, 5)) @ loadings + rng.normal(size=(rows, 1800))).astype(np.float32)
        for rows in (60, 100)
    )
    blocks = ("A",) * 1800
    usual = learned(tmp_path, few)
    assert np.mean(usual.judge(fresh, blocks).novelty > 1) < 0.1
    assert (usual.judge(rng.permuted(fresh, axis=0), blocks).novelty > 1).mean() > 0.9


def test_the_squared_residual_and_t2_are_those_of_a_plain_decomposition():
    values = table(500, 7)
    space = Principal.of(values)
    along, residuals = space.split(values)
    beyond = residuals**2
    assert along.sum(axis=1).mean() == pytest.approx(len(space.directions) * 499 / 500)
    np.testing.assert_allclose(
        space.directions @ space.directions.T, np.eye(len(space.spread)), atol=1e-9
    )
    total = space.spread.sum() * 499 / 500 + beyond.sum(axis=1).mean()
    assert 0.9 <= space.spread.sum() * 499 / 500 / total < 0.95


@pytest.mark.parametrize("rows", [30, 300])
def test_directions_do_not_depend_on_the_turn_of_the_product(rows):
    values = table(rows, 8)
    space = Principal.of(values)
    largest = np.abs(space.directions).argmax(axis=1)
    assert (space.directions[np.arange(len(largest)), largest] > 0).all()
    assert (np.diff(space.spread) <= 0).all()
    again = Principal.of(values)
    np.testing.assert_array_equal(again.directions, space.directions)


def test_rows_alone_are_judged_as_among_others(usual):
    rows = table(30, 9)
    whole = usual.judge(rows, BLOCKS)
    alone = usual.judge(rows[7:8], BLOCKS)
    assert alone.novelty[0] == whole.novelty[7]  # to the last bit: parts are judged apart
    assert alone.block[0] == whole.block[7]


def test_no_rows_are_no_error(usual):
    found = usual.judge(np.empty((0, COLUMNS), np.float32), BLOCKS)
    assert found.novelty.shape == (0,)
    assert found.block == ()
    assert found.together is None


def test_a_limit_is_within_reach_though_most_rows_lie_at_the_centre(tmp_path):
    values = np.zeros((200, 30), np.float32)
    values[np.arange(30) * 6, np.arange(30)] = 1
    usual = learned(tmp_path, values)
    assert np.max([aspect.scales for aspect in usual.aspects]) < 1e6
    few = table(200, 12)[:, :2]  # squared distances of two columns often lie near 0
    fresh = learned(tmp_path, few).judge(table(4000, 13)[:, :2], BLOCKS[:2])
    assert 0.0005 < np.mean(fresh.novelty > 1) < 0.02


def test_equal_rows_are_usual():
    values = table(50, 10)
    groups = np.arange(20)
    space = Principal.of(values)
    held = Distances.of(space, np.repeat(values[:1], 20, axis=0), groups)
    aspect = Aspect.of(np.arange(COLUMNS), space, held, groups)
    assert aspect.alike == 0
    found = aspect.find(values[:1], np.ones((COLUMNS, 1), bool))
    assert found.novelty[0] <= 1.0001


def test_a_shift_beyond_the_directions_shows_by_its_one_side(usual):
    aside = np.random.default_rng(5).normal(size=COLUMNS)
    aside -= aside @ np.linalg.pinv(LOADINGS) @ LOADINGS
    rows = table(30, 11)
    moved = rows + (1.5 * aside / np.linalg.norm(aside)).astype(np.float32)
    assert usual.judge(rows, BLOCKS).together.chance > 0.01
    assert usual.judge(moved, BLOCKS).together.chance < 1e-4
    assert np.mean(usual.judge(moved, BLOCKS).novelty > 1) < 0.1


def test_landmarks_are_looked_at_apart_from_columns_that_read_the_protein():
    names = ("Cells_A_Mean_Protein_Q10", "Cells_A_Mean_DNA_Q10", "Nuclei_B_Area_Median")
    columns = [Column(each, "A") for each in names]
    assert [each.tolist() for each in aspects_of(columns, 5)] == [[0, 1, 2, 3, 4], [1, 2]]
    assert [each.tolist() for each in aspects_of(columns[1:], 2)] == [[0, 1]]
    assert [each.tolist() for each in aspects_of(columns[:2], 2)] == [[0, 1]]
    assert [each.tolist() for each in aspects_of([], 3)] == [[0, 1, 2]]


def with_proteins(rows, seed):
    """Return 12 columns of landmarks and 200 that read a protein, four rows of each protein."""
    rng = np.random.default_rng(seed)
    loadings = np.random.default_rng(5).normal(size=(3, 12))
    landmarks = rng.normal(size=(rows, 3)) @ loadings + 0.5 * rng.normal(size=(rows, 12))
    proteins = rng.normal(size=(rows // 4 + 1, 200))[np.arange(rows) // 4]
    protein = 2 * proteins + rng.normal(size=(rows, 200))
    return np.hstack([landmarks, protein]).astype(np.float32), np.arange(rows) // 4


PROTEIN_NAMES = (
    *(f"Cells_A_Mean_DNA_{at}" for at in range(12)),
    *(f"Cells_A_Mean_Protein_{at}" for at in range(200)),
)
PROTEIN_BLOCKS = ("landmarks",) * 12 + ("protein",) * 200


@pytest.fixture(scope="module")
def of_proteins(tmp_path_factory):
    values, groups = with_proteins(200, 0)
    return learned(tmp_path_factory.mktemp("proteins"), values, groups, PROTEIN_NAMES)


def test_landmarks_that_differ_show_through_the_variety_of_proteins(of_proteins, tmp_path):
    values, groups = with_proteins(200, 1)
    fresh = of_proteins.judge(values, PROTEIN_BLOCKS, groups)
    assert np.mean(fresh.novelty > 1) < 0.05
    # The landmarks leave their relations, and each stays within its range.
    rng = np.random.default_rng(2)
    values[:, :12] = rng.permuted(values[:, :12], axis=0)
    found = of_proteins.judge(values, PROTEIN_BLOCKS, groups)
    assert np.mean(found.novelty > 1) > 0.5
    assert found.together.block == "landmarks"
    known, known_groups = with_proteins(200, 0)
    without = learned(tmp_path, known, known_groups).judge(values, PROTEIN_BLOCKS, groups)
    assert np.mean(without.novelty > 1) < 0.1


def test_both_aspects_survive_a_bundle(of_proteins):
    columns = [Column(name, "A") for name in PROTEIN_NAMES]
    numbers, facts = pack_usual(of_proteins), novelty_facts(of_proteins)
    again = unpack_usual(numbers, facts, columns, len(columns))
    values, groups = with_proteins(40, 3)
    before, after = (each.judge(values, PROTEIN_BLOCKS, groups) for each in (of_proteins, again))
    np.testing.assert_array_equal(before.novelty, after.novelty)
    assert (before.block, before.together) == (after.block, after.together)
    del numbers["usual_landmarks_parts"]
    with pytest.raises(BundleError, match="'usual_landmarks_parts' must have 12 numbers"):
        unpack_usual(numbers, facts, columns, len(columns))


@pytest.mark.parametrize("known", [True, False])
def test_many_rows_of_new_proteins_are_seldom_unlike_as_a_whole(of_proteins, known):
    chances = []
    for seed in range(10, 70):
        values, groups = with_proteins(120, seed)
        said = of_proteins.judge(values, PROTEIN_BLOCKS, groups if known else None)
        chances.append(said.together.chance)
    assert np.mean(np.array(chances) < 0.01) <= 0.05
