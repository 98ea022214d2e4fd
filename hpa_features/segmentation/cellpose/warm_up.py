"""Kernels of this folder, compiled before processes start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpa_features.kernels.cpu.field.diffusion import label_flows
from hpa_features.segmentation.cellpose.masks import Flows, Thresholds, find_regions


def compile_cellpose(cells: NDArray[np.int32]) -> None:
    """Find `cells` from the flows that they have, on a finer grid."""
    flow = label_flows(cells, int(cells.max())).astype(np.float32)
    flows = Flows(flow, np.where(cells > 0, 5, -5).astype(np.float32))
    find_regions(flows, Thresholds(), (2 * cells.shape[0], 2 * cells.shape[1]))
