"""True flows of simulated fields give their cells, through every step after the networks."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import resize_local_mean

from hpa_features.kernels.cpu.field.diffusion import label_flows
from hpa_features.segmentation.agreement import agreement, pooled, without_border
from hpa_features.segmentation.cellpose.masks import Flows, find_regions
from hpa_features.segmentation.cellpose.segmenter import CELLS, NUCLEI, masks_from
from hpa_features.segmentation.grid import Grid
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import CELL_LINES
from hpa_features.simulate.protein import draw_protein


def true_flows(labels: np.ndarray, um: float, trained_um: float) -> Flows:
    """Return the flows of `labels` as a network with pixels of `trained_um` would give them."""
    labels = labels.astype(np.int32)
    shape = tuple(max(1, round(edge * um / trained_um)) for edge in labels.shape)
    flow = resize_local_mean(label_flows(labels, int(labels.max())), (*shape, 2))
    length = np.maximum(np.hypot(flow[..., 0], flow[..., 1]), 0.3)
    share = resize_local_mean((labels > 0).astype(float), shape)
    return Flows((flow / length[..., None]).astype(np.float32), (12 * share - 6).astype(np.float32))


@pytest.fixture(scope="module")
def simulated():
    """One field of each cell line, of two pixel sizes."""
    protein = draw_protein("P", 1, ("Cytosol",))
    return [
        simulate_field(
            FieldPlan(
                id=f"field-{number}",
                protein=protein,
                line=line,
                shape=(edge, edge),
                pixel_size_um=um,
                bit_depth=8,
            )
        )
        for number, line in enumerate(CELL_LINES[:4])
        for edge, um in [(512, 0.32), (640, 0.16)][number % 2 :][:1]
    ]


def test_true_flows_give_the_whole_cells_of_simulated_fields(simulated):
    """Cells at the edge are apart: slivers of some are smaller than anything kept as a cell."""
    found = []
    for each in simulated:
        um, truth = each.field.pixel_size_um, each.masks
        grid = Grid.of(each.field.shape, um)
        shape = tuple(-(-edge // grid.factor) for edge in each.field.shape)
        nuclei = find_regions(true_flows(truth.nuclei, um, 15 / 17), NUCLEI, shape)
        cells = find_regions(true_flows(truth.cells, um, 40 / 30), CELLS, shape)
        masks = masks_from(grid, nuclei, [cells])
        assert masks.cells.shape == each.field.shape
        found.append(agreement(*without_border(masks.cells, truth.cells)))
    together = pooled(found)
    assert together.reference > 20
    assert together.scores()["AP50"] >= 0.98
    assert together.scores()["AP"] >= 0.9
