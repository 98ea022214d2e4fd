"""The point of a cell where lines converge."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.directions import Ridges
from hpa_features.kernels.cpu.each import each
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


@each
@njit(cache=True, nogil=True)
def organising_centres(
    light: NDArray[np.float64],
    edge: NDArray[np.float64],
    lines: Ridges,
    zone: NDArray[np.bool_],
    reach_um: float,
    layout: CropLayout,
) -> NDArray[np.float64]:
    """Return (n, 2): row and column of the point of a zone where lines converge, NaN if dark.

    Of the local maxima of light · √(distance to the cell edge) in the zone, the one with the
    greatest product of that with (1 + convergence); equal ones are averaged, so no order of pixels
    decides. `lines` are what `ridges` gives.
    """
    cosine, sine, strength, _, _ = lines
    image = light * np.sqrt(edge)
    places = np.full((layout.starts.size - 1, 2), np.nan)
    for cell in range(layout.starts.size - 1):
        rows, columns = layout.shape[cell]
        reach = reach_um / layout.step_um[cell]
        window = slice(layout.starts[cell], layout.starts[cell + 1])
        strong = strength[window].reshape(rows, columns)
        cosines, sines = cosine[window].reshape(rows, columns), sine[window].reshape(rows, columns)
        best, ties = 0.0, 0
        row, column = 0.0, 0.0
        for r in range(1, rows - 1):
            for c in range(1, columns - 1):
                at = layout.starts[cell] + r * columns + c
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
                here = _convergence(r, c, strong, cosines, sines, reach)
                score = image[at] * (1.0 + here)
                if score > best * (1.0 + TIE):
                    best, ties = score, 0
                    row, column = 0.0, 0.0
                if score >= best * (1.0 - TIE) and score > 0.0:
                    ties += 1
                    row += r
                    column += c
        if ties > 0:
            places[cell, 0], places[cell, 1] = row / ties, column / ties
    return places
