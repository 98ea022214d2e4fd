"""Predict with each bundle that standard input names, a line each; print what came of it.

A process of its own, because LightGBM may end it or never return. It ends with a traceback where
anything but an `HpaFeatError` is raised, or a prediction takes too long.
"""

from __future__ import annotations

import faulthandler
import sys
import tempfile
from pathlib import Path

from hpa_features.core.errors import HpaFeatError
from hpa_features.core.settings import PredictionForm, PredictSettings
from hpa_features.io.prediction_files import read_predictions
from hpa_features.pipeline.predict import predict

MARK = "outcome: "  # what LightGBM prints itself has none


def outcome(bundle: str, features: str, settings: PredictSettings) -> str:
    """Return what comes of predicting the rows of a table."""
    import numpy as np
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "predictions.parquet"
        try:
            predict(bundle, features, str(out), PredictionForm.WIDE, settings)
        except HpaFeatError as error:
            return f"refused: {error}".replace("\n", " ")[:300]
        probabilities = read_predictions(str(out)).probability
        novelty = pq.read_table(out)["Novelty"].to_numpy()
    inside = (probabilities >= 0) & (probabilities <= 1)
    return "finite" if inside.all() and np.isfinite(novelty).all() else "not finite"


def main(features: str, cells: str, seconds: str) -> None:
    """Read bundles from standard input and print an outcome for each."""
    for number, line in enumerate(sys.stdin):
        faulthandler.dump_traceback_later(float(seconds), exit=True)
        shares = "em" if number % 2 else ""
        settings = PredictSettings(cells=cells, target_prevalence=shares)
        sys.stdout.write(f"\n{MARK}{outcome(line.strip(), features, settings)}\n")
        sys.stdout.flush()
        faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    faulthandler.enable()
    main(*sys.argv[1:])
