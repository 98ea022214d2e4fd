"""Cells that are not in plain interphase: in metaphase, joined by a bridge, with an aggresome."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hpa_features.simulate import outlines
from hpa_features.simulate.cells import NUCLEAR_MARGIN, Cell, Division, Phase
from hpa_features.simulate.culture import Culture

FRAME_UM = 8.0  # a cell that a label needs has its middle at least so far inside the field
NECK_UM = 0.7  # half the width of a bridge
PAIR = 2
BRIDGE, SPINDLE, AGGRESOME = "Cytokinetic bridge", "Mitotic spindle", "Aggresome"


def changed(
    cells: list[Cell],
    culture: Culture,
    needs: Collection[str],
    size: tuple[float, float],
    rng: np.random.Generator,
) -> list[Cell]:
    """Return `cells` of which some divide; at least one in view does what `needs` names.

    Parameters
    ----------
    cells
        Cells in interphase.
    culture
        How many divide.
    needs
        Locations that only some cells can show.
    size
        Height and width of the field in µm.
    rng
        Which cells, and how.
    """
    if AGGRESOME in needs:
        # Not every cell has one. Drawn apart: the same cells divide as in fields of other labels.
        own = rng.spawn(1)[0]
        has = own.uniform(size=len(cells)) < own.uniform(0.5, 0.95)
        has[_in_view(cells, size, own)[:1]] = True
        cells = [
            dented(cell, own.uniform(1.0, 2.3)) if yes else cell
            for cell, yes in zip(cells, has, strict=True)
        ]
    lot = rng.uniform(size=len(cells))
    round_up = set(np.flatnonzero(lot < culture.metaphase).tolist())
    split = set(np.flatnonzero(lot > 1 - culture.joined).tolist())
    first = _in_view(cells, size, rng)
    if SPINDLE in needs:
        round_up |= set(first[:1])
    if BRIDGE in needs:
        split |= set(first[-1:]) - round_up or set(first[-1:])
    round_up -= split if SPINDLE not in needs else set()
    return _apart(
        [
            daughter
            for number, cell in enumerate(cells)
            for daughter in (
                joined(cell, rng)
                if number in split
                else (metaphase(cell, rng),)
                if number in round_up
                else (cell,)
            )
        ]
    )


def _in_view(cells: list[Cell], size: tuple[float, float], rng: np.random.Generator) -> list[int]:
    """Return cells well inside the field in random order; the most central one if there is none."""
    centres = np.array([cell.centre for cell in cells]).reshape(-1, 2)
    depth = np.minimum(centres, np.array(size) - centres).min(axis=1)
    inside = np.flatnonzero(depth > min(FRAME_UM, min(size) / 4))
    if not len(inside) and len(cells):
        inside = np.array([int(np.argmax(depth))])
    return [int(number) for number in rng.permutation(inside)]


def metaphase(cell: Cell, rng: np.random.Generator) -> Cell:
    """Return `cell` rounded up, its chromosomes in a plate across the spindle's axis."""
    radius = float(np.clip(np.sqrt(0.42 * _area(cell.cell_radii) / np.pi), 6.5, 11.0))
    axis = float(rng.uniform(0, np.pi))
    plate = outlines.ellipse(rng.uniform(2.0, 3.0), axis + np.pi / 2)
    plate = plate * np.exp(outlines.ripples(9, 0.06, 0.8, rng))
    plate = outlines.scaled_to_area(plate, min(0.24 * _area(cell.nuclear_radii), 45.0))
    plate = np.minimum(plate, radius - 1.5)
    reach = float(min(rng.uniform(4.5, 6.0), 0.6 * radius))
    radii = radius * np.exp(outlines.ripples(10, 0.02, 1.0, rng))
    return Cell(
        cell.centre,
        radii,
        plate,
        _moved(cell.centre, axis, reach),
        Division(Phase.METAPHASE, cell.centre, axis, reach),
    )


