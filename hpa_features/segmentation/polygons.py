"""Label images → polygons, for programs that keep objects as outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import find_contours, points_in_poly

from hpa_features.core.outlines import Points, Polygon


def polygons(labels: NDArray[np.integer]) -> dict[int, tuple[Polygon, ...]]:
    """Return the polygons of each label, the largest first.

    The outline passes midway between pixels inside and outside, so that exactly the centres of the
    label's pixels lie in it. Parts that touch at corners only are polygons of their own.
    """
    found = {}
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is not None:
            corner = np.array([place[1].start, place[0].start])
            found[label] = _polygons(labels[place] == label, corner)
    return found


def _polygons(region: NDArray[np.bool_], corner: NDArray[np.int64]) -> tuple[Polygon, ...]:
    padded = np.pad(region, 1).astype(np.float64)
    lines = [line[:, ::-1] - 0.5 + corner for line in find_contours(padded, 0.5)]
    areas = [_signed_area(line) for line in lines]
    order = np.argsort([-abs(area) for area in areas], kind="stable").tolist()
    # The largest is an outline; holes turn the other way.
    turn = np.sign(areas[order[0]])
    outer = [lines[at] for at in order if np.sign(areas[at]) == turn]
    holes: list[list[Points]] = [[] for _ in outer]
    for at in order:
        if np.sign(areas[at]) != turn:
            # The smallest around it: a part may lie in the hole of another.
            around = [n for n, line in enumerate(outer) if points_in_poly(lines[at][:1], line)[0]]
            holes[around[-1]].append(lines[at])
    return tuple(Polygon(line, tuple(inner)) for line, inner in zip(outer, holes))


def _signed_area(line: Points) -> float:
    """Shoelace formula."""
    x, y = line.T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)
