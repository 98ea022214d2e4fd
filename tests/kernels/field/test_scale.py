"""Planes made coarser and labels made finer, against NumPy and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage as ndi
from skimage.transform import resize

from hpa_features.kernels.cpu.field.scale import block_means, enlarged
from hpa_features.kernels.cpu.field.smooth import gaussian

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=30)
FACTORS = st.integers(2, 6)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@given(SHAPES, FACTORS, SEEDS)
def test_block_means_are_numpys(dtype, shape, factor, seed):
    plane = np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype)
    padded = np.pad(plane, [(0, -n % factor) for n in shape], mode="edge")
    blocks = padded.reshape(padded.shape[0] // factor, factor, -1, factor)
    expected = blocks.mean(axis=(1, 3), dtype=np.float32)
    assert np.array_equal(block_means(plane, factor), expected)


@given(SHAPES, FACTORS, SEEDS, st.integers(0, 5), st.integers(0, 5))
def test_outlines_are_where_the_resized_mask_passes_a_half(shape, factor, seed, less, fewer):
    random = np.random.default_rng(seed)
    mask = ndi.uniform_filter(random.random(shape), 3) > 0.5
    share = gaussian(mask.astype(np.float32), 1.0, "edge")
    label = random.integers(1, 9, shape, dtype=np.int32)
    whole = [n * factor for n in shape]
    rows, columns = whole[0] - less % factor, whole[1] - fewer % factor
    fine = resize(share, whole, order=1, mode="edge", anti_aliasing=False) > 0.5
    expected = np.where(fine, label.repeat(factor, 0).repeat(factor, 1), 0)
    assert np.array_equal(
        enlarged(share, label, factor, (rows, columns)), expected[:rows, :columns]
    )
