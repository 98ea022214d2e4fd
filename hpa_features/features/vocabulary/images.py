"""Images: the channels on the working grid, smoothed, and what is left when one is taken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Node, Values


class Raw(Map):
    """The signal of a channel: uint16, 65535 at full scale."""

    channel: Channel

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [crops.values[node.channel] for node in nodes]


class CellWeights(Map):
    """Σ(w·m) of the cell's own pixels, w a Gaussian of σ in µm: what smoothed images divide by."""

    um: float
    kernel = "smooth_masks"
    takes = ("region", "layout")


class Smooth(Map):
    """A channel smoothed by σ in nm over the cell's own pixels, Σ(w·m·x) / Σ(w·m)."""

    channel: Channel
    nm: int
    kernel = "smooth_images"
    takes = ("layout",)

    def sources(self) -> tuple[Node, ...]:
        return (RAW[self.channel], CellWeights(self.nm / 1000))

    def arguments(self, made: Made) -> tuple[Any, ...]:
        return (*(made[node] for node in self.sources()), self.nm / 1000)


class Minus(Map):
    """The difference of two images."""

    image: Map
    other: Map
    kernel = "differences"


class Times(Map):
    """The product of two images."""

    image: Map
    other: Map
    kernel = "multiples"


class Rounded(Map):
    """An image of the working grid's scale, rounded half up to uint16."""

    image: Map
    kernel = "rounded"


RAW: Mapping[Channel, Raw] = {channel: Raw(channel) for channel in Channel}
LIGHT = RAW[Channel.PROTEIN]
