"""Crops as the working grid has them, with a margin; and cells large enough for statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drawn_crops import Drawn, drawn_crops
from hypothesis import strategies as st

from hpa_features.kernels.layout import CropLayout


def with_margin(crops: Drawn) -> Drawn:
    """Return crops whose outermost pixels lie outside the cell."""
    inner = np.ones(crops.layout.total, bool)
    for cell, shape in zip(crops.cells(), crops.layout.shape, strict=True):
        own = np.zeros(shape, bool)
        own[1:-1, 1:-1] = True
        inner[cell] = own.ravel()
    region = np.where(inner, crops.region, 0).astype(np.uint8)
    first, second = (np.where(inner, image, 0) for image in (crops.first, crops.second))
    steps = np.random.default_rng(crops.layout.total).uniform(0.2, 0.6, len(crops.cells()))
    layout = replace_steps(crops.layout, steps)
    return replace(crops, layout=layout, region=region, first=first, second=second)


def replace_steps(layout: CropLayout, steps: np.ndarray) -> CropLayout:
    return CropLayout(layout.starts, layout.shape, steps, layout.total)


def crop_of(region: np.ndarray, image: np.ndarray) -> Drawn:
    """Return the crop of one cell: its (rows, columns) region, and an image as flat."""
    shape = np.array([region.shape], np.int64)
    layout = CropLayout(np.array([0, region.size]), shape, np.array([0.32]), region.size)
    return Drawn(layout, region.ravel(), image, image)


def margined() -> st.SearchStrategy[Drawn]:
    """Draw small cells with a margin, of several pixel sizes."""
    return drawn_crops().map(with_margin)


@st.composite
def round_cells(draw: st.DrawFn) -> Drawn:
    """Draw two cells of some 20 to 40 pixels across with round nuclei, grainy inside."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = random.integers(20, 40, (2, 2))
    regions = []
    for rows, columns in shape:
        y, x = np.mgrid[-1.1 : 1.1 : rows * 1j, -1.1 : 1.1 : columns * 1j]
        away = np.hypot(y, x)
        regions.append(((away < 1).astype(np.uint8) + (away < random.uniform(0, 0.6))).ravel())
    region = np.concatenate(regions)
    starts = np.concatenate(([0], np.cumsum(shape.prod(1)))).astype(np.int64)
    top = draw(st.sampled_from((40, 65535)))
    first, second = (
        np.where(region > 0, random.integers(0, top, region.size), 0).astype(np.uint16)
        for _ in range(2)
    )
    layout = CropLayout(starts, shape.astype(np.int64), random.uniform(0.25, 0.4, 2), region.size)
    return Drawn(layout, region, first, second)
