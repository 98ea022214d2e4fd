from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_training import made_training

from hpa_features.core.errors import UsageError
from hpa_features.core.tables import Column
from hpa_features.learn.data import (
    blocks_named,
    fold_count,
    of_columns,
    useful_columns,
    without_blocks,
)


def test_constant_and_identical_columns_are_left_out_and_named():
    data = made_training(columns=7)
    values = data.values.copy()
    values[:, 1] = 4.0
    values[:, 2] = np.nan
    values[5, 3] = np.nan
    values[:, 4] = values[:, 3]
    values[:, 5] = 0.0
    values[::2, 5] = -0.0
    data = replace(data, values=values)
    kept, dropped = useful_columns(data)
    left = of_columns(data, kept)
    assert [column.name for column in left.columns] == ["a_0", "a_3", "a_6"]
    assert dropped == {"constant": ("b_1", "c_2", "c_5"), "identical": ("b_4",)}
    np.testing.assert_array_equal(left.values, values[:, [0, 3, 6]])


def test_a_column_of_gaps_and_one_value_tells_something():
    data = made_training(columns=2, shares=(0.5,))
    values = data.values.copy()
    values[:, 1] = np.where(data.truth[:, 0], 1.0, np.nan)
    assert useful_columns(replace(data, values=values))[0] == [0, 1]


def test_nothing_left_is_an_error():
    data = made_training(columns=3)
    with pytest.raises(UsageError, match="All 3 feature columns are constant"):
        useful_columns(replace(data, values=np.ones_like(data.values)))


def test_blocks_go_by_name_in_any_case_and_acquisition_by_mark():
    data = made_training(columns=4)
    columns = (*data.columns[:3], Column("a_3", "a", acquisition=True))
    data = replace(data, columns=columns)
    assert names(without_blocks(data, ("B",))) == ["a_0", "c_2", "a_3"]
    assert names(without_blocks(data, ("Acquisition",))) == ["a_0", "b_1", "c_2"]


def test_a_family_or_landmark_names_all_its_blocks():
    blocks = ("Nucleus × Texture", "none × Texture", "Nucleus × Spots", "texture")
    assert blocks_named("nucleus x Texture", blocks) == {"nucleus × texture"}
    assert blocks_named("Nucleus", blocks) == {"nucleus × texture", "nucleus × spots"}
    assert blocks_named("Texture", blocks) == {"texture"}  # a block of its own comes first
    assert blocks_named("Texture", blocks[:3]) == {"nucleus × texture", "none × texture"}
    assert blocks_named("Tex", blocks) == set()
    networks = ["Embedding a", "Embedding b", "Embeddings"]
    assert blocks_named("embedding", networks) == {"embedding a", "embedding b"}
    assert blocks_named("Embedding A", networks) == {"embedding a"}


def test_folds_are_no_more_than_groups_and_two_groups_are_refused():
    assert fold_count(made_training(groups=4), 5) == 4
    assert fold_count(made_training(groups=40), 5) == 5
    with pytest.raises(UsageError, match="at least 3 groups, got 2") as error:
        fold_count(made_training(groups=2), 5)
    assert "--group" in error.value.hint


@pytest.mark.parametrize("part", ["values", "truth", "groups", "ids", "plates"])
def test_the_digest_sees_every_part(part):
    data = made_training(groups=5)
    changed = {
        "values": data.values + 1,
        "truth": ~data.truth,
        "groups": data.groups[::-1].copy(),
        "ids": tuple(reversed(data.ids)),
        "plates": ("P",) * len(data.ids),
    }[part]
    assert replace(data, **{part: changed}).digest() != data.digest()
    assert made_training(groups=5).digest() == data.digest()


def names(data):
    return [column.name for column in data.columns]
