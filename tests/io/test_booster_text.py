from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from hpa_features.core.errors import BundleError
from hpa_features.io.booster_text import canonical_booster
from hpa_features.learn.boosting import learner

COLUMNS = 5


def gaps_and_zeros(rows=300):
    """Return (rows, COLUMNS) values with gaps, zeros and a wide range, and a truth of noise."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(rows, COLUMNS))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[rng.random(rows) < 0.5, 1] = 0
    values[:, 2] *= 1e20
    truth = np.nan_to_num(values[:, 0]) + rng.normal(size=rows) > 0
    # Whether a value is missing decides: thresholds that tell it from all numbers are infinite.
    truth[np.isnan(values[:, 3])] = True
    return values, truth


def trained(rounds=20, values=None, truth=None, callbacks=(), **changed):
    if values is None:
        values, truth = gaps_and_zeros()
    parameters = {**learner(len(values), COLUMNS, seed=1, threads=1), **changed}
    data = lgb.Dataset(values, label=truth, params=parameters)
    held = [lgb.Dataset(values[:60], label=truth[:60], reference=data)] if callbacks else None
    return lgb.train(parameters, data, rounds, valid_sets=held, callbacks=list(callbacks))


@pytest.fixture(scope="module")
def text():
    return trained(3, num_leaves=4).model_to_string()


def read(text):
    return canonical_booster(text, COLUMNS, "a.txt")


def check_refused(text, message):
    with pytest.raises(BundleError, match=message) as error:
        read(text)
    assert "a.txt" in str(error.value)


GENUINE = {
    "as trained here": {},
    "as trained on many rows": {"num_leaves": 31, "lambda_l2": 5.0, "feature_fraction": 0.8},
    "zero is missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "random forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    "early stopping": {"callbacks": [lgb.early_stopping(5, verbose=False)]},
    "one leaf": {"min_data_in_leaf": 10_000},
    "one leaf, no start": {"min_data_in_leaf": 10_000, "boost_from_average": False},
    "every split at random": {"extra_trees": True, "num_leaves": 63, "min_data_in_leaf": 2},
}


@pytest.mark.parametrize("case", GENUINE)
def test_a_genuine_model_predicts_the_same_bit_for_bit(case):
    booster = trained(**GENUINE[case])
    text = booster.model_to_string()
    canonical = read(text)
    # Its trees are LightGBM's own, byte for byte, so that only the header needs a comparison.
    trees = text[text.index("\n\nTree=0") : text.index("end of trees\n")]
    assert canonical.endswith(f"{trees}end of trees\n")
    assert read(canonical) == canonical
    again = lgb.Booster(model_str=canonical)
    values, _ = gaps_and_zeros()
    odd = [np.full((1, COLUMNS), each) for each in (np.nan, 0, 3e38, -3e38, 1e-45)]
    rows = np.vstack([values, *odd]).astype(np.float32)
    for raw in (True, False):
        np.testing.assert_array_equal(
            again.predict(rows, raw_score=raw, num_threads=1),
            lgb.Booster(model_str=text).predict(rows, raw_score=raw, num_threads=1),
        )
    for kind in ("split", "gain"):
        np.testing.assert_array_equal(
            again.feature_importance(kind), booster.feature_importance(kind)
        )


def test_an_infinite_threshold_is_genuine():
    assert any(
        line.startswith("threshold=") and "inf" in line
        for line in read(trained(40, extra_trees=False).model_to_string()).split("\n")
    )


def test_what_follows_the_trees_is_not_handed_over(text):
    canonical = read(text)
    end = text.index("\nend of trees")
    assert read(f"{text[:end]}\nend of trees\n\npandas_categorical:[[[\n") == canonical
    assert canonical.endswith("\nend of trees\n")
    assert "feature_infos=none none none none none\n" in canonical


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_cut_off_model_is_refused(text, share):
    check_refused(text[: int(share * text.index("end of trees"))], "no end of trees")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tree\n", "\ntree\n", "first line must be 'tree'"),
        ("max_feature_idx=4", "max_feature_idx=999999999", "max_feature_idx must be 4"),
        ("num_class=1", "num_class=7", "num_class must be 1"),
        ("label_index=0", "label_index=-1", "label_index must be 0"),
        ("version=v4", "version=v3", "version must be v4"),
        ("objective=binary sigmoid:1", "objective=binary sigmoid:0", "objective must be"),
        ("feature_names=Column_0", "feature_names=a b", "feature_names must have 5 words"),
        ("feature_infos=", "feature_infos=none ", "feature_infos must have 5 words"),
        ("version=v4\n", "version=v4\nversion=v4\n", "the line version twice"),
        ("version=v4\n", "version=v4\naverage_output\naverage_output\n", "average_output twice"),
        ("version=v4\n", "version=v4\nlinear_tree=1\n", "unknown line: 'linear_tree=1'"),
        ("version=v4\n", "version=v4\n\n", "unknown line: ''"),
        ("label_index=0\n", "", "lacks label_index"),
        ("tree_sizes=", "tree_sizes=9", "tree_sizes must be the sizes of its 3 trees"),
        ("tree_sizes=", "tree_sizes=-", "tree_sizes must be"),
        ("\nTree=2", "\nTrie=2", "unknown line: ''"),
        ("\nTree=2", "\nTree=3", "must begin with its number"),
        ("\n\nTree=2", "\nTree=2", "end with an empty line"),
        ("\nnum_leaves=", "\nnum_leaves=99999999", "num_leaves must be numbers from 1"),
        ("\nnum_leaves=", "\nnum_leaves=-", "num_leaves must be numbers from 1"),
        ("\nnum_leaves=", "\nnum_leaves=x", "num_leaves must be numbers from 1"),
        ("\nnum_leaves=4", "\nnum_leaves=5", "must have 4 numbers, got 3"),
        ("num_cat=0", "num_cat=1", "num_cat must be 0"),
        ("is_linear=0", "is_linear=1", "is_linear must be 0"),
        ("is_linear=0", "is_linear=0\nleaf_const=0 0 0 0", "unknown line: 'leaf_const"),
        ("is_linear=0\n", "", "lacks is_linear"),
        ("\nshrinkage=", "\n\nshrinkage=", "unknown line: ''"),
        ("\nshrinkage=", "\nshrinkage=nan", "shrinkage must be numbers from -1e"),
        ("\nleaf_value=", "\nleaf_value=\nleaf_value=", "the line leaf_value twice"),
        ("\nleaf_count=", "\r\nleaf_count=", "leaf_weight must be numbers"),
        ("\nleaf_weight=", "\x0bleaf_weight=", "lacks leaf_weight"),
        ("decision_type=", "decision_type=1", "decision_type must be numbers from 0 to 10"),
    ],
)
def test_a_forged_model_is_refused(text, old, new, message):
    assert old in text
    check_refused(text.replace(old, new, 1), message)


def forged(text, key, change):
    """Return the text with the numbers of the first line `key` changed."""
    at = text.index(f"\n{key}=") + len(key) + 2
    end = text.index("\n", at)
    return text[:at] + " ".join(change(text[at:end].split(" "))) + text[end:]


ARRAYS = [
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
]


@pytest.mark.parametrize("key", ARRAYS)
@pytest.mark.parametrize(
    "change",
    [
        lambda words: words[1:],
        lambda words: [*words, "1"],
        lambda words: ["", *words[1:]],
        lambda _: [""],
        lambda words: ["nan", *words[1:]],
        lambda words: ["-inf", *words[1:]],
        lambda words: ["-1e308", *words[1:]],
        lambda words: ["1_0", *words[1:]],
        lambda words: ["\u0661", *words[1:]],
        lambda words: ["0x1p3", *words[1:]],
        lambda words: ["-" + "9" * 5000, *words[1:]],
        lambda words: [f"\t{words[0]}", *words[1:]],
        lambda words: [f"{words[0]} ", *words[1:]],
        lambda words: [f"{words[0]}\x85", *words[1:]],
        lambda words: [f"{words[0]}\u2028", *words[1:]],
    ],
)
def test_an_array_of_another_length_or_of_no_numbers_is_refused(text, key, change):
    check_refused(forged(text, key, change), f"tree 0: {key} must")


@pytest.mark.parametrize(
    ("key", "words", "message"),
    [
        ("split_feature", ["5"], "split_feature must be numbers from 0 to 4"),
        ("split_feature", ["-1"], "split_feature must be numbers from 0 to 4"),
        ("decision_type", ["3"], "decision_type must be one of"),
        ("decision_type", ["12"], "decision_type must be numbers from 0 to 10"),
        ("left_child", ["3"], "left_child must be numbers from -4 to 2"),
        ("right_child", ["-5"], "right_child must be numbers from -4 to 2"),
        ("left_child", ["0"], "must reach each later node and each leaf once"),
        ("leaf_count", ["-1"], "leaf_count must be numbers from 0"),
        ("internal_count", ["2147483648"], "internal_count must be numbers from 0"),
        ("leaf_value", ["1e31"], r"leaf_value must be numbers from -1e\+30 to 1e\+30"),
    ],
)
def test_a_number_out_of_range_is_refused(text, key, words, message):
    check_refused(forged(text, key, lambda old: [*words, *old[len(words) :]]), message)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1 2 -1", "-2 -3 -3"),  # one leaf twice, one never
        ("1 -1 0", "2 -2 -3"),  # a loop
        ("-1 2 1", "-2 -3 -4"),  # two nodes that only reach each other
        ("1 1 -1", "-2 -3 -4"),  # two ways to a node
        ("1 2 2", "-1 -2 -3"),  # a node that is its own child
    ],
)
def test_children_that_form_no_tree_are_refused(text, left, right):
    changed = forged(text, "left_child", lambda _: left.split(" "))
    changed = forged(changed, "right_child", lambda _: right.split(" "))
    check_refused(changed, "must reach each later node and each leaf once")


def test_other_spellings_of_numbers_are_written_as_lightgbm_writes_them(text):
    line = text[text.index("\nleaf_value=") :].split("\n")[1]
    words = line.removeprefix("leaf_value=").split(" ")
    changed = text.replace(line, "leaf_value=" + " ".join(["+00.5", *words[1:]]))
    sizes = text[text.index("tree_sizes=") :].split("\n")[0]
    first, *rest = sizes.removeprefix("tree_sizes=").split(" ")
    size = int(first) + len("+00.5") - len(words[0])
    changed = changed.replace(sizes, "tree_sizes=" + " ".join([str(size), *rest]))
    assert f"leaf_value=0.5 {words[1]}" in read(changed)
