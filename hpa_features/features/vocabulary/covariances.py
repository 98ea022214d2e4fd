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
        # Tables of one part are cut from a joint one: each image is gathered once.
        joint: dict[Mask, dict[Map, int]] = {}
        for node in nodes:
            numbers = joint.setdefault(node.part, {})
            for image in node.images:
                numbers.setdefault(image, len(numbers))
        tables = crops.kernels.covariances(
            [tuple(made[image] for image in images) for images in joint.values()],
            [made[part] for part in joint],
            crops.layout,
        )
        whole = dict(zip(joint, tables, strict=True))
        return [whole[n.part][:, _places(n.images, joint[n.part])] for n in nodes]


def _places(images: Sequence[Map], numbers: dict[Map, int]) -> list[int]:
    """Return where count, means and covariances of some images lie in the table of all."""
    k, at = len(numbers), [numbers[image] for image in images]
    pairs = [1 + k + k * row + column for row in at for column in at]
    return [0, *(1 + number for number in at), *pairs]


def covariances(m: Measured, images: tuple[Map, ...], part: Mask) -> tuple[Floats, Floats, Floats]:
    """Return pixels (n,), means (n, k) and covariances (n, k, k) of `images` over `part`."""
    k = len(images)
    packed = m(Covariances(images, part))
    return packed[:, 0], packed[:, 1 : 1 + k], packed[:, 1 + k :].reshape(-1, k, k)
