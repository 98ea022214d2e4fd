"""The work of `predict` on a part of the fields: measured, predicted, one file of predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hpa_features.core.errors import BundleError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import PredictSettings
from hpa_features.features.metadata import CELLS, IMAGES
from hpa_features.io.bundle import Bundle, read_bundle
from hpa_features.io.prediction_parts import PREDICTIONS, prediction_table
from hpa_features.io.predictions import Predictions
from hpa_features.io.store.journal import Entry
from hpa_features.io.store.parts import write_part
from hpa_features.io.tables import features_of
from hpa_features.learn.model import Model
from hpa_features.learn.packing import unpack
from hpa_features.pipeline.cell_tables import load_cells
from hpa_features.pipeline.extract_fields import ExtractPart, MeasuredPart
from hpa_features.pipeline.field_parts import Part
from hpa_features.pipeline.field_runs import NO_LABEL, TRAINED_ON, UNLIKE_TRAINING
from hpa_features.pipeline.predict_input import Given
from hpa_features.pipeline.predict_rows import predict_rows
from hpa_features.running.executor import Monitor
from hpa_features.running.parts import part_name

_NAME = "the part"


@dataclass(frozen=True, slots=True)
class PredictPart:
    """Measures the fields of a part and predicts their labels; pickled into worker processes.

    Attributes
    ----------
    measuring
        How the fields are measured.
    model, digest
        Folder of the model, and the digest of its model.json when the run began.
    settings
        Whether each field gets a label, and whether labels' shares differ from training.
    shares
        Labels' shares among the fields, where `settings` name a table of them.
    """

    measuring: ExtractPart
    model: str
    digest: str
    settings: PredictSettings
    shares: Mapping[str, float]

    def __call__(self, part: Part, monitor: Monitor) -> tuple[Entry, ...]:
        """Predict the fields, write their predictions as one file, return what was written."""
        made = self.measuring.measure(part, monitor)
        if not made.done:
            return made.failed
        found = self._predict(made)
        table = prediction_table(found)
        outputs = write_part(self.measuring.folder, part_name(made.done), {PREDICTIONS: table})
        return (*made.entries(outputs, _notes(found)), *made.failed)

    def _predict(self, made: MeasuredPart) -> Predictions:
        """Return the predictions of the fields of a part.

        Raises
        ------
        BundleError
            The model was changed, or its predictions cannot be used.
        """
        bundle, learned = loaded_model(self.model, self.digest)
        given = Given(
            features_of(made.tables[IMAGES], _NAME),
            cells=load_cells(made.tables[CELLS], _NAME) if learned.cell_columns else None,
            all_rows=False,
        )
        rows = predict_rows(
            bundle, learned, given, self.settings, SILENT, self.shares, name=self.model
        )
        return rows.predictions


@lru_cache(maxsize=1)
def loaded_model(model: str, digest: str) -> tuple[Bundle, Model]:
    """Return a model, read once in each process.

    Raises
    ------
    BundleError
        It is not the one with this digest, or damaged.
    """
    bundle = read_bundle(Path(model))
    if bundle.digest != digest:
        raise BundleError(
            f"{model} was changed during the run.", hint="Leave models alone while they are used."
        )
    return bundle, unpack(bundle)


def _notes(found: Predictions) -> dict[str, dict[str, int]]:
    """Return by id what the summary of a run counts."""
    counted: dict[str, Callable[[int], object]] = {
        NO_LABEL: lambda row: not found.decision[row].any(),
        UNLIKE_TRAINING: lambda row: found.novelty is not None and found.novelty[row] > 1,
        TRAINED_ON: lambda row: found.in_training is not None and found.in_training[row],
    }
    return {
        each: {name: 1 for name, holds in counted.items() if holds(row)}
        for row, each in enumerate(found.ids)
    }
