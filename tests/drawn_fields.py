"""Fields whose cells are drawn from ellipses, so that every mask is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from hpa_features.core.types import Channel, Field


@dataclass(frozen=True)
class Ellipse:
    """Centre and half axes in µm."""

    row: float
    column: float
    tall: float
    wide: float
    level: float = 120

    def inside(self, shape: tuple[int, int], um: float) -> NDArray[np.bool_]:
        rows, columns = (np.indices(shape) + 0.5) * um
        return ((rows - self.row) / self.tall) ** 2 + ((columns - self.column) / self.wide) ** 2 < 1


@dataclass(frozen=True)
class DrawnCell:
    """One cell body with its nuclei."""

    body: Ellipse
    nuclei: tuple[Ellipse, ...]


@dataclass(frozen=True)
class Drawn:
    """A field and its true masks: label n is the n-th cell."""

    field: Field
    cells: NDArray[np.int32]
    nuclei: NDArray[np.int32]


def one_nucleus(row: float, column: float, *, level: float = 120) -> DrawnCell:
    return DrawnCell(Ellipse(row, column, 15, 12), (Ellipse(row, column, 7, 6, level),))


def draw(
    cells: Sequence[DrawnCell],
    *,
    size: int = 256,
    um: float = 0.32,
    gap_um: float = 0.6,
    er: bool = True,
    noise: float = 2.0,
) -> Drawn:
    """Draw `cells`, later ones behind earlier ones; between two bodies lies a gap without stain."""
    shape = (size, size)
    truth, nuclear = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
    stain, dna = np.zeros(shape), np.zeros(shape)
    for number, cell in enumerate(cells, start=1):
        free = ndi.distance_transform_edt(truth == 0) * um > gap_um
        body = cell.body.inside(shape, um) & free
        truth[body] = number
        stain[body] = cell.body.level
        for nucleus in cell.nuclei:
            inside = nucleus.inside(shape, um) & body
            nuclear[inside] = number
            dna[inside] = nucleus.level
            stain[inside] = 0.4 * cell.body.level
    random = np.random.default_rng(0)

    def seen(light: NDArray[np.float64]) -> NDArray[np.uint8]:
        blurred = ndi.gaussian_filter(light, 0.25 / um) + 5
        return np.clip(np.rint(blurred + random.normal(0, noise, shape)), 0, 255).astype(np.uint8)

    planes = {
        Channel.DNA: seen(dna),
        Channel.MICROTUBULES: seen(stain),
        Channel.ER: seen(stain),
        Channel.PROTEIN: seen(0 * stain),
    }
    if not er:
        del planes[Channel.ER]
    return Drawn(field_of(planes, um), truth, nuclear)


def field_of(planes: dict[Channel, NDArray[np.uint8]], um: float = 0.32) -> Field:
    return Field(
        id="drawn",
        planes=planes,
        full_scale=dict.fromkeys(planes, 255),
        pixel_size_um=um,
    )


def overlap(found: NDArray[np.int32], truth: NDArray[np.int32]) -> list[float]:
    """Return, for each true object, the best intersection over union with a found one."""
    best = []
    for number in range(1, int(truth.max(initial=0)) + 1):
        this = truth == number
        rivals = np.unique(found[this])
        ratios = [
            (this & (found == rival)).sum() / (this | (found == rival)).sum()
            for rival in rivals[rivals > 0]
        ]
        best.append(max(ratios, default=0.0))
    return best
