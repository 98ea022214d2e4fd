"""Nuclei by themselves: near ones, twins, and where cells lie in their field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Measurement, Shared, Values
from hpa_features.features.plan import Floats

PAIR_UM = 15.0  # between nuclear edges: daughters that a bridge still joins lie nearer
LEAST_UM2 = 10.0  # smaller pieces are fragments or micronuclei


class NuclearPairs(Shared):
    """The nuclei of the batch, each part of a cell's nucleus by itself, and near pairs of them."""

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        dna = crops.signal[Channel.DNA]
        return [crops.kernels.nuclear_pairs(dna, crops.native, LEAST_UM2, PAIR_UM)]


class CellPlaces(Measurement[Floats]):
    """(n, 4): native pixels, mean row, mean column and Σ signal of a channel."""

    channel: Channel
    tail = (4,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        signals = [crops.signal[node.channel] for node in nodes]
        return crops.kernels.cell_places(signals, crops.native)


PAIRS = NuclearPairs()
