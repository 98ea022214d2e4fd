from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.simulate import outlines


def area(radii):
    return 0.5 * np.sum(radii**2) * 2 * np.pi / outlines.ANGLES


@given(st.floats(1.0, 4.0), st.floats(0, np.pi))
def test_an_ellipse_has_unit_area_and_its_axis_ratio(ratio, angle):
    radii = outlines.ellipse(ratio, angle)
    assert abs(area(radii) - 1) < 1e-3
    assert abs(radii.max() / radii.min() - ratio) < 0.01 * ratio


@given(st.floats(1.0, 2000.0), st.integers(0, 50))
def test_an_outline_scaled_to_an_area_encloses_it(wanted, seed):
    ripples = outlines.ripples(6, 0.1, 1.0, np.random.default_rng(seed))
    assert np.isclose(area(outlines.scaled_to_area(np.exp(ripples), wanted)), wanted)


def test_a_square_seen_from_its_centre():
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
    radii = outlines.polygon(corners, np.zeros(4))
    assert np.isclose(radii.min(), 1, atol=1e-3)
    assert np.isclose(radii.max(), np.sqrt(2), atol=1e-2)
    assert np.isclose(area(radii), 4, rtol=1e-3)


def test_hollow_edges_stay_inside_straight_ones():
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
    straight = outlines.polygon(corners, np.zeros(4))
    hollow = outlines.polygon(corners, np.full(4, 0.3))
    assert (hollow <= straight + 1e-12).all()
    assert area(hollow) < 0.8 * area(straight)


def test_corners_on_one_side_give_a_finite_outline():
    radii = outlines.polygon(np.array([[1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]), np.zeros(3))
    assert np.isfinite(radii).all()
    assert radii.max() <= np.sqrt(2) + 1e-9


def test_a_circle_is_nowhere_slanted():
    assert np.allclose(outlines.slant(np.full(outlines.ANGLES, 3.0)), 1)


def test_slant_turns_radial_into_true_distance():
    # On the line x = 1, seen at 45°, the radius makes cos 45° with the normal.
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
    at_30_degrees = round(30 / 360 * outlines.ANGLES)
    angle = outlines.DIRECTIONS[at_30_degrees]
    cosine = outlines.slant(outlines.polygon(corners, np.zeros(4)))[at_30_degrees]
    assert np.isclose(cosine, np.cos(angle), atol=1e-3)


def test_directions_count_from_x_towards_growing_y():
    y, x = np.array([0, 1, 0, -1], np.float32), np.array([1, 0, -1, 0], np.float32)
    quarter = outlines.ANGLES // 4
    assert outlines.angle_index(y, x).tolist() == [0, quarter, 2 * quarter, 3 * quarter]
