"""Cells and nuclei of a field by watershed: nuclei from DNA, cells over ER and Microtubules."""

from __future__ import annotations

import numpy as np

from hpa_features.core.types import Channel, Field, Masks
from hpa_features.segmentation.cells import fill_holes, grow, without_nucleus
from hpa_features.segmentation.cytoplasm import cytoplasm
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.nearest import Nearest
from hpa_features.segmentation.nuclei import find_nuclei
from hpa_features.segmentation.outlines import outline_nuclei
from hpa_features.segmentation.reconcile import reconcile
from hpa_features.segmentation.sharing import join_shared


def segment_watershed(field: Field) -> Masks:
    """Return the cells of `field`; border cells and cells without nucleus are kept."""
    grid = Grid.of(field.shape, field.pixel_size_um)
    dna = grid.reduce(field.planes[Channel.DNA])
    nuclei = find_nuclei(dna, grid)
    near = Nearest.of(nuclei)
    stain, inside = cytoplasm(field, near, grid)
    territories = grow(near, stain, inside, grid)
    cells = join_shared(territories, near, stain, dna, grid)
    cells = fill_holes(without_nucleus(cells, nuclei, inside, grid), grid)
    # Only now: nuclei that met along their dim sides would look like one cell's.
    outlined = outline_nuclei(near, dna, grid)
    home = np.zeros(int(nuclei.max(initial=0)) + 1, np.int32)
    home[nuclei.ravel()] = cells.ravel()
    at_home = np.where(home[outlined] == cells, outlined, 0)
    return reconcile(grid.enlarge(cells), grid.enlarge(at_home))
