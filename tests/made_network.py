"""Networks of cyto3's own size: one with random weights, one whose flows are known.

`climbing_network` goes up the brightness of its first channel: where that falls evenly from the
middle of each cell to its edge, the flow is Cellpose's own. All its layers run; those that could
change the result are multiplied by 0 on their way to the output.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from cellpose.resnet_torch import CPnet

CHANNELS, RADIUS_PX = [2, 32, 64, 128, 256], 15.0
_UNIT = 5.0  # length of a flow that Cellpose trains for


def random_network(path: Path, seed: int = 0, diameter: float = 30.0) -> Path:
    """Write weights drawn at random, batch statistics too; return the file."""
    torch.manual_seed(seed)
    net = CPnet(CHANNELS, 3, sz=3, diam_mean=diameter)
    for name, value in net.state_dict().items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    net.save_model(path)
    return path


def climbing_network(
    path: Path, diameter: float = 30.0, *, gain: float = 1.0, edge: float = 0.1
) -> Path:
    """Write weights whose flow climbs channel 0, where it is above `edge`; return the file.

    Brightness that falls by 1 over half of `diameter` has flows of length `gain`.
    """
    torch.manual_seed(1)
    net = CPnet(CHANNELS, 3, sz=3, diam_mean=diameter)
    with torch.no_grad():
        _pass_on(net.downsample.down.res_down_0)
        top = net.upsample.up.res_up_0
        _silence(top.proj, top.conv.conv_0)
        for block in (top.conv.conv_1, top.conv.conv_2, top.conv.conv_3):
            block.full.weight.zero_()
            block.full.bias.zero_()
        _silence(top.conv.conv_3.conv)
        _slopes(top.conv.conv_1.conv[2])
        _read_out(net.output[2], gain * _UNIT * diameter / 2, edge)
    net.save_model(path)
    return path


def _silence(*blocks) -> None:
    """Make blocks, which end in a convolution, give 0."""
    for block in blocks:
        block[-1].weight.zero_()
        block[-1].bias.zero_()


def _pass_on(block) -> None:
    """Make a block give its channels unchanged, the others 0."""
    _silence(block.proj, block.conv.conv_1, block.conv.conv_3)
    for channel in range(block.proj[-1].weight.shape[1]):
        block.proj[-1].weight[channel, channel] = 1


def _slopes(convolution) -> None:
    """Write to channels 0–3 the slopes down, up, right, left of channel 0, to 4 the channel."""
    convolution.weight.zero_()
    convolution.bias.zero_()
    slope = torch.tensor([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]) / 8
    for channel, kernel in enumerate((slope, -slope, slope.T, -slope.T)):
        convolution.weight[channel, 0] = kernel
    convolution.weight[4, 0, 1, 1] = 1


def _read_out(convolution, gain: float, edge: float) -> None:
    """Give slopes down less up and right less left as flows, brightness above `edge` as odds."""
    convolution.weight.zero_()
    convolution.weight[0, 0], convolution.weight[0, 1] = gain, -gain
    convolution.weight[1, 2], convolution.weight[1, 3] = gain, -gain
    convolution.weight[2, 4] = 40
    convolution.bias.copy_(torch.tensor([0, 0, -40 * edge]))


def cones(labels: np.ndarray, centres: np.ndarray, radius: float) -> np.ndarray:
    """Return brightness that falls from 1 at each label's centre to 0 at `radius`, 0 outside."""
    rows, columns = np.indices(labels.shape)
    bright = np.zeros(labels.shape)
    for number, (row, column) in enumerate(centres, start=1):
        cone = 1 - np.hypot(rows - row, columns - column) / radius
        bright = np.where(labels == number, np.clip(cone, 0, 1), bright)
    return bright
