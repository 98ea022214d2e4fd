"""Brightness: statistics of a channel in the cell and its compartments, and its native sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Measurement, OfChannel, Values
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.vocabulary.images import Raw
from hpa_features.features.vocabulary.orders import OfOrder


class Statistics(OfOrder, Measurement[Floats]):
    """(n, 3, 13): the statistics of cell, nucleus and cytoplasm that `MEAN`, … number."""

    tail = (3, 13)
    kernel = "part_statistics"
    takes = ("region", "layout")


class Places(Measurement[Floats]):
    """(n, 3, 2): mean of the inner edge, and grid pixels between centroid and centre of light."""

    image: Raw
    tail = (3, 2)
    kernel = "part_places"
    takes = ("region", "layout")


class NativeSums(Measurement[Floats]):
    """(n, 3, 3): native pixels, Σ signal and saturated pixels of cell, nucleus, cytoplasm."""

    signal: OfChannel
    scale: OfChannel
    tail = (3, 3)
    kernel = "native_sums"
    takes = ("native",)


class Scale(OfChannel, Measurement[Floats]):
    """(n, 2): a channel's full scale and background in each cell's field."""

    tail = (2,)


def native_sums(m: Measured, channel: Channel) -> Floats:
    """Return what a channel's `NativeSums` are."""
    return m(sums_of(channel))


def sums_of(channel: Channel) -> NativeSums:
    """Return the node of a channel's sums over native pixels."""
    return NativeSums(OfChannel("signal", channel), OfChannel("scales", channel))


def scale(m: Measured, channel: Channel) -> Floats:
    """Return a channel's `Scale`."""
    return m(Scale("scales", channel))


class FieldSize(Measurement[Floats]):
    """(n, 3): height and width of each cell's field and edge of its pixels, all in µm."""

    tail = (3,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.fields]


MEAN, SD, MAD, SKEWNESS, KURTOSIS, GINI, TOP, Q05, Q25, Q50, Q75, Q95, Q99 = range(13)
