"""Masks that a user gives: never grown, split or merged."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hpa_features.core.errors import FieldError
from hpa_features.core.types import Channel, Field, Masks
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import SMALLEST_UM2, find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei
from hpa_features.segmentation.reconcile import reconcile
from hpa_features.segmentation.regions import areas


def take_given(field: Field) -> Masks:
    """Return the masks that a user gave; object numbers are the values in the cells' file.

    Where only cells are given, nuclei come from a watershed of the DNA stain, cut at the cells'
    borders, so that a nucleus found across two touching cells becomes one in each.

    Raises
    ------
    FieldError
        The field has none.
    """
    given = field.given
    if given is None:
        raise FieldError(
            f"field {field.id} has no given masks",
            stage="masks",
            hint="Name a folder with --masks, or add a column cells to the manifest.",
        )
    if given.nuclei is not None:
        return reconcile(given.cells, given.nuclei, keep_numbers=True)
    grid = Grid.of(field.shape, field.pixel_size_um)
    dna = grid.reduce(field.planes[Channel.DNA])
    nuclei = grid.enlarge(outline_nuclei(Nearest.of(find_nuclei(dna, grid)), dna, grid))
    cells = np.where(nuclei > 0, given.cells, 0)
    pairs = cells.astype(np.int64) * (int(nuclei.max(initial=0)) + 1) + nuclei
    codes = pd.factorize(pairs.ravel())[0].reshape(field.shape)
    pieces: NDArray[np.int32] = np.where(cells > 0, codes + 1, 0).astype(np.int32)
    small = areas(pieces, int(pieces.max(initial=0))) * field.pixel_size_um**2 < SMALLEST_UM2
    return reconcile(given.cells, np.where(small[pieces], 0, pieces), keep_numbers=True)
