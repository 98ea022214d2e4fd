"""The table as one outer training part sees it: columns that depend on the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hpa_features.learn.cell_scores import CellScorer, score_cells
from hpa_features.learn.data import TrainingData
from hpa_features.learn.normalize import PlateScales
from hpa_features.learn.stage import Stage
from hpa_features.learn.tasks import Parameters, Run, Split


@dataclass(frozen=True, slots=True)
class PartTransform:
    """How rows become what the models of a training part see.

    Attributes
    ----------
    scales
        Statistics of the plates, where rows are normalized.
    cells
        Models of cells, where those are scored.
    """

    scales: PlateScales | None = None
    cells: CellScorer | None = None


def write_part_tables(
    data: TrainingData, outer: Sequence[Split], parameters: Parameters, stage: Stage, run: Run
) -> list[PartTransform]:
    """Write the table as each training part sees it, and return what it sees new rows by."""
    if data.cells is not None:
        scorers = score_cells(data, data.cells, outer, stage, run, parameters)
        return [PartTransform(cells=scorer) for scorer in scorers]
    if not data.plates:
        return [PartTransform() for _ in outer]
    transforms = []
    for split in outer:
        scales = PlateScales.fit(data.values, data.plates, data.plate_column, split.train)
        stage.lay_out_part(split.bins, scales.apply(data.values, data.plates))
        transforms.append(PartTransform(scales))
    return transforms
