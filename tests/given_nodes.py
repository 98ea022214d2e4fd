"""Nodes whose values tests give, to see what other nodes make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Measurement, Node
from hpa_features.features.plan import make_numbers, plan_of_nodes
from hpa_features.features.vocabulary.parts import Mask
from hpa_features.features.vocabulary.points import Point
from hpa_features.kernels import cpu
from hpa_features.kernels.layout import CropLayout


class Held:
    """An array that is equal to itself alone."""

    def __init__(self, array: Any) -> None:
        self.array = array


class Given(Mask, Point, Measurement[Any]):
    """An image, a mask, a point or a number for each cell, as the test has it."""

    held: Held

    @classmethod
    def run(cls, crops, nodes, made):
        del crops, made
        return [node.held.array for node in nodes]


def given(array: Any, kind: Any = None) -> Given:
    """Return a node whose value is `array`."""
    return Given(Held(np.ascontiguousarray(array, kind)))


def made_of(region: np.ndarray, shape: np.ndarray, step_um: np.ndarray, *nodes: Node) -> list[Any]:
    """Return the values of `nodes` in crops of these shapes, `region` end to end."""
    starts = np.concatenate(([0], np.cumsum(shape.prod(1)))).astype(np.int64)
    layout = CropLayout(starts, shape.astype(np.int64), step_um.astype(float), int(starts[-1]))
    nothing: Any = {}
    crops = Crops(cpu, nothing, layout, region, *([nothing] * 6))
    measured = make_numbers(crops, plan_of_nodes(nodes))
    return [measured.values[node] for node in nodes]
