"""The export of docs/embeddings.md, run with a small network of PyTorch."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from hpa_features.core.errors import DataError
from hpa_features.core.settings import Device
from hpa_features.embedding.network import described_network

PAGE = (Path(__file__).resolve().parents[2] / "docs/embeddings.md").read_text(encoding="utf-8")
[RECIPE] = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
CLASS = """
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(4, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5)
        )
        self.head = nn.Linear(8, 3)

    def forward(self, squares):
        features = self.body(squares).mean(dim=(2, 3))
        return self.head(features), features
"""
SIDECAR = """
name = "small"
channels = ["red", "yellow", "blue", "green"]
pixel_size_um = 0.32
input_px = 64
masked = false
normalization = "none"
output = "features"
"""


@pytest.mark.filterwarnings("ignore")  # of the exporter, which a user meets too
def test_the_recipe_makes_a_network_that_is_accepted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "small.py").write_text(CLASS)
    (tmp_path / "small.toml").write_text(SIDECAR)
    torch.manual_seed(0)
    import small

    network = small.Network()
    for name, value in network.state_dict().items():  # batch statistics that matter
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
    torch.save(network.state_dict(), "small.pth")
    exec(RECIPE, {})  # noqa: S102  (what the page shows)
    found = described_network("small.onnx", Device.CPU)
    assert found.settings.dimensions == 8
    squares = torch.rand(3, 4, 64, 64)
    with torch.no_grad():
        _, wanted = network.eval()(squares)
    np.testing.assert_allclose(found.run(squares.numpy()), wanted.numpy(), rtol=1e-4, atol=1e-6)
    torch.jit.save(torch.jit.trace(network, squares), "script.pt")
    for file, kind in (("small.pth", "weights of PyTorch"), ("script.pt", "TorchScript")):
        with pytest.raises(DataError, match=kind):
            described_network(file, Device.CPU)
