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


def test_arrays_of_other_sizes_or_falling_curves_are_refused(bundle):
    short = {**bundle.numbers, "missing": np.zeros(3)}
    with pytest.raises(BundleError, match="'missing' must have 12 numbers"):
        unpack(replace(bundle, numbers=short))
    curve = bundle.numbers["isotonic_000_y"]
    with pytest.raises(BundleError, match="does not rise"):
        unpack(replace(bundle, numbers={**bundle.numbers, "isotonic_000_y": curve[::-1].copy()}))
