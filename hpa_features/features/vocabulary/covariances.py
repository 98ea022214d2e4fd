"""Covariances: how images vary together in a part of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from hpa_features.features.crops import Crops
from hpa_features.features.nodes import Made, Map, Measurement, Values
from hpa_features.features.plan import Floats, Measured
from hpa_features.features.vocabulary.parts import Mask


class Covariances(Measurement[Floats]):
    """(n, 1 + k + k²): pixels of `part`, then means and covariances of k images over them."""

    images: tuple[Map, ...]
    part: Mask

    def shape(self) -> tuple[int, ...]:
        k = len(self.images)
        return (1 + k + k * k,)

    @classmethod
    def run(cls, crops: Crops, nodes: Sequence[Self], made: Made) -> Values:
        tables = _joint(nodes)
        made_tables = crops.kernels.covariances(
            [tuple(made[image] for image in images) for _, images in tables],
            [made[part] for part, _ in tables],
            crops.layout,
        )
        found = []
        for node in nodes:
            number = _number_of(node, tables)
            found.append(made_tables[number][:, _places(node.images, tables[number][1])])
        return found


Table = tuple[Mask, tuple[Map, ...]]


def _joint(nodes: Sequence[Covariances]) -> list[Table]:
    """Return parts and images of tables that `nodes` are cut from.

    Nodes of one part that share an image have one table, so each image is gathered once a part.
    Images that no node asks for together share a table only where another node links them.
    """
    tables: list[Table] = []
    for node in nodes:
        images = node.images
        apart = []
        for part, others in tables:
            if part == node.part and not set(others).isdisjoint(images):
                images = tuple(dict.fromkeys((*others, *images)))
            else:
                apart.append((part, others))
        tables = [*apart, (node.part, images)]
    return tables


def _number_of(node: Covariances, tables: Sequence[Table]) -> int:
    places = (k for k, (part, images) in enumerate(tables) if part == node.part)
    return next(k for k in places if node.images[0] in tables[k][1])


def _places(images: Sequence[Map], joint: Sequence[Map]) -> list[int]:
    """Return where count, means and covariances of some images lie in the table of all."""
    k, at = len(joint), [joint.index(image) for image in images]
    pairs = [1 + k + k * row + column for row in at for column in at]
    return [0, *(1 + number for number in at), *pairs]


def covariances(m: Measured, images: tuple[Map, ...], part: Mask) -> tuple[Floats, Floats, Floats]:
    """Return pixels (n,), means (n, k) and covariances (n, k, k) of `images` over `part`."""
    k = len(images)
    packed = m(Covariances(images, part))
    return packed[:, 0], packed[:, 1 : 1 + k], packed[:, 1 + k :].reshape(-1, k, k)
