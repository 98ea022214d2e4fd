"""Scores of masks against oracles, at their limits, and under changes that alter nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from oracles import agreement as oracle

from hpa_features.segmentation.agreement import PERCENTS, agreement, pooled, without_border

MASKS = hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 4))
TOLERANCE = 1.5


def image(*rows):
    """Return labels written as digits, a dot is outside."""
    return np.array([[int(c) if c != "." else 0 for c in row] for row in rows], dtype=np.int32)


def scores(predicted, reference, tolerance=TOLERANCE):
    return agreement(predicted, reference, tolerance).scores()


@given(MASKS, MASKS)
def test_scores_equal_the_oracles(predicted, reference):
    found = scores(predicted, reference)
    if not (predicted.any() and reference.any()):
        return
    for percent in PERCENTS:
        wanted = oracle.average_precision(predicted, reference, percent / 100)
        assert found[f"AP{percent}"] == pytest.approx(wanted), percent
    assert found["AJI"] == pytest.approx(oracle.aggregated_jaccard(predicted, reference))
    if oracle.boundary(predicted) and oracle.boundary(reference):
        wanted = oracle.boundary_f1(predicted, reference, TOLERANCE)
        assert found["BoundaryF1"] == pytest.approx(wanted)
    objects, others = oracle.objects(predicted), oracle.objects(reference)
    best = [max(oracle.iou(each, other) for each in objects) for other in others]
    assert found["BestIoU"] == pytest.approx(np.mean(best))
    true = oracle.most_matches(objects, others, 0.5)
    assert found["F1"] == pytest.approx(2 * true / (len(objects) + len(others)))


@given(MASKS)
def test_equal_masks_score_one(labels):
    found = scores(labels, labels.copy())
    if not labels.any():
        assert all(math.isnan(value) for value in found.values())
        return
    boundary = found.pop("BoundaryF1")
    assert boundary == 1 or (math.isnan(boundary) and not oracle.boundary(labels))
    assert all(value == pytest.approx(1) for value in found.values())


@given(MASKS, MASKS)
def test_average_precision_f1_and_boundaries_are_the_same_the_other_way_round(one, other):
    forth, back = scores(one, other), scores(other, one)
    for name in (*(f"AP{percent}" for percent in PERCENTS), "AP", "F1", "BoundaryF1"):
        assert forth[name] == pytest.approx(back[name], nan_ok=True), name


@given(MASKS, MASKS, st.permutations([3, 70_000, 11, 2**31 - 1]))
def test_other_numbers_of_the_same_objects_change_nothing(predicted, reference, numbers):
    table = np.array([0, *numbers], np.int32)
    assert agreement(table[predicted], reference, 1) == agreement(predicted, reference, 1)
    assert agreement(predicted, table[reference], 1) == agreement(predicted, reference, 1)


@given(MASKS, MASKS)
def test_scores_lie_between_0_and_1_and_fall_with_the_threshold(predicted, reference):
    found = scores(predicted, reference)
    assert all(math.isnan(value) or 0 <= value <= 1 for value in found.values())
    falling = [found[f"AP{percent}"] for percent in PERCENTS]
    assert falling == sorted(falling, reverse=True) or all(map(math.isnan, falling))


@given(MASKS, MASKS)
def test_objects_far_apart_are_scored_as_fields_apart(predicted, reference):
    gap = np.zeros((6, 9), np.int32)

    def wide(mask):
        return np.hstack([mask, gap, np.where(mask, mask + 10, 0)])

    # A gap on all sides, so that an edge of the image is no boundary in one of them only.
    padded = [np.pad(each, 1) for each in (predicted, reference)]
    one = agreement(*padded, TOLERANCE)
    both = agreement(wide(predicted), wide(reference), None)
    assert pooled([one, one]).matched == both.matched
    assert (pooled([one, one]).common, pooled([one, one]).joint) == (both.common, both.joint)


def test_an_object_whose_two_halves_were_found_matches_one_of_them():
    whole, halves = image("1111", "1111"), image("1122", "1122")
    for one, other in ((whole, halves), (halves, whole)):
        found = agreement(one, other)
        assert found.matched[0] == 1
        assert found.matched[1] == 0
        assert found.scores()["AP50"] == 1 / 2


def test_thresholds_count_in_whole_pixels():
    """11 of 20 pixels are 0.55 exactly, which no floating-point number is."""
    reference = np.ones((1, 20), np.int32)
    predicted = reference * (np.arange(20) < 11)
    assert agreement(predicted, reference).matched[:3] == (1, 1, 0)


@pytest.mark.parametrize("turned", [False, True])
def test_objects_in_one_mask_only_score_0(turned):
    masks = (image("11.22"), image("....."))
    found = scores(*masks[::-1]) if turned else scores(*masks)
    assert set(found.values()) == {0}


def test_a_tolerance_of_whole_pixels_counts_them_whatever_the_last_digit():
    one, other = np.zeros((2, 9, 20), np.int32)
    one[:, :10], other[:, :13] = 1, 1
    for um, pixel in ((0.96, 0.32), (0.24, 0.08), (0.3, 0.1)):
        assert scores(one, other, um / pixel)["BoundaryF1"] == 1
    assert scores(one, other, 2.99)["BoundaryF1"] == 0


def test_without_tolerance_there_is_no_boundary_score():
    assert math.isnan(agreement(image("11."), image("11.")).scores()["BoundaryF1"])


def test_the_edge_of_the_image_is_no_boundary():
    assert math.isnan(scores(image("11", "11"), image("22", "22"))["BoundaryF1"])
    assert scores(image("11", "11"), image("22", "22"))["AP"] == 1


def test_border_objects_are_excluded_with_what_they_match():
    reference = image(
        "11.....",
        "11.....",
        "....222",
        "....222",
        ".......",
        ".33....",
        ".......",
    )
    predicted = image(
        ".......",
        "77.....",
        "....88.",
        "....88.",
        ".......",
        ".99....",
        ".......",
    )
    one, other = without_border(predicted, reference)
    # 7 touches the edge itself; 8 does not, but it matches 2, which does.
    assert (one > 0).tolist() == (predicted == 9).tolist()
    assert (other > 0).tolist() == (reference == 3).tolist()


def test_an_object_that_lies_in_a_border_object_without_matching_it_counts():
    reference = image("11111", "11111", ".....", ".....", ".....")
    predicted = image(".....", ".77..", ".....", ".....", ".....")
    one, other = without_border(predicted, reference)
    assert not other.any()
    assert np.count_nonzero(one) == 2


@given(MASKS, MASKS)
def test_excluding_border_objects_is_the_same_the_other_way_round(predicted, reference):
    one, other = without_border(predicted, reference)
    back = without_border(reference, predicted)
    np.testing.assert_array_equal(one, back[1])
    np.testing.assert_array_equal(other, back[0])
    for mask in (one, other):
        assert not np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).any()
