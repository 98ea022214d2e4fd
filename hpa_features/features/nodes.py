"""Nodes: what a kernel can make of a batch's crops, named by frozen data.

A node states what it is computed from, so equal nodes are computed once per batch, those of one
kind in one kernel call, and what is not requested is not computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast, dataclass_transform

import numpy as np

from hpa_features.core.types import Channel
from hpa_features.features.crops import Crops

T = TypeVar("T")
Made: TypeAlias = Mapping["Node", Any]
"""What has been made for the nodes that a node is made from."""
Values: TypeAlias = Any
"""What a kernel made for several nodes, in their order."""


@dataclass_transform(frozen_default=True)
class Node:
    """Something a kernel makes from the crops and from other nodes.

    Subclasses are frozen dataclasses; their fields state what is wanted. `kernel` names the kernel
    that computes them, `takes` the parts of the crops that it takes after the fields.
    """

    kernel: ClassVar[str]
    takes: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True)(cls)
        cls.__hash__ = Node.__hash__  # type: ignore[method-assign]

    def __hash__(self) -> int:
        # Nodes nest: without keeping it, each look-up would hash the whole tree below.
        kept = self.__dict__.get("_hash")
        if kept is None:
            kept = hash((type(self), *self._values()))
            object.__setattr__(self, "_hash", kept)
        return cast("int", kept)

    def sources(self) -> tuple[Node, ...]:
        """Return the nodes that it is made from: by default those among its fields."""
        values = [v if isinstance(v, tuple) else (v,) for v in self._values()]
        return tuple(one for several in values for one in several if isinstance(one, Node))

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]

    def arguments(self, made: Made) -> tuple[Any, ...]:
        """Return what the kernel takes of this node: its fields, nodes by their values."""
        return tuple(_argument(value, made) for value in self._values())

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        """Make `nodes`, all of this kind, in one call; return their values in order.

        Each argument is a list of one value a node. A kind without fields has one node, made by a
        kernel that takes parts of the crops only.
        """
        kernel = getattr(crops.kernels, cls.kernel)
        shared = [getattr(crops, name) for name in cls.takes]
        lists = [list(column) for column in zip(*(node.arguments(made) for node in nodes))]
        return kernel(*lists, *shared) if lists else [kernel(*shared)]


def _argument(value: Any, made: Made) -> Any:
    if isinstance(value, Node):
        return made[value]
    if isinstance(value, tuple) and value and isinstance(value[0], Node):
        return tuple(made[node] for node in value)
    return value


class Map(Node):
    """Per pixel, (total,); stays where the kernels run."""


class Shared(Node):
    """Several arrays that one kernel makes together, as a tuple; stays there too."""


class Measurement(Node, Generic[T]):
    """Per cell, (n, …); brought to the host, where formulas read it."""

    tail: ClassVar[tuple[int, ...]] = ()
    kind: ClassVar[type] = float

    def shape(self) -> tuple[int, ...]:
        """Return the shape of one cell's value."""
        return self.tail

    def empty(self) -> T:
        """Return the value for no cells, from which a formula's needs are read."""
        return cast("T", np.zeros((0, *self.shape()), self.kind))


class Attribute(Map):
    """One of the maps that a `Shared` node holds; nothing is computed."""

    shared: Shared
    number: int

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [made[node.shared][node.number] for node in nodes]


class OfChannel(Node):
    """What the crops hold of a channel, such as its `signal`; nothing is computed."""

    name: str
    channel: Channel

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [getattr(crops, node.name)[node.channel] for node in nodes]
