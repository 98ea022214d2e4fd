"""What Cellpose costs: networks of cyto3's size, flows to masks, memory of a large field.

    python benchmarks/bench_cellpose.py [--write]

Needs Cellpose 3.1 (`make test-cellpose` makes such an environment). Weights are drawn at random,
which costs what published ones cost; flows are those of drawn labels, with noise. Seconds are
processor seconds of one thread, the lower of two. `--write` keeps the result in
benchmarks/results/cellpose.md.
"""

from __future__ import annotations

import argparse
import logging
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch
from bench_helpers import least_seconds, publish
from cellpose import dynamics
from cellpose.resnet_torch import CPnet
from numpy.typing import NDArray

from hpa_features.core.settings import CellposeSettings, Device
from hpa_features.core.types import CHANNELS, Field
from hpa_features.kernels.cpu.field.diffusion import label_flows
from hpa_features.segmentation.cellpose.masks import Flows, Thresholds, find_regions
from hpa_features.segmentation.cellpose.segmenter import Cellpose

FIELDS = ((512, 0.32), (2048, 0.08), (4096, 0.08), (4096, 0.32))
DIAMETERS = (17, 30, 60)


def random_weights(folder: Path) -> None:
    """Write networks of cyto3's size under the names that the segmenter looks for."""
    for name, diameter in (("nucleitorch_0", 17.0), ("cyto3", 30.0)):
        torch.manual_seed(0)
        CPnet([2, 32, 64, 128, 256], 3, sz=3, diam_mean=diameter).save_model(folder / name)


def discs(edge: int, diameter: float) -> NDArray[np.int32]:
    """Return labels of discs in rows that touch."""
    rows, columns = np.indices((edge, edge))
    across = int(edge // diameter)
    row, column = (np.minimum(each // diameter, across - 1) for each in (rows, columns))
    far = np.hypot(rows - (row + 0.5) * diameter, columns - (column + 0.5) * diameter)
    return np.where(far < diameter / 2, row * across + column + 1, 0).astype(np.int32)


def noisy_flows(labels: NDArray[np.int32]) -> Flows:
    """Return the flows of labels with noise of a fifth of a step."""
    random = np.random.default_rng(0)
    flow = label_flows(labels, int(labels.max())) + random.normal(0, 0.2, (*labels.shape, 2))
    logit = np.where(labels > 0, 6, -6) + random.normal(0, 1, labels.shape)
    return Flows(flow.astype(np.float32), logit.astype(np.float32))


def flow_rows() -> list[str]:
    """Return the table of flows to masks, here and in the package."""
    logging.disable(logging.WARNING)
    lines = [
        "| objects of px | number | found here | by the package | s here | s package | ratio |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for diameter in DIAMETERS:
        labels = discs(512, diameter)
        flows = noisy_flows(labels)
        theirs = np.ascontiguousarray(5 * np.moveaxis(flows.flow, -1, 0))
        here = partial(find_regions, flows, Thresholds(), labels.shape)
        package = partial(dynamics.resize_and_compute_masks, theirs, flows.logit)
        found, of_package = here().labels.max(), package().max()
        ours, its = least_seconds(here), least_seconds(package)
        lines.append(
            f"| {diameter} | {labels.max()} | {found} | {of_package} | {ours:.3f} | {its:.2f} "
            f"| {its / ours:.0f} |"
        )
    return lines


def field_of(edge: int, um: float) -> Field:
    """Return a field of noise: the cost of a network does not depend on what it sees."""
    random = np.random.default_rng(0)
    planes = {each: random.integers(0, 65535, (edge, edge), np.uint16) for each in CHANNELS}
    return Field("noise", planes, dict.fromkeys(planes, 65535), um)


def segment_once(folder: Path, edge: int, um: float) -> str:
    """Return a row: seconds of one field and the peak memory of this process."""
    paths = {"nucleus_path": str(folder / "nucleitorch_0"), "cell_path": str(folder / "cyto3")}
    segmenter = Cellpose(CellposeSettings(**paths, line="3", device=Device.CPU))
    segmenter.prepare()
    field = field_of(edge, um)
    whole = least_seconds(lambda: segmenter.segment([field]))
    # The networks found nothing in noise; what they find in a field of cells takes memory too.
    grid = max(1, round(0.32 / um))
    shape = (edge // grid, edge // grid)
    flows = noisy_flows(discs(round(edge * um * 17 / 15), 17))
    masks = least_seconds(lambda: find_regions(flows, Thresholds(), shape))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return f"| {edge} | {um} | {whole:.2f} | {masks:.3f} | {peak:.2f} |"


def field_rows() -> list[str]:
    """Return the table of whole fields, each in a process of its own."""
    lines = [
        "| pixels | µm | s for a field, three network runs | s flows to nuclei | peak GiB |",
        "|--:|--:|--:|--:|--:|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        random_weights(Path(folder))
        for edge, um in FIELDS:
            command = [sys.executable, __file__, "--one", folder, str(edge), str(um)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            lines.append(done.stdout.strip().splitlines()[-1])
    return lines


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "EDGE", "UM"), help="one row only")
    options = parser.parse_args()
    if options.one:
        folder, edge, um = options.one
        print(segment_once(Path(folder), int(edge), float(um)))
        return
    lines = ["## From flows to masks, 512²", "", *flow_rows(), "", "## Whole fields", ""]
    lines += field_rows()
    packages = ("cellpose", "torch", "numpy", "numba")
    publish("cellpose", "Cellpose 3 on a processor", lines, *packages, write=options.write)


if __name__ == "__main__":
    main()
