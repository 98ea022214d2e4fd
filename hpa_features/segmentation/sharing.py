"""Which nuclei share one cell: lobes, multinucleate cells, cells that touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.regions import (
    Contact,
    Union,
    areas,
    contacts,
    on_edge,
    quantile_by_label,
)

PART = 0.5  # a nucleus of its own has this share of the median area, or of the median DNA
NEAR_UM = 3.0  # nuclei of one cell lie side by side
AROUND_UM = 2.0  # the stain this near to a nucleus is its peak
PEAK = 0.95  # quantile that stands for the peak: the very highest pixel is noise
FRONT = 0.5  # nuclei that press on each other touch along this share of the slimmer radius
# Nuclei that press on each other mostly share a cell (lobes, daughters): on real fields their
# border had 0.37-0.78 of the lower peak in one cell, 0.30-0.32 between two cells.
# Nuclei that lie apart mostly don't: where cells are crowded, ER and Microtubules run into one
# another and keep up to 0.92 of the lower peak between two cells.
VALLEY_TOUCHING = 0.35
VALLEY_APART = 0.95


@dataclass(frozen=True, slots=True)
class _Nuclei:
    """What is known about the nuclei 1…n of a field (index 0 is unused)."""

    full: NDArray[np.bool_]
    radius: NDArray[np.float64]
    peak: NDArray[np.float64]
    gaps: dict[tuple[int, int], tuple[float, float]]
    distance: NDArray[np.float64]
    stain: NDArray[np.float32]


def join_shared(
    territories: NDArray[np.int32],
    near: Nearest,
    stain: NDArray[np.float32],
    dna: NDArray[np.float32],
    grid: Grid,
) -> NDArray[np.int32]:
    """Return cells: territories of nuclei that share one cell, put together.

    Nuclei that press on one another share a cell unless the stain has a deep valley between
    them; full nuclei that lie apart share one only where there is no valley at all. A full
    nucleus has half the median area, or half the median DNA (condensed chromosomes take little
    room), or is cut by the edge of the field. One that isn't full goes to the neighbour that it
    presses on, else to the one with the shallowest valley.

    Parameters
    ----------
    territories
        (rows, columns) territory of each nucleus, with the nucleus's label.
    near
        The nuclei, labels 1…n.
    stain, dna
        ER and Microtubules, 0 at the background; the DNA stain.
    grid
        The grid.
    """
    if near.labels.max(initial=0) < 2:
        return territories
    known = _measure(territories, near, stain, dna, grid)
    union = Union(len(known.full) - 1)
    host: dict[int, tuple[bool, float, int]] = {}
    for contact in contacts(territories):
        a, b = contact.a, contact.b
        if (a, b) not in known.gaps:
            continue
        height = _height(contact, known)
        pressing = known.gaps[a, b][1] >= FRONT * min(known.radius[a], known.radius[b])
        both_full = bool(known.full[a] and known.full[b])
        if (pressing and height > VALLEY_TOUCHING) or (both_full and height > VALLEY_APART):
            union.join(a, b)
        for part, other in ((a, b), (b, a)):
            if not known.full[part]:
                host[part] = max(host.get(part, (False, -1.0, 0)), (pressing, height, other))
    for part, (_, _, other) in sorted(host.items()):
        union.join(part, other)
    return union.table()[territories]


def _measure(
    territories: NDArray[np.int32],
    near: Nearest,
    stain: NDArray[np.float32],
    dna: NDArray[np.float32],
    grid: Grid,
) -> _Nuclei:
    nuclei = near.labels
    count = int(nuclei.max(initial=0))
    distance = near.distance * grid.um
    around = np.where((distance > 0) & (distance <= AROUND_UM), territories, 0)
    flat = distance.ravel()
    gaps = {}
    for each in contacts(near.within(grid.pixels(NEAR_UM / 2))):
        apart = flat[each.here] + flat[each.there]
        front = len(np.unique(each.here[apart == 0])) * grid.um
        gaps[each.a, each.b] = float(apart.min()), front
    return _Nuclei(
        full=_full(nuclei, dna, count),
        radius=np.sqrt(areas(nuclei, count) * grid.um**2 / np.pi),
        peak=quantile_by_label(stain, around, PEAK, count),
        gaps=gaps,
        distance=distance,
        stain=stain,
    )


def _full(nuclei: NDArray[np.int32], dna: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    area = areas(nuclei, count).astype(np.float64)
    above = dna - np.quantile(dna, 0.01)
    content = np.bincount(nuclei.ravel(), weights=above.ravel(), minlength=count + 1)
    cut = on_edge(nuclei, count)
    whole = ~cut
    whole[0] = False
    if not whole.any():
        whole[1:] = True
    large = area >= PART * np.median(area[whole])
    rich = content >= PART * np.median(content[whole])
    full: NDArray[np.bool_] = cut | large | rich
    return full


def _height(contact: Contact, known: _Nuclei) -> float:
    """Return the stain on the border between two nuclei over the lower of their peaks.

    The border counts up to one nuclear radius to the side; where the nuclei hide all of it,
    there is no valley to be seen and the height is 1.
    """
    a, b = contact.a, contact.b
    distance = known.distance.ravel()
    reach = known.gaps[a, b][0] / 2 + min(known.radius[a], known.radius[b])
    border = np.unique(np.concatenate([contact.here, contact.there]))
    between = border[(distance[border] > 0) & (distance[border] <= reach)]
    lower = min(known.peak[a], known.peak[b])
    if not len(between) or lower <= 0:
        return 1.0
    return float(known.stain.ravel()[between].mean() / lower)
