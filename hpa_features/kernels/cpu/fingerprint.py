"""Perceptual hashes: 64 bits of a plane that copies of it share, and the search for close ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import intrinsic
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn

from hpa_features.kernels.cpu.unions import root_of

_EDGE = 32  # the plane is shrunk to this many rows and columns
_LOW = 8  # rows and columns of its lowest frequencies: 64 bits
_FEW = 1024  # pairs that there is room for at first
_BLOCK = 1024  # rows that are looked at in one channel before any other channel is


def perceptual_hash(plane: NDArray[np.uint8] | NDArray[np.uint16]) -> np.uint64:
    """Return the DCT hash of a plane; 0 where all pixels are equal.

    Means of 32 × 32 tiles (of pixels whose centres lie in them), DCT-II along both axes, the 8 × 8
    lowest frequencies; a bit states whether a coefficient lies above their median, row by row, the
    first bit highest (Zauner 2010, section 3.2.1, as the Python package imagehash orders it, which
    shrinks by Lanczos). A gain, an offset or another size hardly change it; a turned or mirrored
    plane has another.
    """
    if plane.min() == plane.max():
        return np.uint64(0)
    shrunk = Image.fromarray(plane.astype(np.float32)).resize((_EDGE, _EDGE), Image.Resampling.BOX)
    low = dctn(np.asarray(shrunk, np.float64))[:_LOW, :_LOW]
    return np.uint64(int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big"))


def _count_bits(_context: Any, word: Any) -> Any:
    return word(word), lambda _c, builder, _s, arguments: builder.ctpop(arguments[0])


_ones: Any = intrinsic(_count_bits)
"""The number of set bits of a word: one instruction, on some processors for eight words."""


@njit(cache=True, nogil=True)
def close_pairs(
    hashes: NDArray[np.uint64], most: int, listed: int, first: int, last: int
) -> NDArray[np.int64]:
    """Return (pairs, 2) int64: rows i < j whose hashes differ in at most `most` bits per channel.

    Every pair is compared: at a distance that includes real copies (16 of 64 bits) no exact index
    excludes many, and a comparison takes under a nanosecond.

    Parameters
    ----------
    hashes
        (channels, n) uint64. A row whose hashes are all 0 is close to none.
    most
        Greatest distance in bits, in every channel.
    listed
        So many pairs are listed for each i; beyond, only those that connect what is not yet
        connected. So n equal rows give under n·(`listed` + 1) pairs, not n²/2, and the same
        components.
    first, last
        Only pairs with `first` ≤ i < `last`, so that the work can be cut.
    """
    n = hashes.shape[1]
    limit = np.uint64(most)
    pairs = np.empty((_FEW, 2), np.int64)
    parents = np.arange(n)
    count = 0
    for i in range(first, min(last, n)):
        if _is_blank(hashes, i):
            continue
        found = 0
        for start in range(i + 1, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            if not _count_near(hashes[0], i, start, stop, limit):
                continue
            for j in range(start, stop):
                if not _is_close(hashes, i, j, limit) or _is_blank(hashes, j):
                    continue
                a, b = root_of(parents, i), root_of(parents, j)
                if found >= listed and a == b:
                    continue
                parents[b] = a
                found += 1
                if count == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                pairs[count, 0], pairs[count, 1] = i, j
                count += 1
    return pairs[:count]


@njit(cache=True, nogil=True)
def _count_near(words: NDArray[np.uint64], i: int, start: int, stop: int, limit: np.uint64) -> int:
    # Without branches, so that the compiler takes several words at once.
    here = words[i]
    near = 0
    for j in range(start, stop):
        near += int(_ones(here ^ words[j]) <= limit)
    return near


@njit(cache=True, nogil=True)
def _is_close(hashes: NDArray[np.uint64], i: int, j: int, limit: np.uint64) -> bool:
    for channel in range(len(hashes)):
        if _ones(hashes[channel, i] ^ hashes[channel, j]) > limit:
            return False
    return True


@njit(cache=True, nogil=True)
def _is_blank(hashes: NDArray[np.uint64], row: int) -> bool:
    for channel in range(len(hashes)):
        if hashes[channel, row] != 0:
            return False
    return True
