"""Shape of masks: moments, boundary length, holes and convex hull, on each cell's grid."""

from __future__ import annotations

import cupy
import numpy as np

from hpa_features.kernels.gpu.launch import Array, launch
from hpa_features.kernels.layout import CropLayout


def hull_room(layout: CropLayout, parts: int) -> tuple[Array, Array]:
    """Return room for the rows and for the corners of the hull of some parts of each cell.

    Rows are counted by pixels, of which a crop has at least as many: the device alone has its
    shape.
    """
    rows, cells = layout.total * parts, len(layout.step_um) * parts
    return cupy.empty(2 * rows, np.int32), cupy.empty(2 * (4 * rows + 6 * cells), float)


def mask_forms(region: Array, layout: CropLayout) -> Array:
    """Return (n, 2, 11) for cell and nucleus: moments, hull and boundary, as `kernels.cpu`."""
    cells = len(layout.step_um)
    forms = cupy.empty((cells, 2, 11), float)
    launch("shape", "mask_forms", (cells, 2), region, layout, *hull_room(layout, 2), forms)
    return forms
