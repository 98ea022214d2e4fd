"""A model's predictions of rows that are in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import BundleError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import PredictSettings

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.io.predictions import Predictions
    from hpa_features.learn.model import Model, Prediction
    from hpa_features.pipeline.predict_input import Given
    from hpa_features.pipeline.predict_prior import LabelShift


@dataclass(frozen=True, slots=True)
class PredictedRows:
    """Predictions of all rows that were given.

    Attributes
    ----------
    predictions
        In the order of the rows.
    novel
        Rows unlike the training data.
    prevalence
        As `PredictSummary` has it.
    """

    predictions: Predictions
    novel: int
    prevalence: Mapping[str, LabelShift]


def predict_rows(
    bundle: Bundle,
    learned: Model,
    given: Given,
    settings: PredictSettings,
    progress: Progress,
    shares: Mapping[str, float] | None = None,
    *,
    name: str = "The model",
    threads: int = 1,
) -> PredictedRows:
    """Predict all rows of `given` and report those that are unlike the training data.

    Parameters
    ----------
    bundle, learned
        The model as it is stored, and unpacked.
    given
        Features of the rows.
    settings
        Whether each row gets a label, and whether and how labels' shares differ from training.
    progress
        Receives notes on rows that are missing or unlike the training data.
    shares
        Labels' shares among the rows, where `settings` ask for a target prevalence.
    name
        What an error calls the model.
    threads
        LightGBM threads.

    Raises
    ------
    BundleError
        Columns of the model are missing, or a prediction is not finite.
    """
    from hpa_features.pipeline.predict_columns import compare
    from hpa_features.pipeline.predict_novelty import tell_novelty
    from hpa_features.pipeline.predict_prior import at_target

    ids = given.table.ids
    compare(learned, given.table, bundle, progress)
    known = frozenset(bundle.oof.ids)
    _tell_trained(ids, known, progress)
    predicted = _say(learned, given, threads, progress)
    changes: Mapping[str, LabelShift] = {}
    if settings.target_prevalence:
        learned, predicted, changes = at_target(learned, predicted, bundle.oof, shares or {})
    wrong = predicted.not_finite(learned.labels, ids)
    if wrong:
        raise BundleError(
            f"{name} gives predictions that cannot be used: {wrong}.",
            hint="Train the model again.",
        )
    novel = tell_novelty(ids, known, predicted, progress)
    predictions = _predictions(ids, learned, predicted, known)
    if settings.force_one:
        predictions = predictions.with_one_label_at_least()
    return PredictedRows(predictions, novel, changes)


def _say(learned: Model, given: Given, threads: int, progress: Progress) -> Prediction:
    """Predict the rows of a table that has the columns of the model, and perhaps more."""
    from hpa_features.pipeline.cell_tables import cells_of_rows
    from hpa_features.pipeline.predict_input import tell_unseen
    from hpa_features.pipeline.predict_novelty import groups_of

    values, plates = learned.align(given.table), learned.plates(given.table)
    tell_unseen(learned, plates, progress)
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as scratch:
        cells = cells_of_rows(
            learned,
            given.cells,
            given.table.ids,
            Path(scratch),
            progress,
            need_some=given.all_rows,
        )
        progress.start("predicting", None)
        groups = groups_of(given.table)
        predicted = learned.predict(values, plates, cells, threads=threads, groups=groups)
        progress.finish()
    return predicted


def _tell_trained(ids: Sequence[str], known: frozenset[str], progress: Progress) -> None:
    """Warn of rows that the model was trained on: on those it looks better than it is."""
    seen = len(known.intersection(ids))
    if seen:
        progress.warn(
            f"the model was trained on {seen:,} of these {len(ids):,} rows; predictions for them "
            "do not show how good it is (hpa-feat evaluate MODEL scores it on held-out rows)."
        )


def _predictions(
    ids: tuple[str, ...], learned: Model, predicted: Prediction, known: frozenset[str]
) -> Predictions:
    import numpy as np

    from hpa_features.io.predictions import Predictions

    return Predictions(
        ids=ids,
        labels=learned.labels,
        decision=predicted.decisions,
        probability=predicted.probabilities,
        threshold=learned.thresholds,
        novelty=predicted.novelty,
        in_training=np.array([each in known for each in ids], dtype=np.bool_),
    )
