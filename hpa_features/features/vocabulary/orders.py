"""Orders: the pixels of a part by ascending value, which several kinds of node read along."""

from __future__ import annotations

from typing import Any

from hpa_features.features.nodes import Made, Map, Node
from hpa_features.features.vocabulary.images import Raw
from hpa_features.features.vocabulary.parts import CELL, Mask


class Order(Map):
    """int32: places of the pixels of `part` by ascending value, from where each crop begins."""

    image: Map
    part: Mask = CELL
    kernel = "ascending_order"
    takes = ("layout",)


class OfOrder(Node):
    """What is read from an image along the ascending order of the cell's pixels."""

    image: Map

    @property
    def order(self) -> Order:
        """The order that the kernel takes after the image."""
        return Order(self.image)

    def sources(self) -> tuple[Node, ...]:
        return (*super().sources(), self.order)

    def arguments(self, made: Made) -> tuple[Any, ...]:
        image, *others = super().arguments(made)
        return (image, made[self.order], *others)


class OfOrderInPart(OfOrder):
    """What is read along the order in a part of the cell.

    All parts share the order of a channel in the cell. Other images are read in one part only,
    and only its pixels are put in order.
    """

    part: Mask

    @property
    def order(self) -> Order:
        return Order(self.image, CELL if isinstance(self.image, Raw) else self.part)
