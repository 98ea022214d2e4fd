"""One side of an evaluation: a file of predictions, or a bundle's out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.progress import Progress

if TYPE_CHECKING:
    from hpa_features.core.tables import LabelTable
    from hpa_features.io.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Side:
    """Predictions, and from a bundle what is known about how they were made.

    Attributes
    ----------
    name
        The file or bundle.
    predictions
        What is scored.
    ranking
        Log-odds in place of probabilities where average precision ranks rows: calibrators of
        different folds would shift the folds against one another. None for files.
    in_training
        Ids of rows that the model was trained on and predicted with all its folds; None where a
        file does not carry that.
    kind
        ``nested`` or ``cross-fitted`` for a bundle's own predictions, else empty.
    truth, groups, folds
        Of a bundle's training rows, the last two by id; None for files.
    group_column
        Where a bundle's groups are from.
    """

    name: str
    predictions: Predictions
    ranking: Predictions | None = None
    in_training: frozenset[str] | None = None
    kind: str = ""
    truth: LabelTable | None = None
    groups: Mapping[str, str] | None = None
    folds: Mapping[str, int] | None = None
    group_column: str = ""


def read_side(path: str, progress: Progress) -> Side:
    """Read predictions, or a bundle, whose warnings are repeated; errors as of the readers."""
    from hpa_features.core.tables import LabelTable
    from hpa_features.io.bundle import read_bundle
    from hpa_features.io.prediction_files import read_predictions
    from hpa_features.io.prediction_parts import holds_predictions
    from hpa_features.io.predictions import Predictions

    if not Path(path).is_dir() or holds_predictions(path):
        found = read_predictions(path)
        marks = found.in_training
        trained = None if marks is None else frozenset(i for i, m in zip(found.ids, marks) if m)
        return Side(path, found, in_training=trained)
    bundle = read_bundle(Path(path))
    for warning in bundle.facts["warnings"]:
        progress.warn(f"{path}: {warning}")
    oof = bundle.oof
    return Side(
        name=path,
        predictions=Predictions(oof.ids, oof.labels, oof.decision, oof.nested),
        ranking=Predictions(oof.ids, oof.labels, oof.decision, oof.ranking),
        in_training=frozenset(),
        kind=str(bundle.facts["report"]["kind"]),
        truth=LabelTable(oof.ids, oof.labels, oof.truth),
        groups=dict(zip(oof.ids, oof.groups)),
        folds=dict(zip(oof.ids, oof.folds.tolist())),
        group_column=str(bundle.facts["data"]["group"]),
    )
