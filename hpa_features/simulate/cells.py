"""Where cells lie and what shape they have: places, outlines, and who owns which pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hpa_features.simulate import outlines
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.planes import Real, Shape, enlarge

COARSE_UM = 0.64  # grid for what is smooth over a µm
NUCLEAR_MARGIN = 1.0  # least cytoplasm around a nucleus, µm
_FAR = np.float32(1e3)
_FIRM = np.float32(0.3)  # dividing cells are round and stiff: neighbours give way


class Phase(StrEnum):
    """Where in its division a cell is."""

    METAPHASE = "metaphase"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class Division:
    """A cell dividing, or two daughters still joined; they share it.

    Attributes
    ----------
    phase
        `METAPHASE`: one rounded cell; `BRIDGE`: two cells.
    at
        Middle of the plate, or of the bridge: y and x in µm.
    axis
        Direction from pole to pole in radians, from the x axis towards growing y.
    reach
        Distance in µm from `at` to a pole, or to a daughter's centre.
    """

    phase: Phase
    at: tuple[float, float]
    axis: float
    reach: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell about the centre of its nucleus; lengths in µm, y before x.

    Attributes
    ----------
    centre
        Centre of the nucleus in the field.
    cell_radii, nuclear_radii
        (ANGLES,) outlines as seen from `centre`.
    mtoc
        The microtubule organising centre.
    division
        None in interphase.
    inclusion
        Radius of the aggresome about the organising centre, 0 for none.
    """

    centre: tuple[float, float]
    cell_radii: NDArray[np.float64]
    nuclear_radii: NDArray[np.float64]
    mtoc: tuple[float, float]
    division: Division | None = None
    inclusion: float = 0.0

    @property
    def in_metaphase(self) -> bool:
        """Whether the chromosomes are condensed and the nuclear envelope gone."""
        return self.division is not None and self.division.phase is Phase.METAPHASE


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The geometry of a field on the render grid.

    Attributes
    ----------
    step_um
        Edge of a render pixel.
    cells
        Cell i owns the pixels labelled i + 1.
    labels
        int32, 0 outside.
    nuclei
        Whether a pixel lies in the nucleus of its cell.
    nuclear_edge
        Signed distance in µm from the nuclear edge of the own cell, negative inside; far
        outside cells.
    cell_edge
        Distance in µm to the edge of the own cell, 0 outside.
    thickness
        Thickness of the cell relative to its middle, 0–1.
    """

    step_um: float
    cells: tuple[Cell, ...]
    labels: NDArray[np.int32]
    nuclei: NDArray[np.bool_]
    nuclear_edge: Real
    cell_edge: Real
    thickness: Real

    @property
    def shape(self) -> Shape:
        """(rows, columns) of the render grid."""
        rows, columns = self.labels.shape
        return rows, columns

    def owner(self, places: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the label at each of (n, 2) places in µm, 0 outside cells and field."""
        at = np.floor(places / self.step_um).astype(np.intp)
        inside = ((at >= 0) & (at < np.array(self.shape))).all(axis=1)
        found = np.zeros(len(places), np.int32)
        found[inside] = self.labels[at[inside, 0], at[inside, 1]]
        return found

    def per_cell(self, values: NDArray[np.float64]) -> Real:
        """Spread one value a cell over that cell's pixels; 0 outside."""
        table: Real = np.concatenate([[0.0], values]).astype(np.float32)
        return table[self.labels]


def anatomy(
    line: CellLine,
    shape: Shape,
    step_um: float,
    rng: np.random.Generator,
    change: Callable[[list[Cell]], list[Cell]] = list,
) -> Anatomy:
    """Draw the cells of one field, `change` them, and divide the field's pixels among them."""
    size = (shape[0] * step_um, shape[1] * step_um)
    cells = change(_draw_cells(line, size, rng))
    labels, nuclear_edge = _divide(cells, shape, step_um)
    labels, nuclear_edge = _whole_cells(labels, nuclear_edge, len(cells))
    factor = max(1, round(COARSE_UM / step_um))
    cell_edge = _edge_distance(labels, factor, step_um)
    height = 1 - np.exp(-cell_edge / np.float32(rng.uniform(2.0, 4.0)))
    thickness = np.where(labels > 0, line.flatness + (1 - line.flatness) * height, 0)
    return Anatomy(
        step_um=step_um,
        cells=tuple(cells),
        labels=labels,
        nuclei=nuclear_edge < 0,
        nuclear_edge=nuclear_edge,
        cell_edge=cell_edge,
        thickness=thickness.astype(np.float32),
    )


def _draw_cells(line: CellLine, size: tuple[float, float], rng: np.random.Generator) -> list[Cell]:
    margin = np.sqrt(line.cell_area / np.pi)
    wide = np.array(size) + 2 * margin
    wanted = rng.uniform(*line.confluency) * wide.prod() / line.cell_area
    direction = rng.uniform(0, np.pi)  # neighbours tend to lie alike
    cells: list[Cell] = []
    places = np.empty((0, 2))
    reach = np.empty(0)
    for _ in range(max(1, round(wanted))):
        nucleus = _nuclear_outline(line, rng)
        candidates = rng.uniform(0, 1, (4, 2)) * wide - margin
        gaps = np.full(len(candidates), np.inf)
        if len(places):
            apart = np.linalg.norm(candidates[:, None] - places[None], axis=2)
            gaps = (apart - reach - nucleus.max()).min(axis=1)
        best = int(np.argmax(gaps))
        if gaps[best] < NUCLEAR_MARGIN:
            continue
        centre = (float(candidates[best, 0]), float(candidates[best, 1]))
        cells.append(_draw_cell(line, centre, nucleus, direction, rng))
        places = np.vstack([places, candidates[best]])
        reach = np.append(reach, nucleus.max())
    return cells


