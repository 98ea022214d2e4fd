"""`write_report`: a page about a model."""

from __future__ import annotations

import os
from pathlib import Path

from hpa_features.api.blocks import BlocksInput, with_blocks
from hpa_features.api.checks import executor_of
from hpa_features.api.fields import PathLike
from hpa_features.api.model import Model, TableInput, features_of
from hpa_features.api.python_words import PYTHON, speaks_python
from hpa_features.core.judge_settings import ReportSettings
from hpa_features.core.settings import InputSettings


@speaks_python
def write_report(
    model: Model | PathLike,
    path: PathLike,
    *,
    features: TableInput | None = None,
    blocks: BlocksInput = (),
    images: PathLike = "",
    masks: PathLike = "",
    overwrite: bool = False,
    jobs: int = 1,
) -> Path:
    """Write a page about a model in one HTML file, which loads nothing from elsewhere.

    Parameters
    ----------
    model
        A model, or its folder.
    path
        The page to write, an ``.html`` file.
    features
        The features that it was trained on; None: from the path that the model remembers. Without
        them distributions and profiles are missing.
    blocks
        Tables that were joined to `features`, as `train` takes them.
    images
        Images of the training fields, for thumbnails; empty: none.
    masks
        Folder of their label images; empty: cells are found as for the training features.
    overwrite
        Replace a file that is there.
    jobs
        Processes that read images.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    HpaFeatError
        The file exists, the model is damaged, or features or images that are named do not match.

    Examples
    --------
    >>> import hpa_features as hf
    >>> hf.write_report("model", "report.html", images="images")  # doctest: +SKIP
    """
    from hpa_features.api.training import load_model
    from hpa_features.pipeline.predict_input import plate_columns
    from hpa_features.pipeline.report import refuse_output
    from hpa_features.pipeline.report import write_report as write

    executor = executor_of(jobs)
    chosen = model if isinstance(model, Model) else load_model(model)
    named = isinstance(features, str | os.PathLike)
    settings = ReportSettings(
        features=str(features) if named else "",
        images=os.fspath(images),
        input=InputSettings(masks=os.fspath(masks)),
    )
    refuse_output(os.fspath(path), settings, overwrite=overwrite)
    table = None
    if features is not None and (blocks or not named):
        table = features_of(features, not_features=plate_columns(chosen.facts))
        table = with_blocks(table, blocks)
    name = "in memory" if isinstance(model, Model) else Path(model).resolve().name
    written = write(
        chosen.bundle,
        name,
        os.fspath(path),
        settings,
        table=table,
        progress=PYTHON,
        executor=executor,
    )
    return Path(written.output)
