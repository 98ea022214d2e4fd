"""Images: the channels on the working grid, smoothed, and what is left when one is taken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Values


class Raw(Map):
    """The signal of a channel: uint16, 65535 at full scale."""

    channel: Channel

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.values[node.channel] for node in nodes]


class Smooth(Map):
    """A channel smoothed by σ in nm over the cell's own pixels, Σ(w·m·x) / Σ(w·m)."""

    channel: Channel
    nm: int

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.smooth_images(
            [crops.values[node.channel] for node in nodes],
            [node.nm / 1000 for node in nodes],
            crops.region,
            crops.layout,
        )


class Minus(Map):
    """The difference of two images."""

    image: Map
    other: Map

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.differences(
            [made[node.image] for node in nodes], [made[node.other] for node in nodes]
        )


class Times(Map):
    """The product of two images."""

    image: Map
    other: Map

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.multiples(
            [made[node.image] for node in nodes], [made[node.other] for node in nodes]
        )


class Rounded(Map):
    """An image of the working grid's scale, rounded half up to uint16."""

    image: Map

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return crops.kernels.rounded([made[node.image] for node in nodes])


RAW: Mapping[Channel, Raw] = {channel: Raw(channel) for channel in Channel}
LIGHT = RAW[Channel.PROTEIN]
