"""The point of a cell where lines converge."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.layout import CropLayout

TIE = 1e-9


@njit(cache=True, nogil=True)
def _convergence(
    r: int,
    c: int,
    strength: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    reach: float,
) -> float:
    """Mean of cos 2(φ − ψ), ψ the direction to (r, c), over the ridges within `reach` pixels."""
    rows, columns = strength.shape
    span = int(reach)
    towards, total = 0.0, 0.0
    for row in range(max(0, r - span), min(rows, r + span + 1)):
        y = float(row - r)
        for column in range(max(0, c - span), min(columns, c + span + 1)):
            x = float(column - c)
            square = y * y + x * x
            weight = strength[row, column]
            if weight == 0.0 or square == 0.0 or square > reach * reach:
                continue
            weight /= np.sqrt(square)
            agreement = cosine[row, column] * (y * y - x * x) + sine[row, column] * 2.0 * y * x
            towards += weight * agreement / square
            total += weight
    return towards / total if total > 0.0 else 0.0


@njit(cache=True, nogil=True)
def convergence_points(
    image: NDArray[np.float64],
    strength: NDArray[np.float64],
    cosine: NDArray[np.float64],
    sine: NDArray[np.float64],
    zone: NDArray[np.bool_],
    starts: NDArray[np.int64],
    shape: NDArray[np.int64],
    reach: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (n, 2) row and column of the point in `zone`, and (n,) its convergence −1…1.

    Of the local maxima of `image` in the zone, the one with the greatest image·(1 + convergence);
    equal ones are averaged, so no order of pixels decides. NaN where the zone is dark.
    """
    places = np.full((starts.size - 1, 2), np.nan)
    found = np.full(starts.size - 1, np.nan)
    for cell in range(starts.size - 1):
        rows, columns = shape[cell]
        window = slice(starts[cell], starts[cell + 1])
        strong = strength[window].reshape(rows, columns)
        cosines, sines = cosine[window].reshape(rows, columns), sine[window].reshape(rows, columns)
        best, ties = 0.0, 0
        row, column, convergence = 0.0, 0.0, 0.0
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = starts[cell] + r * columns + c
                if not zone[at] or image[at] <= 0.0:
                    continue
                highest = True
                for dr in (-1, 0, 1):
                    for dc in (-1, 0, 1):
                        other = at + dr * columns + dc
                        if zone[other] and image[other] > image[at] * (1.0 + TIE):
                            highest = False
                if not highest:
                    continue
                here = _convergence(r, c, strong, cosines, sines, reach[cell])
                score = image[at] * (1.0 + here)
                if score > best * (1.0 + TIE):
                    best, ties = score, 0
                    row, column, convergence = 0.0, 0.0, 0.0
                if score >= best * (1.0 - TIE) and score > 0.0:
                    ties += 1
                    row += r
                    column += c
                    convergence += here
        if ties > 0:
            places[cell, 0], places[cell, 1] = row / ties, column / ties
            found[cell] = convergence / ties
    return places, found


def organising_centres(
    image: NDArray[np.float64],
    edge: NDArray[np.float64],
    lines: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    zone: NDArray[np.bool_],
    reach_um: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 2): row and column of the point where `lines` converge, NaN where unknown.

    The place in `zone` with the greatest image · √edge · (1 + convergence); `edge` is the
    distance to the cell edge, `lines` are strength, cosine and sine; see `convergence_points`.
    """
    place, _ = convergence_points(
        image * np.sqrt(edge), *lines, zone, layout.starts, layout.shape, reach_um / layout.step_um
    )
    return place
