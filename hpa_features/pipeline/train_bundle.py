"""A trained model as a bundle that is loaded and tried before it gets its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import BundleError

if TYPE_CHECKING:
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.model import Model
    from hpa_features.learn.train import Trained

_CHECKED_ROWS = 16


def write_model(trained: Trained, facts: Mapping[str, Any], out: Path, *, overwrite: bool) -> None:
    """Write a bundle that `predict` can load; where it cannot, `out` stays as it was.

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
        numbers=pack_numbers(trained.model),
        oof=trained.oof,
        card=model_card(facts),
    )
    write_bundle(bundle, out, overwrite=overwrite, check=partial(_check_bundle, data=trained.data))


def _check_bundle(folder: Path, data: TrainingData) -> None:
    """Load a bundle as `predict` does and predict some training rows with it.

    Raises
    ------
    BundleError
        It cannot be loaded, or a prediction is not finite.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack

    try:
        found = _predict_some(unpack(read_bundle(folder)), data)
    except BundleError as error:
        found = error.message
    if found:
        raise BundleError(
            f"The trained model failed its check and was not saved: {found}",
            hint="Please report this with the command and the shape of the tables.",
        )


def _predict_some(model: Model, data: TrainingData) -> str:
    """Return what is wrong with the predictions of the first training rows, empty: nothing."""
    import numpy as np

    rows = np.arange(min(_CHECKED_ROWS, len(data.ids)))
    cells = None if data.cells is None else data.cells.of(rows)
    values, plates = np.asarray(data.values[rows]), data.plates[: len(rows)]
    return model.predict(values, plates, cells).not_finite(model.labels, data.ids)