def joined(cell: Cell, rng: np.random.Generator) -> tuple[Cell, Cell]:
    """Return two daughters of `cell` with like nuclei, joined by a thin bridge."""
    axis = float(rng.uniform(0, np.pi))
    nuclear = rng.uniform(0.45, 0.6) * _area(cell.nuclear_radii)
    across = np.sqrt(nuclear / np.pi)
    gap = rng.uniform(0.8, 2.5)
    reach = float(across + gap + rng.uniform(1.5, 4.0))
    division = Division(Phase.BRIDGE, cell.centre, axis, reach)
    body = rng.uniform(0.42, 0.6) * _area(cell.cell_radii)
    pair = []
    for way in (axis, axis + np.pi):
        nucleus = outlines.ellipse(rng.uniform(1.15, 1.45), way + np.pi / 2 + rng.normal(0, 0.2))
        nucleus = nucleus * np.exp(outlines.ripples(5, 0.03, 1.5, rng))
        nucleus = outlines.scaled_to_area(nucleus, nuclear * rng.lognormal(0, 0.05))
        radii = outlines.ellipse(rng.uniform(1.0, 1.3), way + np.pi / 2)
        radii = radii * np.exp(outlines.ripples(12, 0.06, 1.2, rng))
        radii = outlines.scaled_to_area(radii, body * rng.lognormal(0, 0.1))
        centre = _moved(cell.centre, way, reach)
        radii = _with_neck(np.maximum(radii, nucleus + NUCLEAR_MARGIN), way + np.pi, reach, gap)
        away = float(nucleus[_index(way)]) + rng.uniform(0.8, 1.5)
        pair.append(Cell(centre, radii, nucleus, _moved(centre, way, away), division))
    return pair[0], pair[1]


def _with_neck(radii: outlines.Radii, way: float, reach: float, gap: float) -> outlines.Radii:
    """Cut a body flat at `gap` before the middle, and stretch a neck to the middle."""
    turn = outlines.DIRECTIONS - way
    towards = np.cos(turn)
    ahead = np.maximum(towards, 1e-6)
    flat = np.where(towards > 0, np.minimum(radii, (reach - gap) / ahead), radii)
    neck = (towards > 0) & (reach * np.abs(np.tan(turn)) <= NECK_UM)
    # A little over the middle, so that the two meet.
    return np.where(neck, (reach + 0.3) / ahead, flat)


def dented(cell: Cell, radius: float) -> Cell:
    """Return `cell` with a round inclusion about its organising centre, denting its nucleus."""
    dy, dx = cell.mtoc[0] - cell.centre[0], cell.mtoc[1] - cell.centre[1]
    way = float(np.arctan2(dy, dx))
    away = float(cell.nuclear_radii[_index(way)]) + 0.25 * radius
    turn = outlines.DIRECTIONS - way
    aside, room = away * np.sin(turn), radius + 0.3
    met = (np.cos(turn) > 0) & (np.abs(aside) < room)
    half = np.sqrt(np.maximum(room**2 - aside**2, 0))
    near, far = away * np.cos(turn) - half, away * np.cos(turn) + half
    nuclear = np.where(met, np.minimum(cell.nuclear_radii, near), cell.nuclear_radii)
    radii = np.where(met, np.maximum(cell.cell_radii, far + NUCLEAR_MARGIN), cell.cell_radii)
    return replace(
        cell,
        cell_radii=radii,
        nuclear_radii=outlines.smoothed(nuclear, 2.0),
        mtoc=_moved(cell.centre, way, away),
        inclusion=radius,
    )


def _apart(cells: list[Cell]) -> list[Cell]:
    """Exclude cells whose nuclei touch a dividing cell."""
    taken = [cell for cell in cells if cell.division is not None]
    kept: list[Cell] = []
    for cell in cells:
        others = [each for each in taken if each.division is not cell.division]
        if cell.division is not None:
            others = [each for each in kept if each.division not in {None, cell.division}]
        if all(_clear(cell, each) for each in others):
            kept.append(cell)
    # A daughter is nothing without the other.
    pairs = [each.division for each in kept]
    return [
        cell
        for cell in kept
        if cell.division is None
        or cell.division.phase is not Phase.BRIDGE
        or pairs.count(cell.division) == PAIR
    ]


def _clear(cell: Cell, other: Cell) -> bool:
    apart = np.hypot(cell.centre[0] - other.centre[0], cell.centre[1] - other.centre[1])
    room = cell.nuclear_radii.max() + other.nuclear_radii.max() + 2 * NUCLEAR_MARGIN
    clear = bool(apart > room)
    if other.division is not None and other.division.phase is Phase.BRIDGE:
        middle = other.division.at
        clear &= bool(
            np.hypot(cell.centre[0] - middle[0], cell.centre[1] - middle[1])
            > cell.nuclear_radii.max() + 2 * NUCLEAR_MARGIN
        )
    return clear


def _area(radii: NDArray[np.float64]) -> float:
    return 0.5 * float(np.sum(radii**2)) * 2 * np.pi / outlines.ANGLES


def _index(way: float) -> int:
    return round(way * outlines.ANGLES / (2 * np.pi)) % outlines.ANGLES


def _moved(place: tuple[float, float], way: float, away: float) -> tuple[float, float]:
    return (float(place[0] + away * np.sin(way)), float(place[1] + away * np.cos(way)))
