"""Images whose label one cell in twenty decides, for tests of what cells say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from made_training import made_training

from hpa_features.learn.cells import Cells
from hpa_features.learn.data import TrainingData

CELLS = 20


def made_cells(*, signal: float = 2.0, columns: int = 8, seed: int = 0, **shape) -> TrainingData:
    """Return rows of noise with 20 cells each; one of them shows the labels of the image.

    A label moves its cell `signal` SDs in four columns, so that none alone stands out much.
    """
    data = made_training(signal=0.0, seed=seed, **shape)
    rng = np.random.default_rng(seed + 1)
    values = rng.normal(size=(len(data.ids), CELLS, columns))
    for label in range(len(data.labels)):
        values[data.truth[:, label], 0, 4 * label : 4 * label + 4] += signal
    cells = values.reshape(-1, columns).astype(np.float32)
    starts = np.arange(len(data.ids) + 1) * CELLS
    names = tuple(f"Cells_{at}" for at in range(columns))
    return replace(data, cells=Cells(cells, starts), cell_columns=names)
