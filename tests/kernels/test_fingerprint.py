"""Hashes of planes against the formula, and the search for close ones against all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import perceptual_hash as oracle
from scipy import ndimage as ndi

from hpa_features.kernels.cpu.fingerprint import close_pairs, perceptual_hash


def texture(seed, shape=(96, 96), dtype=np.uint8):
    noise = ndi.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 6)
    span = (noise - noise.min()) / np.ptp(noise)
    return np.round(span * 0.8 * np.iinfo(dtype).max).astype(dtype)


def apart(first, second):
    return int(perceptual_hash(first) ^ perceptual_hash(second)).bit_count()


@pytest.mark.parametrize(("shape", "dtype"), [((40, 50), np.uint8), ((64, 64), np.uint16)])
def test_the_hash_is_that_of_the_formula(shape, dtype):
    plane = texture(3, shape, dtype)
    assert int(perceptual_hash(plane)) == oracle.perceptual_hash(plane.tolist())


def test_half_of_the_bits_are_set():
    assert int(perceptual_hash(texture(0))).bit_count() == 32


def test_gain_offset_depth_and_size_change_next_to_nothing():
    plane = texture(1)
    assert apart(plane, (plane // 2 + 40).astype(np.uint8)) <= 2
    assert apart(plane, plane.astype(np.uint16) * 257) == 0
    assert apart(plane, np.kron(plane, np.ones((4, 4), np.uint8))) == 0


def test_other_views_and_turned_ones_are_far():
    plane = texture(1)
    assert apart(plane, texture(2)) > 16
    assert apart(plane, np.rot90(plane)) > 16


def test_a_plane_of_one_value_has_no_bits():
    assert perceptual_hash(np.full((50, 60), 7, np.uint8)) == 0
    assert perceptual_hash(np.zeros((50, 60), np.uint16)) == 0


def all_pairs(hashes, most):
    """Pairs by the definition, in Python."""
    rows = [tuple(int(word) for word in column) for column in hashes.T]
    return {
        (i, j)
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
        if any(rows[i])
        and any(rows[j])
        and all((a ^ b).bit_count() <= most for a, b in zip(rows[i], rows[j]))
    }


def clusters(rows, channels, seed):
    """Hashes around a few centres, some blank, so that there are close ones."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, (channels, 4), dtype=np.uint64)
    hashes = centres[:, rng.integers(0, 4, rows)]
    for _ in range(4):
        hashes ^= np.uint64(1) << rng.integers(0, 64, hashes.shape, dtype=np.uint64)
    hashes[:, rng.random(rows) < 0.1] = 0
    return hashes


@given(st.integers(0, 40), st.integers(1, 4), st.integers(0, 12), st.integers(0, 99))
@settings(max_examples=40)
def test_pairs_are_those_of_all_comparisons(rows, channels, most, seed):
    hashes = clusters(rows, channels, seed)
    pairs = close_pairs(hashes, most, rows, 0, rows)
    assert len(pairs) == len(all_pairs(hashes, most))
    assert set(map(tuple, pairs.tolist())) == all_pairs(hashes, most)


def components(pairs, rows):
    sets = [{row} for row in range(rows)]
    for i, j in pairs:
        if sets[i] is not sets[j]:
            sets[i] |= sets[j]
            for row in sets[j]:
                sets[row] = sets[i]
    return {frozenset(each) for each in sets}


@given(st.integers(2, 60), st.integers(0, 99))
@settings(max_examples=30)
def test_a_short_list_and_pieces_give_the_same_components(rows, seed):
    hashes = clusters(rows, 2, seed)
    whole = components(all_pairs(hashes, 8), rows)
    short = [close_pairs(hashes, 8, 1, at, at + 7) for at in range(0, rows, 7)]
    listed = [tuple(pair) for piece in short for pair in piece.tolist()]
    assert set(listed) <= all_pairs(hashes, 8)
    assert components(listed, rows) == whole


def test_equal_rows_are_not_listed_pair_by_pair():
    hashes = np.full((2, 3000), 5, np.uint64)
    pairs = close_pairs(hashes, 0, 3, 0, 3000)
    assert len(pairs) < 4 * 3000
    assert len(components(pairs.tolist(), 3000)) == 1
