"""`nuclear_pairs`: which nuclei of a field lie near each other, and how alike they are."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Channel
from hpa_features.features.products.index import CellIndex
from hpa_features.features.ratios import divide
from hpa_features.features.spec import Batch, Product, Products

PAIR_UM = 15.0  # between nuclear edges: daughters that a bridge still joins lie nearer
LEAST_UM2 = 10.0  # smaller pieces are fragments or micronuclei

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NuclearPairs:
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
        (m, 2) int64: nuclei of one field at most 15 µm apart.
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

    def best(self, cells: int, score: Floats, second: Floats) -> Integers:
        """Return (cells,) each cell's pair of greatest `score` (m,), −1 where it has none.

        Equal ones are told apart by `second` (m,); pairs of NaN don't count.
        """
        pair = np.flatnonzero(~np.isnan(score))
        pair = pair[np.lexsort((second[pair], score[pair]))]
        chosen = np.full(cells, -1, np.int64)
        for side in (0, 1):
            place = np.full(cells, -1, np.int64)
            # Where a cell stands more than once, the last and so the greatest stays.
            place[self.owner[self.pairs[pair, side]]] = np.arange(pair.size)
            chosen = np.maximum(chosen, place)
        return np.where(chosen >= 0, np.append(pair, -1)[chosen], -1)


def make(kernels: ModuleType, batch: Batch, products: Products) -> NuclearPairs:
    """Number the nuclei, leave out fragments, and pair those that lie near."""
    index: CellIndex = products["index"]
    layout = (index.field_start, index.field_shape)
    dna = products["signal"][Channel.DNA]
    field_um = np.array([field.pixel_size_um for field in batch.fields])
    numbers, count = kernels.nuclear_parts(index.labels, index.nuclei, *layout)
    places = kernels.object_places(numbers, dna, count, *layout)
    large = places[:, 0] * field_um[places[:, 4].astype(np.int64)] ** 2 >= LEAST_UM2
    numbers = np.concatenate(([0], np.where(large, np.cumsum(large), 0)))[numbers].astype(np.int32)
    places = places[large]
    field = places[:, 4].astype(np.int64)
    um = field_um[field]
    outlines = kernels.outline_pixels(numbers, len(places), *layout)
    pairs, gap, nearest = kernels.near_pairs(field, *outlines, PAIR_UM / um + 1.0)
    row, column = outlines[1][outlines[0][:-1]].T
    first = index.field_start[field] + row * index.field_shape[field, 1] + column
    return NuclearPairs(
        owner=index.labels[first].astype(np.int64) - 1,
        centre=places[:, 1:3],
        area_um2=places[:, 0] * um**2,
        nearest_um=(nearest - 1.0) * um,
        pairs=pairs,
        gap_um=(gap - 1.0) * um[pairs[:, 0]],
        area_ratio=_smaller_share(places[:, 0], pairs),
        dna_ratio=_smaller_share(places[:, 3], pairs),
    )


def _smaller_share(values: Floats, pairs: Integers) -> Floats:
    both = values[pairs]
    return divide(both.min(axis=1), both.max(axis=1))


PRODUCT = Product(name="nuclear_pairs", needs=("index", "signal"), make=make)
