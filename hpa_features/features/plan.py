"""From columns to kernel calls: what the formulas ask for, in an order that works.

Every formula runs twice: on zero cells, where what it asks for is noted, and on real cells, where
it gives its column. So what has to be made is known before any pixel is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Measurement, Node

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
Floats = NDArray[np.float64]


@dataclass
class Measured:
    """The numbers of n cells: ``m(node)`` returns them.

    Attributes
    ----------
    values
        Node → (n, …); None while formulas run on zero cells to note what they ask for.
    asked
        The nodes that were asked for, in order.
    kept
        Results of formulas that several columns share (`once`).
    """

    values: Mapping[Node, Any] | None = None
    asked: dict[Node, None] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, node: Measurement[T]) -> T:
        """Return the value of `node` for each cell.

        Raises
        ------
        LookupError
            It was not asked for on zero cells.
        """
        if self.values is None:
            self.asked[node] = None
            return node.empty()
        if node not in self.values:
            raise LookupError(f"{node} is new: the products of a formula cannot depend on values.")
        return cast("T", self.values[node])


Value = Callable[[Measured], Floats]
"""A column's formula: (n,) float64 from the numbers of n cells."""


def difference(value: Value, other: Value) -> Value:
    """Return the formula of one column minus another."""
    return lambda m: value(m) - other(m)


def once(formula: Callable[Concatenate[Measured, P], R]) -> Callable[Concatenate[Measured, P], R]:
    """Make a formula that is computed once a batch for equal (hashable) arguments."""

    @wraps(formula)
    def kept(m: Measured, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (formula, args, *kwargs.items())
        if key not in m.kept:
            m.kept[key] = formula(m, *args, **kwargs)
        return cast("R", m.kept[key])

    return kept


Call = tuple[type[Node], tuple[Node, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before any pixel is read.

    Attributes
    ----------
    columns
        Name and formula of each column, in order; None where a channel is missing.
    calls
        A kind of node and the nodes of that kind to make, in order.
    last
        For each call the nodes that nobody reads after it.
    wanted
        The nodes that formulas read.
    """

    columns: tuple[tuple[str, Value | None], ...]
    calls: tuple[Call, ...]
    last: tuple[tuple[Node, ...], ...]
    wanted: tuple[Node, ...]


def make_plan(columns: Iterable[tuple[str, Value | None]]) -> Plan:
    """Run every column's formula on zero cells and order the calls that it takes.

    Raises
    ------
    TypeError
        A formula does not give one number a cell.
    """
    m = Measured()
    kept = tuple(columns)
    for name, value in kept:
        if value is None:
            continue
        shape = named(name, value, m).shape
        if shape != (0,):
            raise TypeError(f"{name} gives an array of shape {shape}, not one number a cell.")
    return plan_of_nodes(m.asked, kept)


def plan_of_nodes(
    nodes: Iterable[Node], columns: tuple[tuple[str, Value | None], ...] = ()
) -> Plan:
    """Return the plan that makes `nodes`, which the formulas of `columns` read."""
    wanted = tuple(dict.fromkeys(nodes))
    calls = _ordered(_closed(wanted))
    return Plan(columns, calls, _last_uses(calls, wanted), wanted)


def _closed(nodes: Iterable[Node]) -> dict[Node, None]:
    """Return `nodes` and all they are made from, sources first."""
    found: dict[Node, None] = {}

    def add(node: Node) -> None:
        if node not in found:
            for source in node.sources():
                add(source)
            found[node] = None

    for node in nodes:
        add(node)
    return found


def _ordered(nodes: Iterable[Node]) -> tuple[Call, ...]:
    """Return calls in an order that works; a kind waits for all its nodes where it can."""
    left = list(nodes)
    done: set[Node] = set()
    calls: list[Call] = []
    while left:
        pending = Counter(type(node) for node in left)
        ready: dict[type[Node], list[Node]] = {}
        for node in left:
            if done.issuperset(node.sources()):
                ready.setdefault(type(node), []).append(node)
        whole = (kind for kind, some in ready.items() if len(some) == pending[kind])
        kind = next(whole, next(iter(ready)))
        calls.append((kind, tuple(ready[kind])))
        done.update(ready[kind])
        left = [node for node in left if node not in done]
    return tuple(calls)


def _last_uses(calls: Sequence[Call], wanted: Iterable[Node]) -> tuple[tuple[Node, ...], ...]:
    seen = set(wanted)
    last: list[tuple[Node, ...]] = []
    for _, nodes in reversed(calls):
        read = dict.fromkeys(source for node in nodes for source in node.sources())
        last.append(tuple(node for node in read if node not in seen))
        seen.update(read)
    return tuple(reversed(last))


def named(name: str, value: Value, m: Measured) -> Floats:
    """Return a column, its name added to what its formula raises."""
    try:
        return value(m)
    except Exception as error:
        error.add_note(f"in the formula of {name}")
        raise


def make_numbers(crops: Crops, plan: Plan) -> Measured:
    """Make all that the columns of `plan` ask for; return the numbers that formulas read."""
    made: dict[Node, Any] = {}
    for (kind, nodes), done_with in zip(plan.calls, plan.last, strict=True):
        made.update(zip(nodes, kind.run(crops, nodes, made), strict=True))
        for node in done_with:
            del made[node]
    numbers = crops.kernels.to_host([made[node] for node in plan.wanted])
    return Measured(dict(zip(plan.wanted, numbers, strict=True)))


def columns_of(m: Measured, plan: Plan, cells: int) -> Floats:
    """Return (n, columns) float64: every formula of `plan` on the numbers `m`; NaN without one."""
    table = np.full((cells, len(plan.columns)), np.nan)
    for at, (name, value) in enumerate(plan.columns):
        if value is not None:
            table[:, at] = named(name, value, m)
    return table
