"""Any two label images to `Masks`: 1…n in raster order, each nucleus inside its cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.measure import label

from hpa_features.core.types import Masks
from hpa_features.kernels.cpu.field.owners import painted, raster_order, shared_runs
from hpa_features.segmentation.regions import pairs_of

SMALL_TABLE = 1 << 16  # values up to this have a table, however few the pixels
OUTSIDE = "nuclei outside all cells"
CUT = "nuclei cut at the border of their cell"


def reconcile(
    cells: NDArray[np.integer],
    nuclei: NDArray[np.integer],
    *,
    keep_numbers: bool = False,
    notes: Mapping[str, int] | None = None,
) -> Masks:
    """Return clean masks; cells are never grown, split or merged.

    A nucleus belongs to the cell that holds most of its pixels (the first in raster order on
    ties), whatever its number, and is cut there. One with most pixels outside all cells is
    dropped. Both are counted in `notes`.

    Parameters
    ----------
    cells, nuclei
        (rows, columns) labels of any values, 0 is outside. `nuclei` with one value for several
        cells is a yes/no mask: each of its connected parts is a nucleus.
    keep_numbers
        Object numbers are the values in `cells`, not 1…n.
    notes
        Further counts to pass on.
    """
    numbers, cell_of = in_raster_order(cells)
    runs = _Runs.of(nuclei, cell_of)
    if runs.highest == 1 and len(numbers) > 1:
        runs = _Runs.of(label(nuclei != 0, connectivity=2).astype(np.int32), cell_of)
    owner, sizes, held = _owners(runs)
    inside = np.where(owner[runs.nucleus] == runs.cell, runs.cell, 0).astype(np.int32)
    found = {
        OUTSIDE: int(np.count_nonzero((owner == 0) & (sizes > 0))),
        CUT: int(np.count_nonzero((owner > 0) & (held < sizes))),
        **(notes or {}),
    }
    count = len(numbers)
    return Masks(
        cells=cell_of,
        nuclei=painted(runs.start, runs.stop, inside, cells.shape),
        object_numbers=numbers if keep_numbers else np.arange(1, count + 1, dtype=np.int64),
        nucleus_counts=np.bincount(owner[1:], minlength=count + 1)[1:].astype(np.int32),
        notes={name: number for name, number in found.items() if number},
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Pixels of nuclei as runs along the raster, each in one nucleus and one cell or none.

    Attributes
    ----------
    start, stop
        Flat index of the first pixel, and of the one after the last.
    nucleus, cell
        Nucleus 1…`highest` and cell, 0 outside.
    highest
        Number of nuclei.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    nucleus: NDArray[np.int64]
    cell: NDArray[np.int32]
    highest: int

    @classmethod
    def of(cls, nuclei: NDArray[np.integer], cells: NDArray[np.int32]) -> _Runs:
        """Return the runs of `nuclei`, labels of any values."""
        start, stop = shared_runs(nuclei, cells)
        values, which = np.unique(nuclei.ravel()[start], return_inverse=True)
        return cls(start, stop, which + 1, cells.ravel()[start], len(values))


def in_raster_order(
    labels: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the values other than 0 as they first occur, and each pixel's place among them."""
    highest = int(labels.max(initial=0))
    if labels.min(initial=0) >= 0 and highest <= max(labels.size, SMALL_TABLE):
        return raster_order(labels, highest)
    # Values too far apart for a table of them all.
    codes, values = pd.factorize(labels.ravel())
    outside = np.flatnonzero(values == 0)
    table = np.arange(1, len(values) + 1, dtype=np.int32)
    if len(outside):
        table[outside[0] :] -= 1
        table[outside[0]] = 0
    numbers = np.delete(values, outside).astype(np.int64)
    return numbers, table[codes].reshape(labels.shape)


def _owners(runs: _Runs) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return, by nucleus 0…m, the cell that holds most of it, its pixels, and those held."""
    highest = runs.highest
    nucleus, cell, pixels = pairs_of(runs.nucleus, runs.cell, runs.stop - runs.start)
    sizes = np.bincount(nucleus, weights=pixels, minlength=highest + 1).astype(np.int64)
    owner = np.zeros(highest + 1, dtype=np.int64)
    held = np.zeros(highest + 1, dtype=np.int64)
    outside = np.zeros(highest + 1, dtype=np.int64)
    for n, c, number in zip(nucleus, cell, pixels, strict=True):
        if c == 0:
            outside[n] = number
        elif number > held[n]:
            owner[n], held[n] = c, number
    owner[2 * outside > sizes] = 0
    return owner, sizes, held
