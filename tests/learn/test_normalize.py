from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.tables import Column, FeatureTable
from hpa_features.learn.normalize import FEWEST_ROWS, PlateScales, plates_of

PLATES = ("b",) * 25 + ("a",) * 30 + ("b",) * 16
ALL = np.arange(len(PLATES))


def made_values(seed=0, columns=4):
    rng = np.random.default_rng(seed)
    values = rng.lognormal(size=(len(PLATES), columns)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


def fit(values, train=ALL, plates=PLATES):
    return PlateScales.fit(values, plates, "Plate", train)


def test_scores_are_those_of_scipy_plate_by_plate():
    values = made_values()
    scored = fit(values).apply(values, PLATES)
    assert scored.dtype == np.float32
    for plate in "ab":
        rows = np.array(PLATES) == plate
        spread = median_abs_deviation(values[rows], nan_policy="omit", scale=1 / 1.4826)
        wanted = (values[rows] - np.nanmedian(values[rows], axis=0)) / spread
        np.testing.assert_allclose(scored[rows], wanted, rtol=1e-5, atol=1e-6)


def test_a_column_that_hardly_varies_is_divided_by_its_deviation_or_by_one():
    values = np.zeros((len(PLATES), 3), np.float32)
    values[:5, 0] = 7  # plate b: MAD 0, SD not
    values[:, 1] = 3
    values[:, 2] = np.nan
    scales = fit(values)
    np.testing.assert_allclose(scales.scales[1], [np.std([7] * 5 + [0] * 36), 1, 1], rtol=1e-6)
    np.testing.assert_array_equal(scales.medians, [[0, 3, np.nan]] * 2)
    scored = scales.apply(values + 1, PLATES)
    np.testing.assert_array_equal(scored[:, 1], 1)
    assert np.isnan(scored[:, 2]).all()


def test_a_plate_without_values_in_training_gives_none_later():
    values = made_values()
    values[np.array(PLATES) == "a", 1] = np.nan
    scored = fit(values).apply(np.ones_like(values), PLATES)
    np.testing.assert_array_equal(np.isnan(scored[:, 1]), np.array(PLATES) == "a")


@settings(max_examples=25)
@given(
    shift=st.integers(-8, 8),
    gain=st.sampled_from((0.25, 0.5, 2.0, 4.0)),
    seed=st.integers(0, 99),
)
def test_shift_and_gain_of_a_plate_change_nothing(shift, gain, seed):
    values = np.round(made_values(seed), 2) * 128
    moved = np.where(np.array(PLATES)[:, None] == "a", values * gain + shift, values)
    one, two = (fit(each).apply(each, PLATES) for each in (values, moved.astype(np.float32)))
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)


def test_the_order_of_rows_does_not_matter():
    values = made_values()
    order = np.random.default_rng(1).permutation(len(values))
    turned = tuple(PLATES[row] for row in order)
    one = fit(values).apply(values, PLATES)
    np.testing.assert_array_equal(
        fit(values[order], plates=turned).apply(values[order], turned), one[order]
    )


def test_held_out_rows_of_a_known_plate_teach_nothing():
    values, held = made_values(), np.array([0, 3, 27, 60])
    train = np.setdiff1d(ALL, held)
    other = values.copy()
    other[held] = 1e6
    one, two = fit(values, train), fit(other, train)
    np.testing.assert_array_equal(one.medians, two.medians)
    np.testing.assert_array_equal(one.scales, two.scales)


def test_a_plate_that_is_held_out_is_seen_by_its_own_rows():
    """As a new plate is; with a row too few in training it counts as held out."""
    values = made_values()
    rows = np.flatnonzero(np.array(PLATES) == "a")
    alone = PlateScales.fit(values[rows], ("a",) * len(rows), "Plate", np.arange(len(rows)))
    for train in (np.setdiff1d(ALL, rows), np.setdiff1d(ALL, rows[: len(rows) - FEWEST_ROWS + 1])):
        np.testing.assert_array_equal(fit(values, train).medians[0], alone.medians[0])
    enough = np.setdiff1d(ALL, rows[: len(rows) - FEWEST_ROWS])
    assert (fit(values, enough).medians[0] != alone.medians[0]).any()


def test_a_new_plate_is_its_own_statistics():
    values = made_values()
    scales = fit(values)
    new = made_values(5) * 100 - 7
    plates = ("new",) * 21 + PLATES[21:]
    scored = scales.apply(new, plates)
    np.testing.assert_allclose(np.nanmedian(scored[:21], axis=0), 0, atol=1e-4)
    np.testing.assert_array_equal(scored[21:], scales.apply(new[21:], PLATES[21:]))


def test_a_small_plate_is_named_with_what_to_do():
    scales = fit(made_values())
    with pytest.raises(DataError, match=r"within Plate: 'new' \(19\); .* not in training") as error:
        scales.apply(made_values()[:19], ("new",) * 19)
    assert "at least 20 rows" in error.value.message
    assert "Add more rows" in error.value.hint
    assert scales.apply(made_values()[:1], ("a",)).shape == (1, 4)
    with pytest.raises(DataError, match=r"'c' \(1\); a Plate needs"):
        fit(made_values(), plates=("c", *PLATES[1:]))


def test_no_value_becomes_infinite():
    values = np.zeros((len(PLATES), 1), np.float32)
    values[::2] = 1e-38
    assert np.isfinite(fit(values).apply(np.full_like(values, 3e38), PLATES)).all()


def test_scales_of_the_largest_values_stay_finite():
    values = np.full((len(PLATES), 1), -3e38, np.float32)
    values[::2] = 3e38
    scales = fit(values)
    assert np.isfinite(scales.scales).all()
    assert np.isfinite(scales.apply(values, PLATES)).all()


def test_no_rows_give_no_scores():
    assert fit(made_values()).apply(np.empty((0, 4), np.float32), ()).shape == (0, 4)


def test_plates_are_read_from_the_table_and_gaps_are_named():
    table = FeatureTable(
        ("r1", "r2"),
        (Column("x", "x"),),
        np.zeros((2, 1), np.float32),
        {"Plate": ("p", "q"), "Well": ("A1", "")},
    )
    assert plates_of(table, "Metadata_Plate") == plates_of(table, "plate") == ("p", "q")
    with pytest.raises(DataError, match="1 rows have no Well to be normalized within: r2"):
        plates_of(table, "Well")
    with pytest.raises(UsageError, match=r"within Run, but the table has no such column; .*Plate"):
        plates_of(table, "Run")


def test_scales_that_know_a_new_plate_treat_its_rows_one_by_one_as_together():
    values, scales = made_values(), fit(made_values())
    new, plates = made_values(1), ("new",) * 30 + PLATES[30:]
    together = scales.apply(new, plates)
    known = scales.knowing(new, plates)
    one_by_one = np.vstack([known.apply(new[at : at + 1], plates[at : at + 1]) for at in ALL])
    np.testing.assert_array_equal(one_by_one, together)
    np.testing.assert_array_equal(known.apply(values, PLATES), scales.apply(values, PLATES))
    with pytest.raises(DataError, match="at least 20"):
        scales.apply(new[:1], plates[:1])
