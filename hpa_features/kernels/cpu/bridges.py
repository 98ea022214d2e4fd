"""What lies between two nuclei, along the line that joins their middles."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

CORE_UM, FLANK_UM, OUT_UM = 0.6, 1.2, 2.4  # aside: core up to 0.6, flanks from 1.2 to 2.4
MIDDLE_UM = 1.0
BIN_UM = 0.6
BINS = 64  # on either side: enough for 38 µm
EDGE = 1e-9  # a pixel on a border lies inside, whichever way the field is turned


@njit(cache=True, nogil=True)
def _between(
    at: int, labels: NDArray[np.int32], nuclei: NDArray[np.bool_], owner: NDArray[np.int64]
) -> bool:
    """Whether a pixel is neither of a nucleus nor of a third cell."""
    label = labels[at]
    return not nuclei[at] and (label == 0 or label == owner[0] + 1 or label == owner[1] + 1)


@njit(cache=True, nogil=True)
def _axis(ends: NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    """Middle row and column, unit vector to the second end, half the length, all in pixels."""
    down, across = ends[1, 0] - ends[0, 0], ends[1, 1] - ends[0, 1]
    length = max(np.hypot(down, across), 1e-9)
    middle = 0.5 * (ends[0] + ends[1])
    return middle[0], middle[1], down / length, across / length, 0.5 * length


@njit(cache=True, nogil=True)
def _pixels_between(
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    owner: NDArray[np.int64],
    ends: NDArray[np.float64],
    start: int,
    shape: NDArray[np.int64],
    um: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (k,) positions and (k, 2) µm along and aside of the axis of what `_between` keeps.

    Lengths along the axis are counted from halfway between both nuclei on it.
    """
    row0, col0, down, across, half = _axis(ends)
    reach = OUT_UM / um + 1.0
    tall, wide = abs(down) * half + reach, abs(across) * half + reach
    top, bottom = max(int(row0 - tall), 0), min(int(row0 + tall) + 2, shape[0])
    left, right = max(int(col0 - wide), 0), min(int(col0 + wide) + 2, shape[1])
    found = np.empty(max(bottom - top, 0) * max(right - left, 0), np.int64)
    place = np.empty((found.size, 2))
    count = 0
    low, high = np.inf, -np.inf
    for r in range(top, bottom):
        for c in range(left, right):
            y, x = r - row0, c - col0
            ahead, aside = (y * down + x * across) * um, abs(x * down - y * across) * um
            at = start + r * shape[1] + c
            if abs(ahead) > half * um + EDGE or aside > OUT_UM + EDGE:
                continue
            if not _between(at, labels, nuclei, owner):
                continue
            found[count], place[count, 0], place[count, 1] = at, ahead, aside
            count += 1
            if aside <= CORE_UM + EDGE:
                low, high = min(low, ahead), max(high, ahead)
    if low <= high:
        place[:count, 0] -= 0.5 * (low + high)
    return found[:count], place[:count]


@njit(cache=True, nogil=True)
def _add(row: NDArray[np.float64], zone: np.int64, protein: float, microtubules: float) -> None:
    row[zone] += 1.0
    row[zone + 1] += protein
    row[zone + 2] += microtubules


@njit(cache=True, nogil=True)
def bridge_sums(
    protein: NDArray[np.uint16],
    microtubules: NDArray[np.uint16],
    labels: NDArray[np.int32],
    nuclei: NDArray[np.bool_],
    owner: NDArray[np.int64],
    ends: NDArray[np.float64],
    start: NDArray[np.int64],
    shape: NDArray[np.int64],
    pixel_um: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return (m, 14) for m pairs of nuclei, over native pixels of no nucleus and no third cell.

    For core, flanks and the core's middle: pixels, Σ protein, Σ microtubules (0–8); the highest
    mean of protein in 0.6 µm of the core's length (9); up to 2.4 µm aside pixels, Σ aside²,
    Σ microtubules, Σ microtubules·aside² (10–13), aside in µm.

    Parameters
    ----------
    protein, microtubules, labels, nuclei
        Flat planes of the batch.
    owner, ends
        (m, 2) the two cells from 0, and (m, 2, 2) row and column of both nuclear centroids.
    start, shape, pixel_um
        (m,), (m, 2), (m,) of the pair's field.
    """
    out = np.zeros((owner.shape[0], 14))
    for pair in range(owner.shape[0]):
        bins = np.zeros((2, 2 * BINS + 1))
        found, place = _pixels_between(
            labels, nuclei, owner[pair], ends[pair], start[pair], shape[pair], pixel_um[pair]
        )
        for at in range(found.size):
            along, aside = place[at]
            p, m = float(protein[found[at]]), float(microtubules[found[at]])
            out[pair, 10] += 1.0
            out[pair, 11] += aside * aside
            out[pair, 12] += m
            out[pair, 13] += m * aside * aside
            if aside >= FLANK_UM - EDGE:
                _add(out[pair], np.int64(3), p, m)
            if aside > CORE_UM + EDGE:
                continue
            _add(out[pair], np.int64(0), p, m)
            if abs(along) <= MIDDLE_UM + EDGE:
                _add(out[pair], np.int64(6), p, m)
            # Bins lie alike about the middle, so either nucleus may come first.
            number = min(int((abs(along) + 0.5 * BIN_UM) / BIN_UM + EDGE), BINS)
            number = BINS + number if along > 0 else BINS - number
            bins[0, number] += 1.0
            bins[1, number] += p
        for number in range(bins.shape[1]):
            if bins[0, number] > 0.0:
                out[pair, 9] = max(out[pair, 9], bins[1, number] / bins[0, number])
    return out
