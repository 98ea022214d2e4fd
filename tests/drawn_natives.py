"""Cells in native planes for kernels: small fields whose every pixel is drawn on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from hpa_features.kernels.cpu import index_cells
from hpa_features.kernels.layout import NativeLayout


@dataclass(frozen=True)
class Natives:
    """The layout of cells numbered through one to three fields, and numbers for more draws."""

    native: NativeLayout
    random: np.random.Generator

    def planes(self, flat: NDArray) -> list[NDArray]:
        """Return the plane of each field."""
        native = self.native
        return [
            flat[start : start + rows * columns].reshape(rows, columns)
            for start, (rows, columns) in zip(native.field_start, native.field_shape, strict=True)
        ]

    def signal(self) -> NDArray[np.uint16]:
        """Return (pixels,) noise of few levels."""
        return self.random.integers(0, 9, self.native.labels.size).astype(np.uint16)


@st.composite
def drawn_natives(draw: st.DrawFn, *, inside: bool = False) -> Natives:
    """Draw up to three cells in each of one to three fields, with few to all pixels nuclear.

    With `inside`, nuclei lie in cells only, as in masks; else kernels must ignore the rest.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shapes = draw(st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)), min_size=1))[:3]
    share = draw(st.sampled_from((0.1, 0.5, 0.9, 1.0)))
    planes, homes, before = [], [], 0
    for number, shape in enumerate(shapes):
        found, cells = np.unique(random.integers(0, 4, shape), return_inverse=True)
        cells = cells.reshape(shape)
        planes.append(np.where(cells > 0, cells + before, 0).ravel())
        homes += [number] * (found.size - 1)
        before += found.size - 1
    labels = np.concatenate(planes).astype(np.int32)
    nuclei = random.random(labels.size) < share
    native = index_cells(
        labels,
        nuclei & (labels > 0) if inside else nuclei,
        np.array(homes, np.int64),
        np.cumsum([0, *(plane.size for plane in planes[:-1])]),
        np.array(shapes),
        np.array([0.32, 0.16, 0.5])[: len(shapes)],
    )
    return Natives(native, random)
