"""Likeness of views: 1 for the same one, moved or not; about 0 for others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from hpa_features.kernels.cpu.image_likeness import fine_detail, likeness


def view(seed, shape=(256, 256)):
    noise = ndi.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 4)
    return np.clip(120 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)


def details(*planes):
    return np.array([fine_detail(plane) for plane in planes])


def test_detail_has_norm_one_and_a_flat_plane_none():
    assert np.linalg.norm(fine_detail(view(0))) == pytest.approx(1, abs=1e-6)
    assert not fine_detail(np.full((80, 90), 9, np.uint8)).any()


def test_the_overlay_is_the_correlation_at_the_best_shift():
    first, second = details(view(0), view(1)), details(view(2), view(3))
    by_shift = [
        float((np.roll(first, (rows, columns), (1, 2)) * second).sum()) / 2
        for rows in range(-5, 6)
        for columns in range(-5, 6)
    ]
    assert likeness(first, second) == pytest.approx(max(by_shift), abs=1e-5)


def test_the_same_view_is_alike_and_others_are_not():
    mine = details(view(0), view(1))
    assert likeness(mine, mine) == pytest.approx(1, abs=1e-5)
    assert likeness(mine, details(view(2), view(3))) < 0.4
    assert likeness(mine, details(view(0)[8:, 8:], view(1)[8:, 8:])) > 0.8


def test_channels_that_are_flat_in_either_do_not_count():
    flat = np.zeros((256, 256), np.uint8)
    assert likeness(details(view(0), flat), details(view(0), view(1))) == pytest.approx(1, abs=1e-5)
    assert likeness(details(flat), details(flat)) == 0
