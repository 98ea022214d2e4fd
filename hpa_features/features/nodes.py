"""Nodes: what a kernel can make of a batch's crops, named by frozen data.

A node says what it is made from, so equal nodes are made once a batch, those of one kind in one
kernel call, and what nobody asks for is not made at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast, dataclass_transform

import numpy as np

from hpa_features.features.crops import Crops

T = TypeVar("T")
Array: TypeAlias = Any
"""An array of numpy's or CuPy's; which one, only the kernels know."""
Made: TypeAlias = Mapping["Node", Any]
"""What has been made for the nodes that a node is made from."""
Values: TypeAlias = Any
"""What a kernel made for several nodes, in their order."""


@dataclass_transform(frozen_default=True)
class Node:
    """Something a kernel makes from the crops and from other nodes.

    Subclasses are frozen dataclasses; their fields say what is wanted.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True)(cls)
        cls.__hash__ = Node.__hash__  # type: ignore[method-assign]

    def __hash__(self) -> int:
        # Nodes nest: without keeping it, each look-up would hash the whole tree below.
        kept = self.__dict__.get("_hash")
        if kept is None:
            values = (getattr(self, each.name) for each in fields(self))  # type: ignore[arg-type]
            kept = hash((type(self), *values))
            object.__setattr__(self, "_hash", kept)
        return cast("int", kept)

    def sources(self) -> tuple[Node, ...]:
        """Return the nodes that it is made from: by default those among its fields."""
        found: list[Node] = []
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            several = value if isinstance(value, tuple) else (value,)
            found += [one for one in several if isinstance(one, Node)]
        return tuple(found)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        """Make `nodes`, all of this kind, in one kernel call; return values in their order."""
        raise NotImplementedError


class Map(Node):
    """Per pixel, (total,); stays where the kernels run."""


class Shared(Node):
    """Several arrays that one kernel makes together, as a frozen dataclass; stays there too."""


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
    """One of the maps that a `Shared` node holds."""

    shared: Shared
    name: str

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [getattr(made[node.shared], node.name) for node in nodes]


class SharedFlag(Measurement[Any]):
    """(n,) bool: one of the per-cell arrays that a `Shared` node holds."""

    shared: Shared
    name: str
    kind = bool

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        return [getattr(made[node.shared], node.name) for node in nodes]
