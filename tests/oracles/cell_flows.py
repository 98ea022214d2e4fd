"""Flows of labels and labels of flows from their definitions (Stringer et al. 2021, Methods)."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi


def flow_of_labels(labels: np.ndarray) -> np.ndarray:
    """Return (rows, columns, 2) unit steps up the heat that spreads from each label's centre.

    NaN where heat is level but for rounding, which decides the direction there.
    """
    flow = np.zeros((*labels.shape, 2))
    for number in np.unique(labels[labels > 0]):
        mask = np.pad(labels == number, 1)
        places = np.argwhere(mask)
        middle = places.mean(axis=0)
        centre = tuple(places[((places - middle) ** 2).sum(axis=1).argmin()])
        extent = np.ptp(places, axis=0) + 1
        heat = np.zeros(mask.shape)
        for _ in range(2 * int(extent.sum() + 4)):
            heat[centre] += 1
            heat = ndi.uniform_filter(heat, 3, mode="constant") * mask
        for row, column in places:
            step = np.array(
                [
                    heat[row + 1, column] - heat[row - 1, column],
                    heat[row, column + 1] - heat[row, column - 1],
                ]
            )
            slope = np.hypot(*step)
            level = slope < 1e-9 * heat[row, column]
            flow[row - 1, column - 1] = np.nan if level else step / slope
    return flow


def path_end(flow: np.ndarray, row: int, column: int, steps: int) -> tuple[float, float]:
    """Return where a path of single steps from a pixel ends, with SciPy's interpolation."""
    place = np.array([row, column], float)
    highest = np.array(flow.shape[:2]) - 1
    for _ in range(steps):
        at = place[:, None]
        step = [ndi.map_coordinates(flow[..., k], at, order=1, mode="nearest")[0] for k in (0, 1)]
        place = np.clip(place + step, 0, highest)
    return float(place[0]), float(place[1])
