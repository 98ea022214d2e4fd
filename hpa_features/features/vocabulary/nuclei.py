"""Nuclei by themselves: near ones, twins, and where cells lie in their field."""

from __future__ import annotations

from hpa_features.core.types import Channel
from hpa_features.features.nodes import Measurement, OfChannel, Shared
from hpa_features.features.plan import Floats

PAIR_UM = 15.0  # between nuclear edges: daughters that a bridge still joins lie nearer
LEAST_UM2 = 10.0  # smaller pieces are fragments or micronuclei


class NuclearPairs(Shared):
    """The nuclei of the batch, each part of a cell's nucleus by itself, and near pairs of them."""

    dna: OfChannel
    least_um2: float
    pair_um: float
    kernel = "nuclear_pairs"
    takes = ("native",)


class CellPlaces(Measurement[Floats]):
    """(n, 2): mean row and column of the native pixels."""

    tail = (2,)
    kernel = "cell_places"
    takes = ("native",)


PAIRS = NuclearPairs(OfChannel("signal", Channel.DNA), LEAST_UM2, PAIR_UM)
