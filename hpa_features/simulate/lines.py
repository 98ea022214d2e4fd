"""Cell lines: how the cells of one simulated line are built, in µm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """The habits of one cell line; single cells vary about them.

    Attributes
    ----------
    name
        What it is called in `manifest.csv`.
    cell_area, nuclear_area
        Median areas in µm².
    confluency
        Lowest and highest share of the field that cells cover.
    corners
        Lowest and highest number of corners of a cell's outline.
    elongation
        Median ratio of a cell's long to its short axis.
    hollow
        How far edges between corners curve inwards, as a fraction of the radius.
    nuclear_elongation
        Median ratio of a nucleus's long to its short axis.
    lobes
        How far a nucleus's outline departs from an ellipse, as a fraction of its radius.
    nucleoli
        Lowest and highest number of nucleoli.
    chromatin
        Coefficient of variation of the DNA stain inside a nucleus.
    tubule_density
        Length of microtubule per area of cytoplasm in µm/µm².
    tubule_bend
        Standard deviation of a microtubule's turn in radians per µm.
    centred
        Share of microtubules that start at the organising centre.
    er_reach
        Distance from the nucleus in µm over which the ER thins out to a third.
    er_net
        Share of the ER that is network rather than haze.
    flatness
        Thickness of a cell at its edge, as a fraction of its thickness in the middle.
    """

    name: str
    cell_area: float
    nuclear_area: float
    confluency: tuple[float, float]
    corners: tuple[int, int]
    elongation: float
    hollow: float
    nuclear_elongation: float
    lobes: float
    nucleoli: tuple[int, int]
    chromatin: float
    tubule_density: float
    tubule_bend: float
    centred: float
    er_reach: float
    er_net: float
    flatness: float


# Areas hold beside HPA's fields, where nuclei have medians of 150–215 µm² and cells of
# 470–1000 µm² (predicted masks of five fields); the rest was set by eye on the same fields, and
# shapes by benchmarks/bench_simulated.py so that their ranges meet those of real cells.
CELL_LINES = (
    CellLine(
        name="broad",
        cell_area=1000.0,
        nuclear_area=205.0,
        confluency=(0.55, 0.85),
        corners=(5, 8),
        elongation=1.4,
        hollow=0.18,
        nuclear_elongation=1.45,
        lobes=0.07,
        nucleoli=(2, 6),
        chromatin=0.18,
        tubule_density=4.4,
        tubule_bend=0.22,
        centred=0.22,
        er_reach=9.0,
        er_net=0.75,
        flatness=0.12,
    ),
    CellLine(
        name="spindle",
        cell_area=850.0,
        nuclear_area=180.0,
        confluency=(0.5, 0.8),
        corners=(4, 6),
        elongation=2.8,
        hollow=0.28,
        nuclear_elongation=1.8,
        lobes=0.08,
        nucleoli=(1, 4),
        chromatin=0.22,
        tubule_density=4.8,
        tubule_bend=0.12,
        centred=0.2,
        er_reach=8.0,
        er_net=0.6,
        flatness=0.1,
    ),
    CellLine(
        name="epithelial",
        cell_area=560.0,
        nuclear_area=165.0,
        confluency=(0.9, 1.2),
        corners=(7, 10),
        elongation=1.35,
        hollow=0.05,
        nuclear_elongation=1.4,
        lobes=0.08,
        nucleoli=(1, 4),
        chromatin=0.2,
        tubule_density=4.6,
        tubule_bend=0.3,
        centred=0.15,
        er_reach=12.0,
        er_net=0.7,
        flatness=0.35,
    ),
    CellLine(
        name="small",
        cell_area=460.0,
        nuclear_area=135.0,
        confluency=(0.55, 0.85),
        corners=(5, 8),
        elongation=1.6,
        hollow=0.14,
        nuclear_elongation=1.5,
        lobes=0.07,
        nucleoli=(1, 3),
        chromatin=0.16,
        tubule_density=4.4,
        tubule_bend=0.28,
        centred=0.2,
        er_reach=6.0,
        er_net=0.65,
        flatness=0.2,
    ),
    CellLine(
        name="lobed",
        cell_area=900.0,
        nuclear_area=210.0,
        confluency=(0.6, 0.85),
        corners=(4, 7),
        elongation=1.7,
        hollow=0.22,
        nuclear_elongation=1.45,
        lobes=0.15,
        nucleoli=(1, 4),
        chromatin=0.22,
        tubule_density=4.6,
        tubule_bend=0.18,
        centred=0.22,
        er_reach=7.0,
        er_net=0.8,
        flatness=0.12,
    ),
    CellLine(
        name="flat",
        cell_area=1300.0,
        nuclear_area=240.0,
        confluency=(0.6, 0.9),
        corners=(5, 9),
        elongation=1.7,
        hollow=0.14,
        nuclear_elongation=1.6,
        lobes=0.06,
        nucleoli=(3, 7),
        chromatin=0.13,
        tubule_density=3.6,
        tubule_bend=0.16,
        centred=0.3,
        er_reach=14.0,
        er_net=0.85,
        flatness=0.08,
    ),
    CellLine(
        name="round",
        cell_area=330.0,
        nuclear_area=145.0,
        confluency=(0.45, 0.75),
        corners=(9, 12),
        elongation=1.2,
        hollow=0.02,
        nuclear_elongation=1.2,
        lobes=0.1,
        nucleoli=(1, 3),
        chromatin=0.26,
        tubule_density=5.2,
        tubule_bend=0.4,
        centred=0.3,
        er_reach=5.0,
        er_net=0.5,
        flatness=0.45,
    ),
    CellLine(
        name="branched",
        cell_area=620.0,
        nuclear_area=140.0,
        confluency=(0.45, 0.75),
        corners=(3, 5),
        elongation=2.2,
        hollow=0.36,
        nuclear_elongation=1.4,
        lobes=0.07,
        nucleoli=(2, 5),
        chromatin=0.15,
        tubule_density=5.0,
        tubule_bend=0.1,
        centred=0.25,
        er_reach=6.0,
        er_net=0.55,
        flatness=0.15,
    ),
)

# Not drawn by `simulate`: no feature and no model was chosen on them. Benchmarks that ask what a
# model leans on take these.
NEW_LINES = (
    CellLine(
        name="polygonal",
        cell_area=720.0,
        nuclear_area=175.0,
        confluency=(0.8, 1.05),
        corners=(5, 7),
        elongation=1.25,
        hollow=0.08,
        nuclear_elongation=1.3,
        lobes=0.06,
        nucleoli=(1, 5),
        chromatin=0.17,
        tubule_density=4.5,
        tubule_bend=0.25,
        centred=0.18,
        er_reach=10.0,
        er_net=0.7,
        flatness=0.25,
    ),
    CellLine(
        name="stretched",
        cell_area=780.0,
        nuclear_area=165.0,
        confluency=(0.5, 0.75),
        corners=(4, 5),
        elongation=2.4,
        hollow=0.24,
        nuclear_elongation=1.7,
        lobes=0.09,
        nucleoli=(2, 5),
        chromatin=0.2,
        tubule_density=4.7,
        tubule_bend=0.14,
        centred=0.24,
        er_reach=7.5,
        er_net=0.65,
        flatness=0.13,
    ),
    CellLine(
        name="starred",
        cell_area=940.0,
        nuclear_area=190.0,
        confluency=(0.5, 0.8),
        corners=(4, 7),
        elongation=1.9,
        hollow=0.3,
        nuclear_elongation=1.5,
        lobes=0.11,
        nucleoli=(2, 4),
        chromatin=0.19,
        tubule_density=4.2,
        tubule_bend=0.18,
        centred=0.26,
        er_reach=8.5,
        er_net=0.8,
        flatness=0.1,
    ),
    CellLine(
        name="compact",
        cell_area=400.0,
        nuclear_area=150.0,
        confluency=(0.6, 0.9),
        corners=(7, 10),
        elongation=1.3,
        hollow=0.06,
        nuclear_elongation=1.3,
        lobes=0.08,
        nucleoli=(1, 4),
        chromatin=0.23,
        tubule_density=5.0,
        tubule_bend=0.34,
        centred=0.2,
        er_reach=5.5,
        er_net=0.6,
        flatness=0.3,
    ),
)
