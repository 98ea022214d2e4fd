from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from hpa_features.simulate.planes import band_noise, block_mean, enlarge, smooth_noise


@pytest.mark.parametrize("make", [band_noise, smooth_noise])
def test_noise_has_the_scale_that_was_asked_for(make):
    fine, coarse = (
        make((256, 256), 0.16, (scale, 3 * scale), np.random.default_rng(1)) for scale in (0.4, 1.2)
    )

    def rough(plane):
        return np.std(np.diff(plane, axis=0)) / np.std(plane)

    assert abs(float(fine.mean())) < 0.05
    assert 0.8 < float(fine.std()) < 1.2
    assert 2 < rough(fine) / rough(coarse) < 4


def test_noise_is_independent_of_the_render_pixel_in_spread():
    for step in (0.08, 0.16):
        assert np.isclose(band_noise((200, 300), step, (0.3, 1), np.random.default_rng(0)).std(), 1)


def test_block_mean_is_the_mean_of_blocks():
    plane = np.arange(36, dtype=np.float32).reshape(6, 6)
    means = block_mean(plane, 3)
    assert means.tolist() == [[7.0, 10.0], [25.0, 28.0]]
    assert block_mean(plane, 1) is plane


def test_block_mean_takes_cut_blocks():
    assert block_mean(np.full((5, 7), 2, np.float32), 3).tolist() == [[2.0] * 3] * 2


def test_enlarging_is_linear_and_keeps_constants():
    assert (enlarge(np.full((3, 4), 5, np.float32), 4, (11, 16)) == 5).all()
    ramp = np.arange(5, dtype=np.float32)[None].repeat(2, axis=0)
    large = enlarge(ramp, 4, (8, 20))
    assert np.allclose(np.diff(large[0])[2:-2], 0.25)
    oracle = ndimage.zoom(ramp, (4, 4), order=1, mode="nearest", grid_mode=True)
    assert np.allclose(large, oracle, atol=1e-5)
