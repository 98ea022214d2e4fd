"""Step and background of planes: against their definitions, and the same in any container."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.background import background_of, step_of

from hpa_features.kernels.cpu import plane_facts, subtracted

FULL_SCALES = (1, 20, 255, 1023, 4095, 16383, 65535)


def measured(plane, outside):
    """Return (step, background) of one plane."""
    starts = np.array([0, plane.size])
    values = plane.astype(np.uint16).ravel()
    labels = (~outside.ravel()).astype(np.int32)
    step, background, *_ = plane_facts(values, labels, starts, np.zeros(1, int), np.ones(1, int))[0]
    return int(step), int(background)


@st.composite
def planes(draw, full_scales=FULL_SCALES):
    """Draw the gray values of a plane, (pixels,) int64, and which of them lie outside cells."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    full, pixels = draw(st.sampled_from(full_scales)), draw(st.integers(1, 400))
    kind = draw(st.sampled_from(("noisy", "even", "constant", "few values", "offset")))
    level = draw(st.integers(0, full))
    values = {
        "noisy": lambda: random.poisson(level / 3, pixels),
        "even": lambda: random.integers(0, full, pixels, endpoint=True),
        "constant": lambda: np.full(pixels, level),
        "few values": lambda: random.choice(random.integers(0, full, 3, endpoint=True), pixels),
        "offset": lambda: level // 2 + random.integers(0, 3, pixels),
    }[kind]()
    outside = random.random(pixels) < draw(st.sampled_from((0, 0.005, 0.3, 1)))
    return np.minimum(values, full), outside


@settings(max_examples=150)
@given(planes())
def test_equals_the_definition(drawn):
    plane, outside = drawn
    assert measured(plane, outside) == (step_of(plane), background_of(plane, outside))


@settings(max_examples=150)
@given(planes((20, 254)), st.integers(1, 257), st.integers(0, 256))
def test_another_gain_and_offset_give_the_same_gray_value(drawn, gain, offset):
    plane, outside = drawn
    # Less than a step, so that the first bin stays the first.
    offset %= gain
    step, level = measured(plane, outside)
    other = (step * gain if len(set(plane)) > 1 else 1, level * gain + offset)
    assert measured(plane * gain + offset, outside) == other


@given(level=st.integers(0, 65535), cells=st.lists(st.integers(0, 65535), max_size=40))
def test_a_constant_background_is_its_own_value(level, cells):
    plane = np.array([*[level] * 100, *cells])
    assert measured(plane, np.arange(plane.size) < 100)[1] == level


def test_stretched_gray_values_keep_a_constant_background():
    stretched = np.rint(np.arange(101) * 2.55).astype(int)
    for level in stretched:
        plane = np.array([*[level] * 300, *stretched])
        assert measured(plane, np.arange(plane.size) < 300) == (2, level)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({10: 50}, 10),  # bins 9, 10 and 11 tie
        ({10: 50, 11: 50}, 10),  # 10 and 11 tie, halves go down
        ({10: 50, 20: 50}, 10),  # of two runs the lower
        ({10: 50, 12: 50}, 11),  # the fullest bin is empty itself
        ({0: 40, 1: 45, 2: 20}, 0),  # the first bin counts twice: values below 0 were cut there
        ({254: 10, 255: 90}, 254),  # beyond the last bin nothing is repeated
    ],
)
def test_ties_and_ends(counts, expected):
    plane = np.repeat(list(counts), list(counts.values()))
    every = np.append(plane, [100, 101])  # inside a cell; the step is 1
    assert measured(every, np.arange(every.size) < plane.size) == (1, expected)


def test_several_planes_in_one_call_are_those_alone():
    random = np.random.default_rng(0)
    parts = [random.poisson(level, size) for level, size in ((3, 50), (900, 300), (20000, 1))]
    outside = [random.random(part.size) < 0.5 for part in parts]
    starts = np.cumsum([0, *(part.size for part in parts)])
    values, labels = (
        np.concatenate(parts).astype(np.uint16),
        (~np.concatenate(outside)).astype("i4"),
    )
    none, full = np.zeros(3, int), np.full(3, 20000)
    together = plane_facts(values, labels, starts, none, full)
    alone = [measured(part, where) for part, where in zip(parts, outside, strict=True)]
    assert [tuple(row) for row in together[:, :2]] == alone


@given(planes(), st.integers(1, 65535), st.integers(0, 3))
def test_sums_saturation_and_a_given_step(drawn, full, own_step):
    plane, outside = drawn
    found = plane_facts(
        plane.astype(np.uint16),
        (~outside).astype(np.int32),
        np.array([0, plane.size]),
        np.array([own_step]),
        np.array([full]),
    )[0]
    assert found[0] == (own_step or step_of(plane))
    assert found[2:].tolist() == [(plane >= full).sum(), plane.sum(), (plane**2).sum()]


@given(planes(), st.integers(0, 65535))
def test_what_lies_below_the_background_is_dark(drawn, level):
    plane, _ = drawn
    values, starts = plane.astype(np.uint16), np.array([0, plane.size])
    found = subtracted(values, np.array([level]), starts)
    np.testing.assert_array_equal(found, np.maximum(plane - level, 0))
