"""True flows of simulated fields give their cells, through every step after the networks."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.transform import resize_local_mean

from hpa_features.kernels.cpu.field.diffusion import label_flows
from hpa_features.segmentation.cellpose.masks import Flows, find_regions
from hpa_features.segmentation.cellpose.segmenter import CELLS, NUCLEI, masks_from
from hpa_features.segmentation.grid import Grid
from hpa_features.segmentation.regions import on_edge
from hpa_features.simulate.field import FieldPlan, simulate_field
from hpa_features.simulate.lines import CELL_LINES
from hpa_features.simulate.protein import draw_protein

OVERLAPS = np.arange(0.5, 1, 0.05)


def average_precision(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return TP / (TP + FP + FN) of whole cells at intersections over union of 0.5 to 0.95.

    Cells at the edge of the field are no errors: slivers of some are smaller than any cell.
    """
    joint = np.zeros((int(found.max()) + 1, int(wanted.max()) + 1))
    np.add.at(joint, (found.ravel(), wanted.ravel()), 1)
    union = joint.sum(axis=1, keepdims=True) + joint.sum(axis=0, keepdims=True) - joint
    ratio = joint / np.maximum(union, 1)
    whole_found, whole = (~on_edge(each, int(each.max())) for each in (found, wanted))
    whole_found &= joint.sum(axis=1) > 0
    whole &= joint.sum(axis=0) > 0
    whole_found[0] = whole[0] = False
    matched = np.array([(ratio[1:, whole] > overlap).sum() for overlap in OVERLAPS])
    mistaken = np.array([(~(ratio[whole_found, 1:] > o).any(axis=1)).sum() for o in OVERLAPS])
    return matched / (whole.sum() + mistaken)


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


def test_true_flows_give_the_cells_of_simulated_fields(simulated):
    scores, counts = [], []
    for each in simulated:
        um, truth = each.field.pixel_size_um, each.masks
        grid = Grid.of(each.field.shape, um)
        shape = tuple(-(-edge // grid.factor) for edge in each.field.shape)
        nuclei = find_regions(true_flows(truth.nuclei, um, 15 / 17), NUCLEI, shape)
        cells = find_regions(true_flows(truth.cells, um, 40 / 30), CELLS, shape)
        found = masks_from(grid, nuclei, [cells])
        scores.append(average_precision(found.cells, truth.cells))
        counts.append(truth.count)
        assert found.cells.shape == each.field.shape
    mean = np.average(scores, axis=0, weights=counts)
    assert mean[0] >= 0.98
    assert mean.mean() >= 0.9
