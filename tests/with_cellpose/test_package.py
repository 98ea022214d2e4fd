"""What Cellpose 3.1 computes, computed here: tiles, networks and masks are the package's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from cellpose import dynamics, models
from drawn_discs import touching_discs
from made_network import random_network
from scipy import ndimage as ndi

from hpa_features.core.errors import DataError, FieldError
from hpa_features.kernels.cpu.field.diffusion import flow_errors, label_flows
from hpa_features.segmentation.agreement import agreement, pooled
from hpa_features.segmentation.cellpose.masks import Flows, Thresholds, find_regions
from hpa_features.segmentation.cellpose.network import TorchNetwork, load_network
from hpa_features.segmentation.cellpose.tiles import run_network

CPU = torch.device("cpu")


def flows_of(labels: np.ndarray, noise: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return flows and log-odds as a network gives them: exact, noisy, or blurred and distorted."""
    random = np.random.default_rng(seed)
    flow = 5 * np.moveaxis(label_flows(labels, int(labels.max())), -1, 0)
    logit = np.where(labels > 0, 6.0, -6.0)
    if noise == "pixels":
        flow = flow + random.normal(0, 1, flow.shape)
        logit = logit + random.normal(0, 1, logit.shape)
    elif noise == "smooth":
        rough, uneven = random.normal(size=flow.shape), random.normal(size=logit.shape)
        flow = 1.2 * ndi.gaussian_filter(flow, (0, 2, 2)) + 6 * ndi.gaussian_filter(
            rough, (0, 2, 2)
        )
        logit = ndi.gaussian_filter(logit, 1.5) + 10 * ndi.gaussian_filter(uneven, 2)
    return flow.astype(np.float32), logit.astype(np.float32)


@pytest.mark.parametrize("accepted", [Thresholds(), Thresholds(flow=0.8, cellprob=-0.4)])
@pytest.mark.parametrize("noise", ["none", "pixels", "smooth"])
@pytest.mark.parametrize("diameter", [17, 30, 60])
@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_masks_are_those_of_the_package(diameter, noise, accepted):
    found = []
    for seed in range(3):
        labels = touching_discs(seed, edge=256, diameter=diameter)
        flow, logit = flows_of(labels, noise, seed)
        theirs = dynamics.resize_and_compute_masks(
            flow, logit, cellprob_threshold=accepted.cellprob, flow_threshold=accepted.flow
        )
        given = Flows(np.ascontiguousarray(np.moveaxis(flow, 0, -1)) / 5, logit)
        ours = find_regions(given, accepted, labels.shape).labels
        found.append(agreement(ours, theirs))
    together = pooled(found)
    assert together.reference > 3 * (256 / diameter) ** 2 * 0.4
    assert together.scores()["AP50"] >= 0.99


def test_flow_errors_are_those_of_the_package():
    from cellpose.metrics import flow_error

    labels = touching_discs(7, edge=128, diameter=24)
    flow, _ = flows_of(labels, "smooth", 7)
    theirs, _ = flow_error(labels.copy(), flow, CPU)
    ours = flow_errors(
        labels, np.ascontiguousarray(np.moveaxis(flow, 0, -1)) / np.float32(5), int(labels.max())
    )
    assert np.allclose(ours[1:], theirs, atol=1e-6)


@pytest.mark.parametrize("shape", [(61, 90), (120, 260)])
def test_networks_and_tiles_give_the_flows_of_the_package(shape, tmp_path):
    file = random_network(tmp_path / "weights")
    image = np.random.default_rng(0).random((2, *shape)).astype(np.float32)
    theirs = models.CellposeModel(gpu=False, pretrained_model=str(file))
    _, (_, flow, logit), _ = theirs.eval(
        image, channels=[1, 2], normalize=False, diameter=30.0, compute_masks=False
    )
    network = load_network(file, CPU)
    assert (network.channels, network.diameter) == (2, 30.0)
    [ours] = run_network(network, [image])
    assert np.allclose(np.moveaxis(ours.flow, -1, 0) * 5, flow, atol=1e-4)
    assert np.allclose(ours.logit, logit, atol=1e-4)
    assert np.abs(logit).max() > 0.1


def test_images_do_not_depend_on_their_batch(tmp_path):
    network = load_network(random_network(tmp_path / "weights"), CPU)
    random = np.random.default_rng(1)
    images = [random.random((2, *each)).astype(np.float32) for each in ((40, 50), (230, 40))]
    together = run_network(network, [*images, images[0]])
    for image, found in zip([*images, images[0]], together, strict=True):
        [alone] = run_network(network, [image])
        assert np.allclose(found.flow, alone.flow, atol=1e-5)
        assert np.allclose(found.logit, alone.logit, atol=1e-5)
    again = run_network(network, [*images, images[0]])
    assert all(np.array_equal(a.logit, b.logit) for a, b in zip(together, again, strict=True))
    assert run_network(network, []) == []


def test_the_diameter_of_the_published_nuclei_is_known_by_the_file_name(tmp_path):
    nuclei = random_network(tmp_path / "nucleitorch_0")
    assert load_network(nuclei, CPU).diameter == 17.0
    own = random_network(tmp_path / "mine", diameter=42.0)
    assert load_network(own, CPU).diameter == 42.0
    assert models.CellposeModel(gpu=False, pretrained_model=str(nuclei)).diam_mean == 17.0


def test_the_slow_modules_of_the_package_are_not_imported(tmp_path):
    file = random_network(tmp_path / "weights")
    code = (
        "import sys, pathlib, torch\n"
        "from hpa_features.segmentation.cellpose.network import load_network\n"
        "load_network(pathlib.Path(sys.argv[1]), torch.device('cpu'))\n"
        "slow = {f'cellpose.{each}' for each in ('core', 'dynamics', 'models')}\n"
        "print(slow & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


class _ShortOfMemory(torch.nn.Module):
    """Takes so many tiles at once."""

    def __init__(self, most: int):
        super().__init__()
        self.most, self.taken = most, []

    def forward(self, tiles):
        if len(tiles) > self.most:
            raise torch.OutOfMemoryError
        self.taken.append(len(tiles))
        return torch.cat([tiles, tiles[:, :1]], dim=1), None


def test_fewer_tiles_are_taken_at_once_where_memory_is_short():
    net = _ShortOfMemory(2)
    network = TorchNetwork(net, CPU, 2, 224, 0, 30.0, torch.float32)
    tiles = np.random.default_rng(0).random((7, 2, 16, 16)).astype(np.float32)
    found = network.run(tiles)
    assert np.array_equal(found[:, :2], tiles)
    assert sum(net.taken) == 7
    assert max(net.taken) <= 2
    with pytest.raises(FieldError, match="too small for one tile") as caught:
        TorchNetwork(_ShortOfMemory(0), CPU, 2, 224, 0, 30.0, torch.float32).run(tiles)
    assert "--device cpu" in caught.value.hint


def test_a_package_that_cannot_be_imported_is_one_clear_error(tmp_path, monkeypatch):
    file = random_network(tmp_path / "weights")
    monkeypatch.setitem(sys.modules, "cellpose.resnet_torch", None)
    with pytest.raises(DataError, match=r"cellpose 3\.\S+ cannot be imported"):
        load_network(file, CPU)
