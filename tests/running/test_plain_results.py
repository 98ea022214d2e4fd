from __future__ import annotations

import json
import os
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from hpa_features.learn.boosting import Fits
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.smooth import Smooth, SmoothFit
from hpa_features.running.plain_results import pack, unpack

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
    ),
)


@given(plain)
def test_what_was_packed_comes_out(result):
    again = unpack(pack(result))
    assert again == result
    assert repr(again) == repr(result)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24, dtype=np.int16).reshape(4, 6)[::2, 1::2],
        np.array([True, False]),
        np.array([np.nan, -0.0, np.inf], dtype=np.float32),
        np.zeros((0, 3)),
        np.array(3.0),
    ],
)
def test_arrays_keep_bits_types_and_the_order_of_their_axes(array):
    again = unpack(pack(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.tobytes() == array.tobytes()
    assert again.flags.writeable
    if array.flags.contiguous or array.flags.f_contiguous:
        assert again.flags.f_contiguous == array.flags.f_contiguous


def test_results_of_learning_come_out_whole():
    numbers = np.random.default_rng(0).normal(size=(4, 3))
    smooth = Smooth(Inputs(numbers, numbers[0]), numbers.T, numbers, numbers + 1)
    fits = Fits(("tree\nµ", ""), numbers)
    again = unpack(pack((fits, SmoothFit(smooth, numbers), (5, 7))))
    assert again[0].texts == fits.texts
    assert type(again[1].model.inputs) is Inputs
    assert np.array_equal(again[1].model.inputs.quantiles, numbers)
    assert again[1].model.landmarks.flags.f_contiguous
    assert again[2] == (5, 7)


@dataclass(frozen=True)
class Other:
    x: int


@pytest.mark.parametrize("odd", [object(), {1, 2}, print, Other(1), np.array([object()])])
def test_anything_else_is_refused_at_once(odd):
    with pytest.raises(TypeError, match="cannot be kept"):
        pack((odd,))


def forged(tree):
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return save({"tree": np.frombuffer(text, dtype=np.uint8)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04cposix\nsystem\n(S'echo'\ntR.",
        pack((1, 2))[:-3],
        save({"other": np.zeros(3)}),
        forged(b"\xff\xfe"),
        forged({"array": "7", "turned": False}),
        forged({"tuple": 3}),
        forged({"dict": [[{"list": []}, 1]]}),
        forged({"class": "os:system", "fields": {"command": "touch /tmp/forged"}}),
        forged({"class": "hpa_features.learn.boosting:np", "fields": {}}),
        forged({"class": "hpa_features.learn.boosting:Path", "fields": {}}),
        forged({"class": "hpa_features.learn.train:train", "fields": {}}),
        forged({"class": "hpa_features.running.pool:Lost", "fields": {"exit_code": 1}}),
        forged({"class": "hpa_features.learn.boosting:Fits", "fields": {"wrong": 1}}),
        forged({"class": ["os"], "fields": {}}),
        forged(b"[" * 100_000 + b"]" * 100_000),
    ],
)
def test_forged_bytes_run_nothing_and_say_so(content, monkeypatch):
    ran = []
    monkeypatch.setattr(os, "system", ran.append)
    with pytest.raises(ValueError, match=r".+"):
        unpack(content)
    assert not ran
