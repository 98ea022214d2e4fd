"""Nuclei by themselves: which lie near each other, and how alike they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hpa_features.kernels.cpu.bridges import bridge_sums
from hpa_features.kernels.cpu.each import each
from hpa_features.kernels.cpu.neighbors import near_pairs
from hpa_features.kernels.cpu.nuclear_parts import nuclear_parts, part_outlines, part_sums
from hpa_features.kernels.layout import NativeLayout

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FEWEST = 5  # pixels in the band, and next to it


class NuclearPairs(NamedTuple):
    """The k nuclei of a batch, each part of a cell's nucleus by itself, and m pairs of them.

    Attributes
    ----------
    owner
        (k,) int64: each nucleus's cell, from 0.
    centre
        (k, 2) float64: centroid, row and column in native pixels.
    area_um2
        (k,) float64.
    nearest_um
        (k,) float64: edge to edge to the nearest other nucleus of the field, NaN for the only
        one.
    pairs
        (m, 2) int64: nuclei of one field near each other.
    gap_um
        (m,) float64: edge to edge.
    area_ratio, dna_ratio
        (m,) float64: smaller / larger area, and of the DNA in them (NaN where neither has any).
    """

    owner: Integers
    centre: Floats
    area_um2: Floats
    nearest_um: Floats
    pairs: Integers
    gap_um: Floats
    area_ratio: Floats
    dna_ratio: Floats


@each
def nuclear_pairs(
    dna: NDArray[np.uint16], least_um2: float, pair_um: float, native: NativeLayout
) -> NuclearPairs:
    """Return the nuclei of at least `least_um2`, and the pairs of them within `pair_um`."""
    field_place = (native.field_start, native.field_shape)
    runs, part, count = nuclear_parts(native.labels, native.nuclei, *field_place)
    sums = part_sums(runs, part, count, dna, *field_place)
    large = sums[:, 0] * native.field_um[sums[:, 4]] ** 2 >= least_um2
    sums, part = sums[large], np.where(large, np.cumsum(large) - 1, -1)[part]
    field, area = sums[:, 4], sums[:, 0].astype(np.float64)
    um = native.field_um[field]
    outlines = part_outlines(runs, part, len(sums), native)
    pairs, gap, nearest = near_pairs(field, *outlines, pair_um / um + 1.0)
    row, column = outlines[1][outlines[0][:-1]].T
    first = native.field_start[field] + row * native.field_shape[field, 1] + column
    return NuclearPairs(
        owner=native.labels[first].astype(np.int64) - 1,
        centre=sums[:, 1:3] / area[:, None],
        area_um2=area * um**2,
        nearest_um=(nearest - 1.0) * um,
        pairs=pairs,
        gap_um=(gap - 1.0) * um[pairs[:, 0]],
        area_ratio=_smaller_share(area, pairs),
        dna_ratio=_smaller_share(sums[:, 3].astype(np.float64), pairs),
    )


def _smaller_share(values: Floats, pairs: Integers) -> Floats:
    both = values[pairs]
    return _quotient(both.min(axis=1), both.max(axis=1))


def _quotient(numerator: Floats, denominator: Floats) -> Floats:
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


@njit(cache=True, nogil=True)
def _best_pairs(
    owner: Integers, pairs: Integers, score: Floats, second: Floats, cells: int
) -> Integers:
    """Return (cells,) each cell's pair of greatest score, equal ones by `second`, −1 for none.

    Pairs whose score is NaN do not count.
    """
    chosen = np.full(cells, -1, np.int64)
    for pair in range(pairs.shape[0]):
        if np.isnan(score[pair]):
            continue
        for side in range(2):
            cell = owner[pairs[pair, side]]
            best = chosen[cell]
            better = best < 0 or score[pair] > score[best]
            if best >= 0 and score[pair] == score[best]:
                better = second[pair] >= second[best] or np.isnan(second[best])
            if better:
                chosen[cell] = pair
    return chosen


@njit(cache=True, nogil=True)
def _nearest_of_cells(owner: Integers, nearest: Floats, cells: int) -> Floats:
    gap = np.full(cells, np.nan)
    for nucleus in range(owner.size):
        if not nearest[nucleus] >= gap[owner[nucleus]]:
            gap[owner[nucleus]] = nearest[nucleus]
    return gap


def _usual_areas(nuclei: NuclearPairs, native: NativeLayout) -> Floats:
    """Return (f,) median nuclear area of each field, NaN where it has no nucleus."""
    usual = np.full(native.field_um.size, np.nan)
    home = native.field[nuclei.owner]
    for field in np.unique(home):
        usual[field] = np.median(nuclei.area_um2[home == field])
    return usual


@each
def twin_nuclei(nuclei: NuclearPairs, pair_um: float, native: NativeLayout) -> Floats:
    """Return (n, 5) for each cell: gap, area ratio, DNA ratio, relative area, likeness.

    The gap is that to the nearest other nucleus. The ratios and the area over the field's median
    nuclear area are of the cell's nearest pair; the likeness, the greatest area ratio × DNA ratio
    × (1 − gap / `pair_um`) over its pairs. NaN where there is none.
    """
    cells = native.field.size
    usual = _usual_areas(nuclei, native)[native.field[nuclei.owner[nuclei.pairs[:, 0]]]]
    relative = nuclei.area_um2[nuclei.pairs].mean(axis=1) / usual
    twin = nuclei.area_ratio * nuclei.dna_ratio * (1.0 - nuclei.gap_um / pair_um)
    nearest = _best_pairs(nuclei.owner, nuclei.pairs, -nuclei.gap_um, nuclei.area_ratio, cells)
    likest = _best_pairs(nuclei.owner, nuclei.pairs, twin, -relative, cells)
    of_nearest = (nuclei.area_ratio, nuclei.dna_ratio, relative)
    return np.stack(
        [
            np.maximum(_nearest_of_cells(nuclei.owner, nuclei.nearest_um, cells), 0.0),
            *(np.append(values, np.nan)[nearest] for values in of_nearest),
            np.append(np.maximum(twin, 0.0), np.nan)[likest],
        ],
        axis=1,
    )


def _zone_levels(sums: Floats, mean: Floats, channel: int) -> list[Floats]:
    """Return (m,) levels of core, flanks and middle relative to the pair's `mean` (m,)."""
    return [
        _quotient(
            sums[:, at + 1 + channel], np.where(sums[:, at] >= fewest, sums[:, at], np.nan) * mean
        )
        for at, fewest in ((0, FEWEST), (3, FEWEST), (6, 1))
    ]


