"""A trained model as a bundle that is loaded and tried before it gets its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import BundleError

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.model import Model
    from hpa_features.learn.train import Trained

_CHECKED_ROWS = 16


def write_model(
    trained: Trained, facts: Mapping[str, Any], out: Path, *, overwrite: bool
) -> Bundle:
    """Write a bundle that `predict` can load, and return it; else `out` stays as it was.

    Raises
    ------
    BundleError
        The bundle cannot be loaded, or a prediction of a training row is not finite.
    """
    from hpa_features.io.bundle import Bundle, write_bundle
    from hpa_features.learn.packing import pack_boosters, pack_numbers
    from hpa_features.report.card import model_card

    bundle = Bundle(
        facts=facts,
        boosters=pack_boosters(trained.model),
        numbers=pack_numbers(trained.model, trained.diagnostics),
        oof=trained.oof,
        card=model_card(facts),
    )
    read: list[Bundle] = []

    def check(folder: Path) -> None:
        read.append(_checked(folder, trained.data))

    write_bundle(bundle, out, overwrite=overwrite, check=check)
    # Reading a bundle rewrites the trees; this keeps them as they were saved.
    return replace(read[0], boosters=bundle.boosters)


def _checked(folder: Path, data: TrainingData) -> Bundle:
    """Load a bundle as `predict` does, predict some training rows with it, and return it.

    Raises
    ------
    BundleError
        It cannot be loaded, or a prediction is not finite.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack

    try:
        bundle = read_bundle(folder)
        found = _predict_some(unpack(bundle), data)
    except BundleError as error:
        found = error.message
    if found:
        raise BundleError(
            f"The trained model failed its check and was not saved: {found}",
            hint="Please report this with the command and the shape of the tables.",
        )
    return bundle


def _predict_some(model: Model, data: TrainingData) -> str:
    """Return what is wrong with the predictions of the first training rows, empty: nothing."""
    import numpy as np

    rows = np.arange(min(_CHECKED_ROWS, len(data.ids)))
    cells = None if data.cells is None else data.cells.of(rows)
    values, plates = np.asarray(data.values[rows]), data.plates[: len(rows)]
    return model.predict(values, plates, cells).not_finite(model.labels, data.ids)
