"""predict -o DIR: images → part files of predictions in a folder that is gone on with."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import SILENT, Progress
from hpa_features.core.settings import ExtractSettings, PredictSettings
from hpa_features.core.stored_settings import result_settings
from hpa_features.pipeline.predict import ENDINGS, PredictSummary
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.model import Model
    from hpa_features.pipeline.field_runs import Plan, RunResult
    from hpa_features.pipeline.input_fields import InputFields


def prediction_folder(output: str) -> Path | None:
    """Return the folder that ``-o`` asks for; None: a file or stdout.

    A folder is one that exists, or a new name without the ending of a table.
    """
    from hpa_features.io.store.output import FOREIGN

    path = Path(output)
    if output == "-" or path.is_file():
        return None
    if path.is_dir() or path.suffix.lower() not in {*ENDINGS, *FOREIGN, ".arrow"}:
        return path
    return None


def predict_folder(
    model: str,
    where: str,
    output: str,
    settings: PredictSettings | None = None,
    progress: Progress = SILENT,
    *,
    executor: Executor = HERE,
    stdin: BinaryIO | None = None,
) -> PredictSummary:
    """Write ``predictions/part-*.parquet``, the predictions of every field; resumes there.

    Parameters
    ----------
    output
        A folder; what is there from a run with the same model and settings is not done again.
    model, where, settings, progress, executor, stdin
        As `predict` takes them; of settings, what needs all rows at once is refused.

    Raises
    ------
    UsageError
        The input is a table, the folder was made with another model or other settings, or an
        option needs all rows at once.
    BundleError
        As `predict`.
    DataError
        No field was found, or none could be done.
    """
    from hpa_features.pipeline.field_runs import run_fields
    from hpa_features.pipeline.input_fields import find_input_fields

    began = time.monotonic()
    settings = settings or PredictSettings()
    stream = io.BytesIO(stdin.read()) if where == "-" and stdin is not None else None
    _refuse_tables(where, stream, output)
    chosen = choose_model(model, settings, progress)
    fields = find_input_fields(where, chosen.measuring, progress, stream)
    plan = plan_prediction(chosen, fields, Path(output), progress, executor)
    result = run_fields(plan, Path(output), progress, executor)
    _tell(result, progress)
    return summary_of(chosen, result, output, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model, and how a folder of predictions is made with it.

    Attributes
    ----------
    name
        Its folder.
    bundle, learned
        The model as it is stored, and unpacked.
    settings
        What was asked for.
    measuring
        How images are measured for it.
    shares
        Labels' shares among the fields, where they differ from training.
    simulated
        Share of its training rows that are of simulated fields.
    """

    name: str
    bundle: Bundle
    learned: Model
    settings: PredictSettings
    measuring: ExtractSettings
    shares: Mapping[str, float]
    simulated: float


def choose_model(model: str, settings: PredictSettings, progress: Progress) -> ChosenModel:
    """Return a model that predicts fields one by one.

    Raises
    ------
    UsageError
        The model or an option needs all rows at once.
    BundleError
        The model is damaged, or cannot be given images.
    """
    from hpa_features.io.bundle import read_bundle
    from hpa_features.learn.packing import unpack
    from hpa_features.pipeline.predict_input import extract_settings
    from hpa_features.pipeline.predict_prior import target_shares
    from hpa_features.pipeline.simulated_training import warn_of_model

    bundle = read_bundle(Path(model))
    learned = unpack(bundle)
    _refuse_whole(model, bundle.facts, settings)
    simulated = warn_of_model(bundle.facts, progress)
    wanted = settings.target_prevalence
    shares = target_shares(wanted, learned.labels) if wanted else {}
    how = extract_settings(bundle.facts, settings)
    run_only = {
        name: getattr(settings, name) for name in ("overwrite", "retry_failed", "shard", "command")
    }
    return ChosenModel(
        model, bundle, learned, settings, replace(how, **run_only), shares, simulated
    )


def _refuse_whole(model: str, facts: Mapping[str, Any], settings: PredictSettings) -> None:
    """Refuse what needs all rows at once, or is chosen when the parts are read.

    Raises
    ------
    UsageError
        It is asked for.
    """
    from hpa_features.pipeline.predict_input import plate_columns
    from hpa_features.pipeline.predict_prior import ESTIMATE

    features_first = f"hpa-feat extract … -o features, then: hpa-feat predict {model} features"
    if plates := plate_columns(facts):
        raise UsageError(
            f"{model} normalizes within {plates[0]}, which needs all fields at once; a folder is "
            "predicted in parts.",
            hint=features_first,
        )
    if settings.target_prevalence == ESTIMATE:
        raise UsageError(
            "--target-prevalence em estimates from all fields at once; a folder is predicted in "
            "parts.",
            hint=f"Give a table of label and prevalence, or {features_first}",
        )
    for option, given in (("--block", settings.blocks), ("--cells", settings.cells)):
        if given:
            raise UsageError(
                f"{option} joins a table to features; a folder for -o is for images.",
                hint=features_first,
            )
    if settings.ids_from:
        raise UsageError(
            "--ids-from chooses rows of a file; a folder for -o gets all fields.",
            hint="Give it a file for -o, or a manifest of these fields as INPUT.",
        )


