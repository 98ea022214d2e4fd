"""The inside of nuclei: nucleoli, which the DNA stain spares, and chromatin."""

from __future__ import annotations

import numpy as np

from hpa_features.simulate.cells import Anatomy, Cell, Phase
from hpa_features.simulate.lines import CellLine
from hpa_features.simulate.planes import Real, band_noise

CONDENSED = {Phase.METAPHASE: 2.2, Phase.BRIDGE: 1.3}  # how much brighter DNA is


def nucleoli(anatomy: Anatomy, line: CellLine, rng: np.random.Generator) -> Real:
    """Return how far each pixel lies in a nucleolus, 0–1 with soft edges.

    1–6 round to bent bodies a nucleus, together 4–12 % of its area.
    """
    inside = np.zeros(anatomy.shape, np.float32)
    step = anatomy.step_um
    bend = band_noise(anatomy.shape, step, (0.7, 2.0), rng)
    for cell in anatomy.cells:
        count = int(rng.integers(line.nucleoli[0], line.nucleoli[1] + 1))
        radius = cell.nuclear_radii.mean()
        shares = rng.dirichlet(np.full(count, 1.5)) * rng.uniform(0.03, 0.10)
        for share in shares:
            turn = int(rng.integers(len(cell.nuclear_radii)))
            size = max(0.5, radius * np.sqrt(share))
            away = max(0.0, 0.85 * cell.nuclear_radii[turn] - size) * np.sqrt(rng.uniform())
            angle = turn * 2 * np.pi / len(cell.nuclear_radii)
            at = (
                cell.centre[0] + away * np.sin(angle) - size * 2,
                cell.centre[1] + away * np.cos(angle) - size * 2,
            )
            box = tuple(
                slice(min(n, max(0, int(low / step))), min(n, max(0, int((low + size * 4) / step))))
                for low, n in zip(at, anatomy.shape)
            )
            y, x = (
                ((np.arange(part.start, part.stop) + 0.5) * step - low - size * 2).astype(
                    np.float32
                )
                for part, low in zip(box, at)
            )
            away_um = np.hypot(y[:, None], x) * (1 + np.float32(0.13) * bend[box])
            soft = np.clip((np.float32(size) - away_um) / np.float32(0.3) + 0.5, 0, 1)
            np.maximum(inside[box], soft, out=inside[box])
    inside[anatomy.nuclear_edge > -0.3] = 0
    _clear_metaphase(inside, anatomy)
    return inside


def _clear_metaphase(inside: Real, anatomy: Anatomy) -> None:
    """Nucleoli dissolve when the chromosomes condense."""
    condensed = [number for number, cell in enumerate(anatomy.cells, 1) if cell.in_metaphase]
    if condensed:
        inside[np.isin(anatomy.labels, condensed)] = 0


def _condensed(cell: Cell) -> float:
    if cell.division is None:
        return 1.0
    return CONDENSED[cell.division.phase]


def dna(anatomy: Anatomy, line: CellLine, holes: Real, rng: np.random.Generator) -> Real:
    """Return the DNA stain's density: mottled chromatin, dark nucleoli, bright rims about them."""
    step = anatomy.step_um
    coarse = band_noise(anatomy.shape, step, (0.4, 1.6), rng)
    fine = band_noise(anatomy.shape, step, (0.15, 0.35), rng)
    # Clumps are brighter than the pockets between them are dark.
    mottle = np.exp(np.float32(1.05 * line.chromatin) * coarse)
    mottle *= 1 + np.float32(0.6 * line.chromatin) * fine
    # Heterochromatin lines nucleoli and the nuclear edge.
    rim = np.float32(0.22) * (
        4 * holes * (1 - holes) + np.exp(np.minimum(anatomy.nuclear_edge, 0) / 0.35)
    )
    edge = np.clip(0.5 - anatomy.nuclear_edge / np.float32(0.3), 0, 1)
    # DNA content between 1 and 2, and nuclei of different height.
    content = rng.uniform(0.75, 1.35, len(anatomy.cells)) * rng.lognormal(
        0, 0.12, len(anatomy.cells)
    )
    depth = 1 - np.float32(rng.uniform(0.4, 0.8)) * holes
    # Twice the DNA on a quarter of the area; still a little denser in daughters.
    content *= [_condensed(cell) for cell in anatomy.cells]
    density = anatomy.per_cell(content) * edge * np.maximum(mottle + rim, 0.15) * depth
    plane: Real = density.astype(np.float32)
    return plane
