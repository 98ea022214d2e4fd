"""In what state a field's cells are: cell lines, dividing cells, lipid, background light."""

from __future__ import annotations

from dataclasses import dataclass

from hpa_features.simulate.lines import CELL_LINES, CellLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Culture:
    """What all fields of a study have in common, whatever their labels.

    Attributes
    ----------
    lines
        The cell lines that occur.
    metaphase, joined
        Shares of cells that are in metaphase, and that are two daughters joined by a bridge.
    droplets
        Median number of lipid droplets in a cell.
    background
        Greatest level of stray light as a fraction of full scale.
    """

    lines: tuple[CellLine, ...]
    metaphase: float
    joined: float
    droplets: float
    background: float


# What the first eleven locations were made with; their cells stay in interphase.
INTERPHASE = Culture(lines=CELL_LINES[:5], metaphase=0.0, joined=0.0, droplets=0.0, background=0.0)
# Cultured human cells: 2–5 % in mitosis.
GROWING = Culture(lines=CELL_LINES, metaphase=0.03, joined=0.03, droplets=8.0, background=0.012)