def _refuse_tables(where: str, stream: io.BytesIO | None, output: str) -> None:
    from hpa_features.io.tables import is_store
    from hpa_features.pipeline.predict_input import is_table

    if where != "-" and not Path(where).exists():
        return  # a glob, or a name that is refused as such
    if (where != "-" and is_store(where)) or is_table(where, stream):
        source = "stdin" if where == "-" else where
        raise UsageError(
            f"{source} is a table of features; a folder for -o ({output}) is for images.",
            hint=f"Give a file, such as -o {Path(output).name or 'predictions'}.csv.",
        )


def plan_prediction(
    chosen: ChosenModel,
    fields: InputFields,
    folder: Path,
    progress: Progress,
    executor: Executor,
) -> Plan:
    """Return what is to be done to predict `fields` into `folder`.

    Raises
    ------
    BundleError
        The fields cannot have all columns that the model needs.
    """
    from hpa_features.features.metadata import IMAGES
    from hpa_features.io.prediction_parts import PREDICTIONS, prediction_schema
    from hpa_features.pipeline.extract_fields import plan_measuring
    from hpa_features.pipeline.field_runs import Plan
    from hpa_features.pipeline.predict_columns import lacking_columns, report_differences
    from hpa_features.pipeline.predict_part import PredictPart
    from hpa_features.pipeline.warm_up import compile_all

    learned, bundle, settings = chosen.learned, chosen.bundle, chosen.settings
    measuring, run = plan_measuring(fields, chosen.measuring, folder, progress, executor)
    known = set(measuring.schemas()[IMAGES].names)
    if lacking := [column for column in learned.columns if column.name not in known]:
        raise lacking_columns(lacking, learned, bundle)
    report_differences(bundle.facts, progress, result_settings(measuring.settings))
    # What the fields carry besides images is in no table here.
    how = {name: value for name, value in run["settings"].items() if name != "metadata"}
    own = {
        "model_sha256": bundle.digest,
        "force_one": settings.force_one,
        "target_prevalence": dict(chosen.shares),
    }
    run |= {
        "verb": "predict",
        "settings": {**how, **own},
        "run": {**run["run"], "model": chosen.name},
    }
    work = PredictPart(measuring, chosen.name, bundle.digest, settings, chosen.shares)
    return Plan(
        fields,
        measuring.settings,
        run,
        work,
        partial(compile_all, measuring.settings),
        schemas={PREDICTIONS: prediction_schema(learned.labels)},
    )


def _tell(result: RunResult, progress: Progress) -> None:
    """Report what is noted of the fields, as far as each stands for itself."""
    from hpa_features.pipeline.field_runs import NO_LABEL, TRAINED_ON, UNLIKE_TRAINING

    of = f"of {len(result.done):,} fields"
    if trained := result.count(TRAINED_ON):
        progress.warn(
            f"the model was trained on {trained:,} {of}; predictions for them do not show how good "
            "it is."
        )
    if novel := result.count(UNLIKE_TRAINING):
        progress.warn(
            f"{novel:,} {of} are unlike the training data (Novelty above 1; 1 in 100 or fewer is "
            "typical)."
        )
    if empty := result.count(NO_LABEL):
        hint = "--force-one assigns the most probable one"
        progress.note(f"{empty:,} {of} got no label ({hint}).")


def summary_of(
    chosen: ChosenModel, result: RunResult, output: str, seconds: float
) -> PredictSummary:
    """Return the summary of a run into a folder."""
    from hpa_features.pipeline.field_runs import NO_LABEL, TRAINED_ON, UNLIKE_TRAINING

    return PredictSummary(
        fields=len(result.done),
        features=len(chosen.learned.seen),
        failures=len(result.failed),
        seconds=seconds,
        output=output,
        failed=result.failed,
        unlabelled=result.count(NO_LABEL),
        novel=result.count(UNLIKE_TRAINING),
        prevalence={},
        simulated=chosen.simulated,
        in_training=result.count(TRAINED_ON),
        cells=result.cells,
        cells_used=result.cells_used,
    )
