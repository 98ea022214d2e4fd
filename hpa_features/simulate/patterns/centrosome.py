"""Centrosome: one or two sharp dots at the origin of microtubules."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Cell, Phase
from hpa_features.simulate.patterns.vesicles import inside_cells
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene
from hpa_features.simulate.spots import stamp


def density(scene: Scene, habit: np.random.Generator, rng: np.random.Generator) -> Real:
    """Return the protein's density; habits: size, share of cells with two."""
    size, doubled = habit.uniform(0.18, 0.32), habit.uniform(0.2, 0.6)
    anatomy = scene.anatomy
    places = [place for cell in anatomy.cells for place in _centrosomes(cell, doubled, rng)]
    sizes = size * rng.lognormal(0, 0.15, len(places))
    at = np.array(places).reshape(-1, 2)
    return inside_cells(stamp(anatomy.shape, anatomy.step_um, at, sizes), anatomy)


def _centrosomes(cell: Cell, doubled: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return one place or two; in metaphase one at each pole."""
    way, apart, lot = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.4), rng.uniform()
    if cell.division is not None and cell.division.phase is Phase.METAPHASE:
        y, x = cell.division.at
        return [(2 * y - cell.mtoc[0], 2 * x - cell.mtoc[1]), cell.mtoc]
    if lot > doubled:
        return [cell.mtoc]
    return [cell.mtoc, (cell.mtoc[0] + apart * np.sin(way), cell.mtoc[1] + apart * np.cos(way))]
