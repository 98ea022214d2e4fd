"""Cellpose 4.2 with a small network in the place of its own, which takes minutes a tile."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
import torch
from cone_fields import cone_field
from hpa_feat_cli.app import run
from image_files import png, write

from hpa_features.io.store.run_file import read_run
from hpa_features.segmentation.cellpose.network import load_network
from hpa_features.segmentation.cellpose.packages import Line, installed_line
from hpa_features.segmentation.cellpose.tiles import run_network

pytestmark = pytest.mark.long
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def small_backbone():
    """Two blocks of width 64 in place of 24 of width 1024."""
    import segment_anything
    from segment_anything.build_sam import _build_sam

    small = partial(_build_sam, 64, 2, 2, [1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(segment_anything.sam_model_registry, "vit_l", small)
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory, small_backbone):
    """A file of weights drawn at random."""
    from cellpose.vit import CPSAM

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "cpsam_v2"
    net = CPSAM()
    with torch.no_grad():
        net.out.weight.normal_(0, 0.5)
    net.save_model(file)
    return file


def test_the_later_line_is_installed():
    assert installed_line() is Line.CP4


def test_networks_and_tiles_give_the_flows_of_the_package(weights):
    from cellpose import models

    image = np.random.default_rng(0).random((3, 256, 310)).astype(np.float32)
    theirs = models.CellposeModel(gpu=False, pretrained_model=str(weights))
    _, (_, flow, logit), _ = theirs.eval(
        image, channel_axis=0, normalize=False, compute_masks=False
    )
    network = load_network(weights, CPU)
    assert (network.channels, network.diameter, network.dtype) == (3, 30.0, torch.bfloat16)
    [ours] = run_network(network, [image])
    # 8 bits of precision: tiles in batches of another size are rounded otherwise.
    assert np.allclose(ours.logit, logit, atol=0.02 * np.abs(logit).max())
    assert np.allclose(np.moveaxis(ours.flow, -1, 0) * 5, flow, atol=0.02 * np.abs(flow).max())
    assert np.abs(logit).max() > 0.1


def test_a_small_image_takes_one_tile(weights):
    network = load_network(weights, CPU)
    [found] = run_network(network, [np.ones((3, 40, 60), np.float32)])
    assert found.logit.shape == (40, 60)


def test_segment_runs_and_records_the_line(weights, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(weights.parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    field = cone_field([(18, 16), (18, 49)], edge_um=68).field
    for channel, plane in field.planes.items():
        write(tmp_path / "images" / f"a_{channel.colour}.png", png(plane))
    command = ["segment", str(tmp_path / "images"), "-o", str(tmp_path / "masks"), "--json"]
    options = ["--segmenter", "cellpose", "--pixel-size-um", "0.32", "--jobs", "1"]
    assert run([*command, *options, "--field-timeout", "0"]) == 0
    assert json.loads(capfd.readouterr().out)["failures"] == 0
    kept = read_run(tmp_path / "masks")["settings"]["cellpose"]
    assert (kept["line"], kept["cell_model"], kept["nucleus_model"]) == (
        "4",
        "cpsam_v2",
        "cpsam_v2",
    )


def test_weights_of_the_earlier_line_and_unknown_names_are_refused(
    weights, tmp_path, monkeypatch, capfd
):
    monkeypatch.setenv("CELLPOSE_LOCAL_MODELS_PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    earlier = {"downsample.down.res_down_0.conv.conv_0.0.weight": torch.zeros(2)}
    torch.save(earlier, tmp_path / "cyto3")
    (tmp_path / "cpsam_v2").symlink_to(weights)
    field = cone_field([(18, 16)], edge_um=40).field
    for channel, plane in field.planes.items():
        write(tmp_path / "images" / f"a_{channel.colour}.png", png(plane))
    command = ["segment", str(tmp_path / "images"), "-o", str(tmp_path / "masks")]
    options = ["--segmenter", "cellpose", "--pixel-size-um", "0.32", "--jobs", "1"]
    assert run([*command, *options, "--field-timeout", "0", "--cell-model", "cyto3"]) == 1
    said = capfd.readouterr().err
    assert "are of Cellpose 3; Cellpose 4 is installed" in said
    assert "pip install '.[cellpose]'" in said
    assert run([*command, *options, "--cell-model", "cyto2"]) == 1
    assert "are not on this machine" in capfd.readouterr().err
