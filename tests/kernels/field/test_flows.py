"""Paths along a flow, the labels they give, and how well labels fit a flow."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_discs import touching_discs
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles.cell_flows import flow_of_labels, path_end

from hpa_features.kernels.cpu.field.diffusion import flow_errors, label_flows
from hpa_features.kernels.cpu.field.flow_labels import fine_labels
from hpa_features.kernels.cpu.field.flows import ends_together, path_ends

SEEDS = st.integers(0, 2**32 - 1)


def labels_of(flow: np.ndarray, inside: np.ndarray, steps: int = 200) -> np.ndarray:
    pixels = np.flatnonzero(inside)
    masked = np.where(inside[..., None], flow, 0).astype(np.float32)
    ends, share = path_ends(masked, pixels, steps)
    return ends_together(ends, share, pixels)


def same_regions(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = np.unique(np.stack([one.ravel(), other.ravel()], axis=1), axis=0)
    return len(pairs) == len(np.unique(one)) == len(np.unique(other))


@settings(max_examples=20)
@given(SEEDS)
def test_the_flow_of_labels_is_that_of_the_definition(seed):
    labels = touching_discs(seed, edge=48, diameter=16)
    found = label_flows(labels, int(labels.max()))
    expected = flow_of_labels(labels)
    known = ~np.isnan(expected)
    assert known.mean() > 0.99
    assert np.allclose(found[known], expected[known], atol=1e-6)


@settings(max_examples=20)
@given(SEEDS, st.sampled_from([12.0, 24.0, 40.0]))
@example(69, 24.0)
def test_labels_come_back_from_their_own_flow(seed, diameter):
    labels = touching_discs(seed, diameter=diameter)
    flow = label_flows(labels, int(labels.max(initial=0)))
    found = labels_of(flow, labels > 0)
    # In a corner one pixel wide, a path can stop where the flow meets that of no cell: up to 4
    # pixels of a label (in 17 of 1,200 images) come back without one, never with another's.
    lost = (labels > 0) & (found == 0)
    assert np.bincount(labels[lost]).max(initial=0) <= 4
    assert same_regions(np.where(lost, 0, labels), found)


@settings(max_examples=10)
@given(SEEDS, st.integers(1, 60))
def test_paths_end_where_single_steps_end(seed, steps):
    random = np.random.default_rng(seed)
    flow = random.normal(0, 0.4, (9, 12, 2)).astype(np.float32)
    # One pixel at a time: no path meets another, so that each is walked to its end.
    for pixel in random.choice(flow.shape[0] * flow.shape[1], 6, replace=False):
        ends, share = path_ends(flow, np.array([pixel]), steps)
        row, column = path_end(flow, *divmod(int(pixel), flow.shape[1]), steps)
        found = np.divmod(ends[0], flow.shape[1])
        assert np.abs(np.array(found) + 0.5 - (row, column)).max() < 0.51
        assert share.sum() == pytest.approx(1)


@given(SEEDS)
@settings(max_examples=10)
def test_all_paths_are_counted_once(seed):
    labels = touching_discs(seed)
    flow = label_flows(labels, int(labels.max(initial=0))).astype(np.float32)
    pixels = np.flatnonzero(labels)
    ends, share = path_ends(flow, pixels, 200)
    assert ends.shape == pixels.shape
    assert share.sum() == pytest.approx(len(pixels), rel=1e-4)


def test_without_flow_pixels_stay_and_are_no_region():
    flow = np.zeros((20, 20, 2), np.float32)
    pixels = np.arange(400)
    ends, share = path_ends(flow, pixels, 200)
    assert np.array_equal(ends, pixels)
    assert share == pytest.approx(np.ones((20, 20)))
    assert not ends_together(ends, share, pixels).any()
    nothing = np.zeros(0, np.int64)
    assert not labels_of(flow, np.zeros((20, 20), bool)).any()
    assert path_ends(flow, nothing, 200)[0].size == 0


def test_an_error_is_zero_for_the_own_flow_and_four_for_the_opposite_one():
    labels = touching_discs(3)
    count = int(labels.max())
    flow = label_flows(labels, count)
    assert np.allclose(flow_errors(labels, flow.astype(np.float32), count), 0, atol=1e-6)
    opposite = flow_errors(labels, -flow.astype(np.float32), count)[1:]
    assert opposite == pytest.approx(np.full(count, 4), abs=0.1)
    assert flow_errors(labels, np.zeros_like(flow, np.float32), count)[1:] == pytest.approx(
        np.ones(count), abs=0.05
    )


def test_labels_without_a_pixel_have_no_error():
    labels = np.zeros((8, 8), np.int32)
    labels[2:5, 2:5] = 3
    errors = flow_errors(labels, np.zeros((8, 8, 2), np.float32), 4)
    assert errors[[0, 1, 2, 4]].tolist() == [0, 0, 0, 0]
    assert errors[3] > 0


def test_fine_labels_are_the_coarse_ones_at_the_same_scale():
    labels = touching_discs(5)
    flow = label_flows(labels, int(labels.max())).astype(np.float32)
    height = np.where(labels > 0, 1, -1).astype(np.float32)
    assert np.array_equal(fine_labels(labels, flow, height, 0.0, labels.shape, 200), labels)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_outlines_pass_between_the_coarse_pixels(factor):
    edge, radius = 40, 13.3
    rows, columns = np.indices((edge * factor, edge * factor)) + 0.5
    disc = np.hypot(rows - 20.2 * factor, columns - 19.6 * factor) < radius * factor
    height = (disc.reshape(edge, factor, edge, factor).mean(axis=(1, 3)) - 0.5).astype(np.float32)
    labels = (height > 0).astype(np.int32)
    flow = label_flows(labels, 1).astype(np.float32)
    fine = fine_labels(labels, flow, height, 0.0, disc.shape, 200) > 0
    blocks = labels.repeat(factor, axis=0).repeat(factor, axis=1) > 0
    assert (fine ^ disc).sum() < 0.6 * (blocks ^ disc).sum()
