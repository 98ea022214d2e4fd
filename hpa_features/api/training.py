"""`train`, `load_model` and `importance`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.api.blocks import BlocksInput, block_names, with_blocks
from hpa_features.api.checks import check_range, executor_of
from hpa_features.api.fields import PathLike
from hpa_features.api.model import Model, TableInput, features_of
from hpa_features.api.python_words import PYTHON, speaks_python
from hpa_features.core.judge_settings import ImportanceSettings
from hpa_features.core.progress import WarningRecorder
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.groups import AUTO, NONE

if TYPE_CHECKING:
    import pandas as pd

    from hpa_features.api.labels import GroupsInput, LabelsInput


@speaks_python
def train(
    features: TableInput,
    labels: LabelsInput,
    groups: GroupsInput = None,
    *,
    blocks: BlocksInput = (),
    own_label_columns: str = "",
    without: Sequence[str] = (),
    normalize: str = "",
    folds: int = TrainSettings().folds,
    seed: int = TrainSettings().seed,
    diagnostics: bool = False,
    jobs: int = 1,
) -> Model:
    """Train a model and judge it on groups that it was not trained on.

    Parameters
    ----------
    features
        A DataFrame as `measure` returns it (a row for each image), any numeric DataFrame indexed by
        id or with a column ``Id``, or the path of a table. ``Metadata_`` columns are never
        features.
    labels
        Which labels each row has: a DataFrame with one 0/1 column for each label, indexed by id; a
        list of lists of names in the order of the rows; a Series or dict of id and list of names;
        or the path of a label table. Rows without a label have an empty list.
    groups
        Rows of one group are never on both sides of a test: a Series or dict of id and group, a
        list in the order of the rows, or the name of a column. None: gene, else antibody, else
        plate, else a column ``Group`` of `features`. ``"none"``: each row alone.
    blocks
        Tables joined by id, each a block of its own: a list of paths, as ``--block`` reads them, or
        a dict of names and DataFrames.
    own_label_columns
        Pattern of the columns that are scores of each label, for example ``"{label}.net*"``; each
        label then also gets a logistic regression on its own scores alone.
    without
        Blocks of features that are excluded, for example ``["Acquisition"]``.
    normalize
        Column, for example ``Plate``, within whose values features become robust z-scores.
    folds
        Folds of the cross-validation; fewer where there are fewer groups.
    seed
        Seeds folds and boosting. Same data and seed give the same model.
    diagnostics
        Also find what each label depends on, against training on shuffled labels, for
        `write_report`. Takes about as long again.
    jobs
        Processes at once. Above 1, a script needs ``if __name__ == "__main__":``.

    Returns
    -------
    Model
        Its `report` has the figures of each label.

    Raises
    ------
    HpaFeatError
        Features and labels share no id, there are fewer than three groups, or no label can be
        learned.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import hpa_features as hf
    >>> rng = np.random.default_rng(0)
    >>> ids = [f"image{n}" for n in range(60)]
    >>> table = pd.DataFrame(rng.normal(size=(60, 4)), ids, ["a", "b", "c", "d"])
    >>> labels = [["Nucleoplasm"] if a > 0 else ["Cytosol"] for a in table["a"]]
    >>> model = hf.train(table, labels, groups=[n // 3 for n in range(60)])
    >>> model.labels
    ('Nucleoplasm', 'Cytosol')
    >>> bool(model.report["F1"].min() > 0.8)
    True
    """
    from hpa_features.api.labels import label_table, with_groups
    from hpa_features.pipeline.train import Origin, learn_into
    from hpa_features.pipeline.train_rows import join_labels

    check_range("folds", folds, 3, 50)
    check_range("seed", seed, 0)
    executor, heard = executor_of(jobs), WarningRecorder(PYTHON)
    named = (groups,) if isinstance(groups, str) and groups not in (AUTO, NONE) else ()
    table = features_of(features, not_features=(*named, *((normalize,) if normalize else ())))
    table, group = with_groups(with_blocks(table, blocks), groups)
    settings = TrainSettings(
        group=group,
        blocks=block_names(blocks),
        own_label_columns=own_label_columns,
        without=tuple(without),
        normalize=normalize,
        folds=folds,
        seed=seed,
        diagnostics=diagnostics,
    )
    data = join_labels(table, label_table(labels, table.ids, heard), settings, heard)
    with tempfile.TemporaryDirectory(prefix="hpa-feat-") as folder:
        out = Path(folder) / "model"
        path = _path_of(features)
        origin = Origin(table.settings, features=str(Path(path).resolve()) if path else "")
        _, bundle = learn_into(out, [data], settings, origin, heard, executor)
    return Model(bundle)


@speaks_python
def load_model(path: PathLike) -> Model:
    """Read a model that `Model.save` or ``hpa-feat train`` wrote.

    Nothing in the folder is run as code; a damaged or changed file is refused.

    Parameters
    ----------
    path
        The folder of the model.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    HpaFeatError
        The folder is not a model, or a file of it is damaged.

    Examples
    --------
    >>> import hpa_features as hf
    >>> model = hf.load_model("model")  # doctest: +SKIP
    """
    from hpa_features.io.bundle import read_bundle

    return Model(read_bundle(Path(path)))


@speaks_python
def importance(
    model: Model | PathLike,
    features: TableInput,
    *,
    blocks: BlocksInput = (),
    repeats: int = ImportanceSettings().repeats,
    seed: int = ImportanceSettings().seed,
    jobs: int = 1,
) -> pd.DataFrame:
    """Shuffle each block of features among held-out rows and see what the ranking loses.

    Parameters
    ----------
    model
        A model, or its folder.
    features
        The features that it was trained on.
    blocks
        Tables that were joined to them, as `train` takes them.
    repeats
        Permutations of each block.
    seed
        Seeds them.
    jobs
        Processes at once.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``Block``, the most important first: `Columns` (how many), `Drop` (mean loss of
        average precision over labels and repeats), `Spread` (its SD over repeats), `Gain` (share of
        the trees' gain), and ``<label>.drop`` and ``<label>.spread`` for each label.

    Raises
    ------
    HpaFeatError
        None of the rows is one that the model was trained on, or columns are missing.

    Examples
    --------
    >>> import hpa_features as hf
    >>> ranked = hf.importance("model", "features.parquet")  # doctest: +SKIP
    >>> ranked["Drop"].head(5).plot.barh()  # doctest: +SKIP
    """
    import pandas as pd

    from hpa_features.pipeline.importance import cells_source, rank_blocks_of
    from hpa_features.pipeline.importance_files import columns_of
    from hpa_features.pipeline.predict_input import plate_columns
    from hpa_features.pipeline.simulated_training import warn_of_figures

    check_range("repeats", repeats, 1)
    check_range("seed", seed, 0)
    executor = executor_of(jobs)
    chosen = model if isinstance(model, Model) else load_model(model)
    table = features_of(features, not_features=plate_columns(chosen.facts))
    table = with_blocks(table, blocks)
    settings = ImportanceSettings(repeats=repeats, seed=seed)
    cells = cells_source(chosen.facts, _path_of(features))
    warn_of_figures(chosen.facts, PYTHON)
    ranked, _ = rank_blocks_of(*chosen.parts, table, settings, PYTHON, executor, cells=cells)
    return pd.DataFrame(columns_of(ranked, chosen.labels)).set_index("Block")


def _path_of(features: TableInput) -> str:
    """Return the path of a table, empty for one in memory."""
    return str(features) if isinstance(features, str | os.PathLike) else ""
