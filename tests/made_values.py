"""Nodes of fields that tests draw: what kernels make before any formula reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpa_features.core.types import Field, Masks
from hpa_features.features.batch import Batch
from hpa_features.features.crops import Crops, make_crops
from hpa_features.features.nodes import Node
from hpa_features.features.plan import make_numbers, plan_of_nodes


@dataclass(frozen=True)
class Made:
    """The crops of a batch and the values of some nodes."""

    crops: Crops
    values: Mapping[Node, Any]

    def __getitem__(self, node: Node) -> Any:
        return self.values[node]

    def crop(self, image: np.ndarray, cell: int) -> np.ndarray:
        """Return one cell's crop of a flat image."""
        starts, shape = self.crops.layout.starts, self.crops.layout.shape
        return image[starts[cell] : starts[cell + 1]].reshape(shape[cell])

    def each(self, image: np.ndarray) -> list[np.ndarray]:
        """Return every cell's crop of a flat image."""
        return [self.crop(image, cell) for cell in range(len(self.crops.layout.shape))]


def make(fields: Field | tuple[Field, ...], masks: Masks | tuple[Masks, ...], *nodes: Node) -> Made:
    """Return `nodes` of a field with its masks, or of several."""
    if isinstance(fields, Field):
        fields, masks = (fields,), (masks,)
    crops = make_crops(Batch(fields, masks))
    return Made(crops, make_numbers(crops, plan_of_nodes(nodes)).values)
