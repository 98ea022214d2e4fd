from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_bundle import fresh_rows, train_small, write_tables

from hpa_features.core.errors import BundleError
from hpa_features.io.bundle import read_bundle
from hpa_features.learn.calibrate import Isotonic
from hpa_features.learn.packing import unpack


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packing")
    write_tables(folder, groups=450, rows_a_group=1, shares=(0.5, 0.3, 0.2))
    train_small(folder)
    return read_bundle(folder / "model")


def test_both_kinds_of_calibration_survive(bundle):
    kinds = [label["calibration"]["kind"] for label in bundle.facts["labels"]]
    assert kinds == ["isotonic", "platt", "platt"]
    model = unpack(bundle)
    assert isinstance(model.choices[0].calibrator, Isotonic)
    for label, choice in enumerate(model.choices):
        again = choice.probabilities(bundle.oof.raw[:, label])
        np.testing.assert_array_equal(again, bundle.oof.prob[:, label])


def test_a_model_predicts_the_same_after_each_reading(bundle):
    values = fresh_rows(50)
    first, second = unpack(bundle).predict(values), unpack(bundle).predict(values)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


def changed(bundle, **facts):
    return replace(bundle, facts={**bundle.facts, **facts})


def relabelled(bundle, **change):
    first, *rest = bundle.facts["labels"]
    return changed(bundle, labels=[{**first, **change}, *rest])


def test_facts_that_contradict_each_other_are_refused(bundle):
    features = list(reversed(bundle.facts["features"]))
    with pytest.raises(BundleError, match="feature_schema"):
        unpack(changed(bundle, features=features))
    with pytest.raises(BundleError, match="must name 5 boosters"):
        unpack(relabelled(bundle, supported=False))
    with pytest.raises(BundleError, match="platt or isotonic"):
        unpack(relabelled(bundle, calibration={"kind": "magic"}))
    with pytest.raises(BundleError, match="lacks 'slope'"):
        unpack(relabelled(bundle, calibration={"kind": "platt"}))


def test_folds_are_those_of_the_out_of_fold_table(bundle):
    forged = [changed(bundle, data={**bundle.facts["data"], "folds": each}) for each in (0, -1, 4)]
    folds = bundle.oof.folds.copy()
    folds[folds == 4] = 9  # no fold model held these rows out
    for each in (*forged, replace(bundle, oof=replace(bundle.oof, folds=folds))):
        with pytest.raises(BundleError, match=r"oof\.parquet: Fold must number"):
            unpack(each)


def test_arrays_of_other_sizes_or_falling_curves_are_refused(bundle):
    short = {**bundle.numbers, "usual_all_missing": np.zeros(3)}
    with pytest.raises(BundleError, match="'usual_all_missing' must have 12 numbers"):
        unpack(replace(bundle, numbers=short))
    curve = bundle.numbers["isotonic_000_y"]
    with pytest.raises(BundleError, match="curve must rise"):
        unpack(replace(bundle, numbers={**bundle.numbers, "isotonic_000_y": curve[::-1].copy()}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 1.5}, "'label0': threshold must lie from 0 to 1, got 1.5"),
        ({"threshold": -0.1}, "threshold must lie from 0 to 1"),
        ({"prevalence": 0.9}, "'label0': prevalence must be 0.5"),
        ({"calibration": {"kind": "isotonic", "margin": 1e30}}, "margin must lie above 0 and"),
        ({"calibration": {"kind": "isotonic", "margin": 0}}, "margin must lie above 0 and"),
        (
            {"calibration": {"kind": "platt", "slope": -1, "intercept": 0, "margin": 0.1}},
            "slope must be 0 or more",
        ),
    ],
)
def test_facts_of_a_label_out_of_range_are_refused(bundle, change, message):
    with pytest.raises(BundleError, match=message):
        unpack(relabelled(bundle, **change))


@pytest.mark.parametrize("forged", [np.inf, 1e305, -1e308])
def test_every_array_has_finite_bounds(bundle, forged):
    for name, array in bundle.numbers.items():
        numbers = {**bundle.numbers, name: array.astype(np.float64)}
        numbers[name].flat[-1 if forged > 0 else 0] = forged
        with pytest.raises(BundleError, match=name if "isotonic" not in name else "curve|finite"):
            unpack(replace(bundle, numbers=numbers))


@pytest.mark.parametrize(
    ("name", "forge", "message"),
    [
        ("usual_all_directions", lambda old: old[:, 1:], "must have any × 12"),
        ("usual_all_spread", lambda old: old[1:], "'usual_all_spread' must have"),
        ("usual_all_spread", lambda old: -old, "'usual_all_spread' must be above 0"),
        ("usual_all_scales", lambda old: old + np.nan, "'usual_all_scales' must be finite"),
        ("usual_all_ranks", lambda old: old[::-1].copy(), "'usual_all_ranks' must rise"),
        ("usual_all_quantiles", lambda old: -old, "'usual_all_quantiles' must rise"),
        ("usual_all_scatter", lambda old: old[:3], "'usual_all_scatter' must have 4"),
        ("usual_all_scatter", lambda old: old + 1, "must be three numbers from 0 to 1"),
        ("usual_all_scatter", lambda old: old * 0, "must be three numbers from 0 to 1"),
        ("usual_all_parts", None, "'usual_all_parts' must have 12 numbers"),
    ],
)
def test_forged_numbers_of_what_is_usual_are_refused(bundle, name, forge, message):
    numbers = dict(bundle.numbers)
    old = numbers.pop(name)
    if forge:
        numbers[name] = forge(old)
    with pytest.raises(BundleError, match=message):
        unpack(replace(bundle, numbers=numbers))


def test_forged_facts_of_novelty_are_refused(bundle):
    with pytest.raises(BundleError, match="group_rows must be at least 1"):
        unpack(changed(bundle, novelty={"group_rows": 0.5}))


def test_what_is_usual_survives(bundle):
    values = np.concatenate([fresh_rows(3), fresh_rows(3) + 50])
    said = unpack(bundle).predict(values)
    assert said.novel.tolist() == [False] * 3 + [True] * 3
