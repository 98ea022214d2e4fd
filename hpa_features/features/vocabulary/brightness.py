"""Brightness: statistics of a channel in the cell and its compartments, and its native sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Measurement, Values
from hpa_features.features.plan import Floats
from hpa_features.features.vocabulary.images import Raw


class Statistics(Measurement[Floats]):
    """(n, 3, 13): the statistics of cell, nucleus and cytoplasm that `MEAN`, … number."""

    image: Raw
    tail = (3, 13)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        images = [made[node.image] for node in nodes]
        return crops.kernels.part_statistics(images, crops.region, crops.layout)


class Places(Measurement[Floats]):
    """(n, 3, 2): mean of the inner edge, and grid pixels between centroid and centre of light."""

    image: Raw
    tail = (3, 2)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        images = [made[node.image] for node in nodes]
        return crops.kernels.part_places(images, crops.region, crops.layout)


class NativeSums(Measurement[Floats]):
    """(n, 3, 3): native pixels, Σ signal and saturated pixels of cell, nucleus, cytoplasm."""

    channel: Channel
    tail = (3, 3)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.native_sums(
            [crops.signal[node.channel] for node in nodes],
            [crops.ceilings[node.channel] for node in nodes],
            crops.native,
        )


class Scale(Measurement[Floats]):
    """(n, 2): a channel's full scale and background in each cell's field."""

    channel: Channel
    tail = (2,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.scales[node.channel] for node in nodes]


class FieldSize(Measurement[Floats]):
    """(n, 3): height and width of each cell's field and edge of its pixels, all in µm."""

    tail = (3,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.fields]


MEAN, SD, MAD, SKEWNESS, KURTOSIS, GINI, TOP, Q05, Q25, Q50, Q75, Q95, Q99 = range(13)
