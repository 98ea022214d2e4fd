"""The nearest label of every pixel: one transform for all who ask how far it is, or whose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.kernels.cpu.field.nearest import nearest


@dataclass(frozen=True, slots=True)
class Nearest:
    """What is nearest to each pixel of a label image.

    Attributes
    ----------
    labels
        (rows, columns) the image, 0 outside.
    distance
        (rows, columns) to the nearest labelled pixel, in pixels; infinite where there is none.
    label
        (rows, columns) label of that pixel, 0 where there is none.
    """

    labels: NDArray[np.int32]
    distance: NDArray[np.float64]
    label: NDArray[np.int32]

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> Nearest:
        """Return what is nearest to each pixel of `labels`."""
        return cls(labels, *nearest(labels))

    def within(self, radius: float) -> NDArray[np.int32]:
        """Return the labels, each grown by `radius` pixels, none into another."""
        return np.where(self.distance <= radius, self.label, 0)

    def ring(self, inner: float, outer: float) -> NDArray[np.int32]:
        """Return the label of the nearest for pixels more than `inner`, up to `outer` away."""
        return np.where((self.distance > inner) & (self.distance <= outer), self.label, 0)


def depth_in(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each pixel's distance to the nearest one outside `mask`, in pixels.

    The mask continues beyond the edge of the array.
    """
    return nearest((~mask).astype(np.int32))[0]
