"""Filaments as persistent random walks inside cells, and their length laid on a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate.cells import Anatomy, Cell, cell_areas
from hpa_features.simulate.outlines import ANGLES, DIRECTIONS
from hpa_features.simulate.planes import Real

Floats = NDArray[np.float32]
_HALF_PER_RADIAN = np.float32(ANGLES / (4 * np.pi))


@dataclass(frozen=True, slots=True)
class Starts:
    """Where filaments begin: one row a filament, lengths in µm, y before x.

    Attributes
    ----------
    cell
        Number of the cell, from 0.
    place
        (n, 2) start.
    heading
        Direction in radians, from the x axis towards growing y.
    length
        How long each grows.
    """

    cell: NDArray[np.intp]
    place: NDArray[np.float64]
    heading: NDArray[np.float64]
    length: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How filaments grow.

    Attributes
    ----------
    step
        Length of one step in µm.
    bend
        Standard deviation of the turn in radians per µm.
    nuclear_gap
        Distance in µm that they keep from the nuclear edge.
    edge_gap
        Distance in µm from the cell's outline at which they turn along it.
    """

    step: float
    bend: float
    nuclear_gap: float = 0.2
    edge_gap: float = 0.6


@dataclass(frozen=True, slots=True)
class Paths:
    """Points of filaments, step by step.

    Attributes
    ----------
    y, x
        (steps + 1, filaments) float32 places in µm.
    alive
        (steps, filaments): whether the filament reaches from this point to the next.
    cell
        (filaments,) the cell of each.
    """

    y: Floats
    x: Floats
    alive: NDArray[np.bool_]
    cell: NDArray[np.intp]


def grow(cells: tuple[Cell, ...], starts: Starts, habit: Habit, rng: np.random.Generator) -> Paths:
    """Walk all filaments of a field at once; they slide along nuclei and cell outlines."""
    count = len(starts.cell)
    steps = int(np.ceil(starts.length.max(initial=0) / habit.step))
    centres = np.array([c.centre for c in cells], np.float32).reshape(-1, 2)[starts.cell]
    outer = np.array([c.cell_radii for c in cells], np.float32).reshape(-1, ANGLES)
    inner = np.array([c.nuclear_radii for c in cells], np.float32).reshape(-1, ANGLES)
    lean = (np.roll(inner, -1, axis=1) - np.roll(inner, 1, axis=1)) / inner * _HALF_PER_RADIAN
    gap = np.float32(habit.nuclear_gap)
    y = np.empty((steps + 1, count), np.float32)
    x = np.empty((steps + 1, count), np.float32)
    y[0], x[0] = starts.place.T
    heading = starts.heading.astype(np.float32)
    turns = rng.standard_normal((steps, count), dtype=np.float32)
    turns *= np.float32(habit.bend * np.sqrt(habit.step))
    for at in range(steps):
        dy, dx = y[at] - centres[:, 0], x[at] - centres[:, 1]
        away = np.hypot(dy, dx) + np.float32(1e-6)
        turn = np.arctan2(dy, dx) * np.float32(ANGLES / (2 * np.pi)) + np.float32(ANGLES + 0.5)
        index = turn.astype(np.intp) % ANGLES
        heading = heading + turns[at]
        uy, ux = np.sin(heading), np.cos(heading)
        # A long nucleus's wall does not face away from its centre: follow the outline's normal.
        side = np.where(away < inner[starts.cell, index] + gap, lean[starts.cell, index], 0)
        ny, nx = dy - side * dx, dx + side * dy
        facing = (uy * ny + ux * nx) / (away * (1 + side**2))
        inwards_at_nucleus = (away < inner[starts.cell, index] + gap) & (facing < 0)
        outwards_at_edge = (away > outer[starts.cell, index] - np.float32(habit.edge_gap)) & (
            facing > 0
        )
        # Lose the part of the heading that points at the wall, and a little more.
        slide = np.where(inwards_at_nucleus | outwards_at_edge, 1.15 * facing, 0) / away
        uy, ux = uy - slide * ny, ux - slide * nx
        heading = np.arctan2(uy, ux)
        y[at + 1] = y[at] + np.float32(habit.step) * np.sin(heading)
        x[at + 1] = x[at] + np.float32(habit.step) * np.cos(heading)
    grown = (np.arange(steps) * habit.step)[:, None]
    return Paths(y, x, grown < starts.length, starts.cell)


def lay(anatomy: Anatomy, paths: Paths, weight: NDArray[np.float64] | None = None) -> Real:
    """Return the filaments' length per area (µm/µm²), each cut at the edge of its own cell.

    `weight` is one number a filament, 1 when None.
    """
    rows, columns = anatomy.shape
    step = anatomy.step_um
    dy, dx = np.diff(paths.y, axis=0), np.diff(paths.x, axis=0)
    if not dy.size:
        return np.zeros(anatomy.shape, np.float32)
    length = float(np.hypot(dy[0, 0], dx[0, 0]))
    parts = max(1, int(np.ceil(length / step)))
    owner = np.broadcast_to((paths.cell + 1).astype(np.int32), dy.shape)
    each = np.ones(len(paths.cell)) if weight is None else weight
    weights = np.broadcast_to(each * (length / parts / step**2), dy.shape)
    total = np.zeros(rows * columns)
    flat = anatomy.labels.ravel()
    for part in range(parts):
        share = np.float32((part + 0.5) / parts)
        row = ((paths.y[:-1] + share * dy) / np.float32(step)).astype(np.int32)
        column = ((paths.x[:-1] + share * dx) / np.float32(step)).astype(np.int32)
        seen = paths.alive & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        place = row[seen] * columns + column[seen]
        own = flat[place] == owner[seen]
        total += np.bincount(place[own], weights[seen][own], minlength=rows * columns)
    plane: Real = total.reshape(rows, columns).astype(np.float32)
    return plane


def radial_starts(
    anatomy: Anatomy, per_area: float, near: float, length: float, rng: np.random.Generator
) -> Starts:
    """Return starts anywhere in the cytoplasm of the cells in view, pointing mostly outwards.

    Parameters
    ----------
    anatomy
        The field's cells.
    per_area
        Filaments per µm² of cytoplasm.
    near
        1 spreads them evenly from nucleus to edge; more draws them to the nucleus.
    length
        Mean length in µm.
    rng
        Where, which way and how long.
    """
    seen = np.flatnonzero(cell_areas(anatomy))
    cells = [anatomy.cells[number] for number in seen]
    outer = np.array([c.cell_radii for c in cells]).reshape(-1, ANGLES)
    inner = np.array([c.nuclear_radii for c in cells]).reshape(-1, ANGLES)
    centres = np.array([c.centre for c in cells]).reshape(-1, 2)
    area = np.pi * np.mean(outer**2 - inner**2, axis=1) if cells else np.empty(0)
    which = np.repeat(np.arange(len(cells)), (per_area * area).astype(np.intp))
    turn = rng.integers(ANGLES, size=len(which))
    part = np.sqrt(rng.uniform(size=len(which))) ** near
    away = inner[which, turn] + part * (outer - inner)[which, turn]
    ways = np.stack([np.sin(DIRECTIONS[turn]), np.cos(DIRECTIONS[turn])], axis=1)
    heading = DIRECTIONS[turn] + rng.normal(0, 0.9, len(which))
    return Starts(
        cell=seen[which],
        place=centres[which] + away[:, None] * ways,
        heading=heading,
        length=rng.gamma(3.0, length / 3, len(which)),
    )