def _nuclear_outline(line: CellLine, rng: np.random.Generator) -> NDArray[np.float64]:
    ratio = max(1.0, line.nuclear_elongation * rng.lognormal(0, 0.2))
    radii = outlines.ellipse(ratio, rng.uniform(0, np.pi))
    radii = radii * np.exp(outlines.ripples(7, line.lobes, 1.4, rng))
    return outlines.scaled_to_area(radii, line.nuclear_area * rng.lognormal(0, 0.25))


def _draw_cell(
    line: CellLine,
    centre: tuple[float, float],
    nucleus: NDArray[np.float64],
    direction: float,
    rng: np.random.Generator,
) -> Cell:
    count = int(rng.integers(line.corners[0], line.corners[1] + 1))
    ratio = max(1.0, line.elongation * rng.lognormal(0, 0.25))
    angle = direction + rng.normal(0, 0.6)
    turns = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    reach = rng.lognormal(0, 0.18, count)
    along, across = reach * np.cos(turns) * np.sqrt(ratio), reach * np.sin(turns) / np.sqrt(ratio)
    shift = rng.normal(0, 0.2, 2)
    y = along * np.sin(angle) + across * np.cos(angle) + shift[0]
    x = along * np.cos(angle) - across * np.sin(angle) + shift[1]
    hollow = line.hollow * rng.uniform(0, 2, count)
    radii = outlines.smoothed(outlines.polygon(np.stack([y, x], axis=1), hollow), 5.0)
    radii = radii * np.exp(outlines.ripples(24, 0.09, 1.2, rng))
    radii = outlines.scaled_to_area(radii, line.cell_area * rng.lognormal(0, 0.3))
    radii = np.maximum(radii, nucleus + NUCLEAR_MARGIN)
    side = int(np.argmax(radii - nucleus + rng.normal(0, 4.0, outlines.ANGLES)))
    away = nucleus[side] + min(rng.uniform(0.5, 2.5), 0.6 * (radii[side] - nucleus[side]))
    mtoc = (
        centre[0] + away * np.sin(outlines.DIRECTIONS[side]),
        centre[1] + away * np.cos(outlines.DIRECTIONS[side]),
    )
    return Cell(centre, radii, nucleus, mtoc)


def _divide(cells: Sequence[Cell], shape: Shape, step_um: float) -> tuple[NDArray[np.int32], Real]:
    """Give each pixel to the cell in which it lies relatively deepest."""
    labels = np.zeros(shape, np.int32)
    depth = np.ones(shape, np.float32)
    nuclear_edge = np.full(shape, _FAR, np.float32)
    for number, cell in enumerate(cells, start=1):
        reach = cell.cell_radii.max()
        box = tuple(
            slice(
                min(size, max(0, int((at - reach) / step_um))),
                min(size, max(0, int((at + reach) / step_um) + 1)),
            )
            for at, size in zip(cell.centre, shape)
        )
        dy, dx = (
            ((np.arange(part.start, part.stop) + 0.5) * step_um - at).astype(np.float32)
            for part, at in zip(box, cell.centre)
        )
        if not dy.size or not dx.size:
            continue
        away = np.hypot(dy[:, None], dx)
        index = outlines.angle_index(dy[:, None], dx)
        nuclear = cell.nuclear_radii.astype(np.float32)
        outside = (away - nuclear[index]) * outlines.slant(cell.nuclear_radii).astype(np.float32)[
            index
        ]
        # Half as deep again at the nucleus: no neighbour may take a nucleus away.
        relative = np.where(
            outside < NUCLEAR_MARGIN, 0, away / cell.cell_radii.astype(np.float32)[index]
        )
        inside = relative < 1
        if cell.division is not None:
            relative *= _FIRM
        mine = inside & (relative < depth[box])
        depth[box][mine] = relative[mine]
        labels[box][mine] = number
        nuclear_edge[box][mine] = outside[mine]
    return labels, nuclear_edge


def _whole_cells(
    labels: NDArray[np.int32], nuclear_edge: Real, count: int
) -> tuple[NDArray[np.int32], Real]:
    """Keep each cell's largest piece, cut by neighbours as it may be."""
    for number, box in enumerate(ndimage.find_objects(labels, count), start=1):
        if box is None:
            continue
        mine = labels[box] == number
        pieces, found = ndimage.label(mine)
        if found > 1:
            largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
            lost = mine & (pieces != largest)
            labels[box][lost] = 0
            nuclear_edge[box][lost] = _FAR
    return labels, nuclear_edge


def _edge_distance(labels: NDArray[np.int32], factor: int, step_um: float) -> Real:
    coarse = labels[factor // 2 :: factor, factor // 2 :: factor]
    inner = coarse > 0
    for axis in (0, 1):
        same = np.diff(coarse, axis=axis) == 0
        before = [slice(None), slice(None)]
        after = [slice(None), slice(None)]
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        inner[tuple(before)] &= same
        inner[tuple(after)] &= same
    # The frame is no edge: cells go on beyond the picture.
    distance = ndimage.distance_transform_edt(np.pad(inner, 1, mode="edge"))[1:-1, 1:-1]
    fine = enlarge(distance.astype(np.float32), factor, (labels.shape[0], labels.shape[1]))
    result: Real = np.where(labels > 0, fine * np.float32(factor * step_um), 0).astype(np.float32)
    return result


def cell_areas(anatomy: Anatomy) -> NDArray[np.float64]:
    """Area of each cell inside the field in µm², 0 for cells outside it."""
    counts = np.bincount(anatomy.labels.ravel(), minlength=len(anatomy.cells) + 1)[1:]
    areas: NDArray[np.float64] = counts.astype(np.float64) * anatomy.step_um**2
    return areas
