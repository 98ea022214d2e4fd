from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from hpa_features.core.errors import BundleError
from hpa_features.io.booster_text import check_booster


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(80, 3))
    data = lgb.Dataset(values, label=values[:, 0] > 0, params={"verbosity": -1})
    parameters = {"objective": "binary", "num_leaves": 4, "verbosity": -1, "num_threads": 1}
    return lgb.train(parameters, data, num_boost_round=3).model_to_string()


def test_a_whole_model_passes(text):
    check_booster(text, 3, "a.txt")


def test_a_model_of_single_leaves_passes():
    data = lgb.Dataset(np.zeros((50, 3)), label=[0, 1] * 25, params={"verbosity": -1})
    parameters = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    check_booster(lgb.train(parameters, data, 2).model_to_string(), 3, "a.txt")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_cut_off_model_is_refused(text, share):
    with pytest.raises(BundleError, match=r"a\.txt"):
        check_booster(text[: int(share * text.index("end of trees"))], 3, "a.txt")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_feature_idx=2", "max_feature_idx=999999999", "max_feature_idx must be 2"),
        ("num_class=1", "num_class=7", "num_class must be 1"),
        ("version=v4", "version=v3", "version must be v4"),
        ("objective=binary sigmoid:1", "objective=custom", "objective must be"),
        ("\nnum_leaves=", "\nnum_leaves=999999999", "num_leaves"),
        ("\nnum_leaves=", "\nnum_leaves=x", "num_leaves must be whole numbers"),
        ("num_cat=0", "num_cat=1", "num_cat"),
        ("\nTree=2", "\nTrie=2", "other trees"),
        ("decision_type=2", "decision_type=1", "outside its arrays"),
    ],
)
def test_a_forged_model_is_refused(text, old, new, message):
    assert old in text
    with pytest.raises(BundleError, match=message):
        check_booster(text.replace(old, new, 1), 3, "a.txt")


@pytest.mark.parametrize("key", ["split_feature", "left_child", "right_child"])
@pytest.mark.parametrize("value", ["77", "-77", "0"])
def test_a_tree_that_points_outside_or_backwards_is_refused(text, key, value):
    line = next(each for each in text.splitlines() if each.startswith(f"{key}="))
    first, *rest = line.removeprefix(f"{key}=").split()
    if (key, value) == ("split_feature", "0"):
        value = "3"
    forged = text.replace(line, f"{key}=" + " ".join([value, *rest]), 1)
    with pytest.raises(BundleError, match="outside its arrays"):
        check_booster(forged, 3, "a.txt")
    assert first != value
