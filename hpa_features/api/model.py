"""`Model`: predictions, figures and saving."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hpa_features.api.cells import FieldsInput, MasksInput, pairs_of
from hpa_features.api.checks import executor_of
from hpa_features.api.fields import PathLike, failure_line
from hpa_features.api.python_words import PYTHON, speaks_python
from hpa_features.core.settings import PredictSettings

if TYPE_CHECKING:
    import pandas as pd

    from hpa_features.api.blocks import BlocksInput
    from hpa_features.core.reasons import FieldReasons
    from hpa_features.core.tables import FeatureTable
    from hpa_features.io.bundle import Bundle
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.model import Model as LearnedModel
    from hpa_features.pipeline.predict_input import Given

TableInput: TypeAlias = "pd.DataFrame | PathLike"


class Model:
    """A trained model; `train` and `load_model` make it.

    Attributes
    ----------
    labels : tuple of str
        The labels, in order.
    features : tuple of str
        The columns that the model reads.
    report : pandas.DataFrame
        How well it does on groups that it was not trained on, a row for each label.
    facts : mapping
        Everything in the model's ``model.json``: settings, data, figures, warnings.
    """

    def __init__(self, bundle: Bundle) -> None:
        from hpa_features.learn.packing import unpack

        self._bundle = bundle
        self._learned = unpack(bundle)

    def __repr__(self) -> str:
        figures, data = self.facts["report"], self.facts["data"]
        low, high = figures["macro_f1_interval"]
        return (
            f"Model({len(self.labels)} labels, {len(self.features):,} features, "
            f"{data['rows']:,} rows in {data['groups']:,} groups, "
            f"macro F1 {_figure(figures['macro_f1'])} ({_figure(low)} to {_figure(high)}))"
        )

    @property
    def parts(self) -> tuple[LearnedModel, OutOfFold]:
        """The fold models, their decision rules, and the out-of-fold table."""
        return self._learned, self._bundle.oof

    @property
    def bundle(self) -> Bundle:
        """The content of the model's folder."""
        return self._bundle

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in order."""
        return self._learned.labels

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns that the model reads, in order."""
        return tuple(column.name for column in self._learned.columns)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The content of ``model.json``."""
        return self._bundle.facts

    @property
    def report(self) -> pd.DataFrame:
        """How well each label is predicted on groups that were held out.

        Returns
        -------
        pandas.DataFrame
            Indexed by label: `rows` and `groups` that have it, `F1` with its 95 % interval
            (`F1_low`, `F1_high`), `precision`, `recall`, `AP` (average precision), the `threshold`
            of the probability, and `supported` (whether it is ranked better than by chance).
            ``attrs`` holds the figures over all labels, such as ``macro_f1`` and ``mean_ap``.
        """
        import pandas as pd

        rows = {
            each["name"]: {
                "rows": each["positives"],
                "groups": each["positive_groups"],
                "F1": each["f1"],
                "F1_low": each["f1_interval"][0],
                "F1_high": each["f1_interval"][1],
                "precision": each["precision"],
                "recall": each["recall"],
                "AP": each["ap"],
                "threshold": each["threshold"],
                "supported": each["supported"],
            }
            for each in self.facts["labels"]
        }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("label")
        numbers = ["F1", "F1_low", "F1_high", "precision", "recall", "AP", "threshold"]
        table = table.astype(dict.fromkeys(numbers, float))
        table.attrs.update(self.facts["report"])
        return table

    @speaks_python
    def predict(
        self,
        data: TableInput | FieldsInput,
        masks: MasksInput | Sequence[MasksInput] | None = None,
        *,
        force_one: bool = False,
        blocks: BlocksInput = (),
        embedding: PathLike | None = None,
        jobs: int = 1,
    ) -> pd.DataFrame:
        """Predict the labels of rows or of fields.

        Fields are measured with the settings of the training features, and only the columns that
        the model reads. Rows unlike the training data give an `HpaFeatWarning`.

        Parameters
        ----------
        data
            A DataFrame as `measure` returns it; fields; or a path: a table, a folder of
            ``hpa-feat extract``, or images.
        masks
            For fields, as `measure` takes them; None: cells are found as for the training features.
        force_one
            Assign the most probable label to rows without one.
        blocks
            Tables to join, as `train` takes them, if the model was trained with them.
        embedding
            The ONNX file of ``hpa-feat extract --embedding``, for fields or images, if the model
            was trained with its vectors.
        jobs
            Processes that measure images.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``Id``. For each label ``<label>.prob``, a calibrated probability, and
            ``<label>.decision``, 1 where it reaches the label's threshold. ``Novelty`` is the
            distance from the training data (above 1: unlike them), ``InTraining`` is 1 for rows
            that the model was trained on.

        Raises
        ------
        HpaFeatError
            Columns of the model are missing, or the model cannot measure fields because its
            features were not made by `measure`.
        """
        import pandas as pd

        from hpa_features.io.predictions import wide_columns
        from hpa_features.pipeline.predict_rows import predict_rows
        from hpa_features.pipeline.simulated_training import warn_of_model

        settings = PredictSettings(force_one=force_one, embedding=_path_or_empty(embedding))
        warn_of_model(self.facts, PYTHON)
        given = self._given(data, masks, settings, jobs, blocks)
        rows = predict_rows(self._bundle, self._learned, given, settings, PYTHON).predictions
        return pd.DataFrame(wide_columns(rows)).set_index("Id")

    @speaks_python
    def reasons(
        self,
        data: TableInput | FieldsInput,
        ids: Sequence[str] = (),
        masks: MasksInput | Sequence[MasksInput] | None = None,
        *,
        blocks: BlocksInput = (),
        embedding: PathLike | None = None,
        jobs: int = 1,
    ) -> tuple[FieldReasons, ...]:
        """Return what `hpa_features.explain` lays out as a table; arguments as it takes them."""
        from hpa_features.pipeline.explain import explain_given

        settings = PredictSettings(embedding=_path_or_empty(embedding))
        given = self._given(data, masks, settings, jobs, blocks)
        threads = executor_of(jobs).slots
        return explain_given(self._bundle, self._learned, given, ids, threads, PYTHON)

    @speaks_python
    def save(self, path: PathLike, *, overwrite: bool = False) -> None:
        """Write the model to a folder that `load_model` and ``hpa-feat predict`` read.

        Parameters
        ----------
        path
            The folder to make.
        overwrite
            Replace a model that is there.

        Raises
        ------
        HpaFeatError
            Something is at `path` and may not be replaced.
        """
        from hpa_features.io.bundle import write_bundle

        write_bundle(self._bundle, Path(path), overwrite=overwrite)

    def _given(
        self,
        data: TableInput | FieldsInput,
        masks: MasksInput | Sequence[MasksInput] | None,
        settings: PredictSettings,
        jobs: int,
        blocks: BlocksInput,
    ) -> Given:
        from hpa_features.api.blocks import with_blocks

        given = self._measured(data, masks, settings, jobs)
        return replace(given, table=with_blocks(given.table, blocks))

    def _measured(
        self,
        data: TableInput | FieldsInput,
        masks: MasksInput | Sequence[MasksInput] | None,
        settings: PredictSettings,
        jobs: int,
    ) -> Given:
        import pandas as pd

        from hpa_features.pipeline.memory import given_of_pairs
        from hpa_features.pipeline.predict_columns import report_differences
        from hpa_features.pipeline.predict_input import (
            Given,
            extract_settings,
            plate_columns,
            read_input,
        )

        facts, executor = self.facts, executor_of(jobs)
        if isinstance(data, pd.DataFrame):
            table = features_of(data, not_features=plate_columns(facts))
            report_differences(facts, PYTHON, table.settings)
            return Given(table)
        if isinstance(data, str | os.PathLike) and masks is None:
            found = read_input(os.fspath(data), facts, settings, PYTHON, executor, None)
            for each in found.failed:
                PYTHON.warn(f"field {each.id} is excluded: {failure_line(each)}")
            return found
        measuring = extract_settings(facts, settings)
        pairs = pairs_of(data, masks, measuring)
        return given_of_pairs(pairs, measuring, facts, PYTHON, executor)


def features_of(features: TableInput, not_features: Sequence[str] = ()) -> FeatureTable:
    """Return the features of a DataFrame or of a table on disk."""
    from hpa_features.api.frames import table_of
    from hpa_features.pipeline.feature_tables import load_features

    if isinstance(features, str | os.PathLike):
        return load_features(os.fspath(features), not_features=not_features, progress=PYTHON)
    table = table_of(features, "features", text=tuple(not_features))
    return load_features(table, not_features=not_features, progress=PYTHON)


def _path_or_empty(path: PathLike | None) -> str:
    return "" if path is None else os.fspath(path)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