@each
def bridge_levels(
    nuclei: NuclearPairs,
    signals: tuple[NDArray[np.uint16], NDArray[np.uint16]],
    totals: tuple[Integers, Integers],
    alike: float,
    offset: float,
    native: NativeLayout,
) -> Floats:
    """Return (n, 9) of each cell's pair of nuclei with the clearest bundle between them.

    For each of both signals, the protein's and the microtubules': levels in the core of the line
    that joins the nuclei, on its flanks and in the core's middle, relative to the mean of both
    cells (0–5); the protein's highest level in 0.6 µm of the core (6); mean square distance from
    the line, even and weighted by microtubules (7–8). `totals` are those of `native_sums`. Of the
    pairs whose areas and DNA are `alike`, the one of greatest microtubule contrast, core over
    flanks, `offset` added to both. NaN for a cell without.
    """
    owner = nuclei.owner[nuclei.pairs]
    home = native.field[owner[:, 0]]
    sums = bridge_sums(
        *signals,
        native.labels,
        native.nuclei,
        owner,
        nuclei.centre[nuclei.pairs],
        native.field_start[home],
        native.field_shape[home],
        native.field_um[home],
    )
    means = []
    for of_parts in totals:
        area, total = of_parts[:, 0, :2][owner].sum(axis=1).T
        means.append(_quotient(total, area))
    levels = [level for k in (0, 1) for level in _zone_levels(sums, means[k], k)]
    peak = _quotient(sums[:, 9], means[0]) + 0.0 * levels[0]
    even, weighted = _quotient(sums[:, 11], sums[:, 10]), _quotient(sums[:, 13], sums[:, 12])
    usable = (nuclei.area_ratio >= alike) & (nuclei.dna_ratio >= alike)
    contrast = np.where(usable, (levels[3] + offset) / (levels[4] + offset), np.nan)
    chosen = _best_pairs(nuclei.owner, nuclei.pairs, contrast, -nuclei.gap_um, native.field.size)
    columns = (*levels, peak, even, weighted)
    return np.stack([np.append(column, np.nan)[chosen] for column in columns], axis=1)
