"""`hpa-feat ablate`: what blocks of features add to each other, on the same folds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import SILENT, Progress, WarningRecorder
from hpa_features.core.train_settings import TrainOn, TrainSettings
from hpa_features.pipeline.ablate_sets import EVERYTHING, ColumnSet, column_sets
from hpa_features.pipeline.ablate_summary import Ablated, AblateSummary
from hpa_features.running.executor import Executor
from hpa_features.running.pool import HERE

if TYPE_CHECKING:
    from hpa_features.io.oof import OutOfFold
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.precision_draws import PrecisionDraws
    from hpa_features.pipeline.train import Origin


def ablate(
    features: str,
    labels: str,
    out: str,
    settings: TrainSettings,
    progress: Progress = SILENT,
    *,
    families: bool = True,
    executor: Executor = HERE,
    overwrite: bool = False,
) -> AblateSummary:
    """Train on all columns, on classical ones and networks' alone, and without each family.

    Folds depend on rows, labels, groups and seed only, so that all models have the same. The
    models stay in `out`; the same call resumes after an interruption.

    Parameters
    ----------
    features, labels
        As `train` takes them.
    out
        The folder to write: ``ablation.csv``, ``ablation.svg`` and ``models/``.
    settings
        As of `train`; joined blocks count as networks.
    progress
        Receives which set is trained on.
    families
        Whether each family is excluded in turn.
    executor
        Where models are fitted.
    overwrite
        Replace tables, picture and models of other columns or settings.

    Raises
    ------
    UsageError
        Cells are to be learned from; the folder has results of other data or settings.
    DataError
        As of `train`.
    """
    from hpa_features.io.array_files import block_name
    from hpa_features.io.labels import read_labels
    from hpa_features.pipeline.ablate_files import write_ablation
    from hpa_features.pipeline.train import Origin, read_training_features
    from hpa_features.pipeline.train_rows import join_labels

    began = time.monotonic()
    if settings.train_on is not TrainOn.IMAGE:
        raise UsageError("ablate works on tables of images: use --train-on image.")
    table = read_training_features(features, settings, progress)
    data = join_labels(table, read_labels(labels, progress=progress), settings, progress)
    origin = Origin(table.settings, features=str(Path(features).resolve()))
    del table
    joined = {block_name(each) for each in settings.blocks}
    sets = column_sets(data.columns, joined, families=families)
    if len(sets) < 2:
        raise UsageError(
            "There is nothing to exclude: the table has one block of columns.",
            hint="Join vectors or scores with --block, or extract with --embedding.",
        )
    models = _Models(Path(out) / "models", data, settings, origin, executor, overwrite=overwrite)
    tables: list[OutOfFold] = []
    kind = ""
    for number, each in enumerate(sets, 1):
        progress.note(f"{number} of {len(sets)}: {each.name}, {len(each.columns):,} columns.")
        oof, kind = models.out_of_fold(each, progress)
        tables.append(oof)
    progress.start("comparing", None)
    found = _compared(sets, tables, settings)
    progress.finish()
    summary = AblateSummary(
        labels=data.labels,
        sets=found,
        fields=len(data.ids),
        groups=len(data.group_names),
        kind=kind,
        seconds=time.monotonic() - began,
        output=out,
    )
    write_ablation(Path(out), summary)
    return summary


@dataclass(frozen=True, slots=True)
class _Models:
    """Models of sets of columns in a folder."""

    folder: Path
    data: TrainingData
    settings: TrainSettings
    origin: Origin
    executor: Executor
    overwrite: bool

    def out_of_fold(self, wanted: ColumnSet, progress: Progress) -> tuple[OutOfFold, str]:
        """Return held-out predictions of a set's model, trained now unless it is there."""
        from hpa_features.core.stored_settings import result_settings, with_defaults
        from hpa_features.io.bundle import FACTS, read_bundle
        from hpa_features.learn.data import of_columns
        from hpa_features.pipeline.train import learn_into

        data = of_columns(self.data, list(wanted.columns))
        settings = self._settings(wanted, data)
        place = self.folder / wanted.folder
        if (place / FACTS).is_file():
            bundle = read_bundle(place)
            # A setting that an older model lacks had its default.
            before = with_defaults(bundle.facts["training"], TrainSettings)
            same = all(before[name] == each for name, each in result_settings(settings).items())
            if same and bundle.facts["data"]["digest"] == data.digest():
                return bundle.oof, str(bundle.facts["report"]["kind"])
            if not self.overwrite:
                raise UsageError(
                    f"{place} is a model of other data or settings.",
                    hint="Replace the models with --overwrite, or change -o.",
                )
        self.folder.mkdir(parents=True, exist_ok=True)
        # Warnings of each model are in its card; those of the rows have been given.
        heard = WarningRecorder(_Quiet(progress))
        trained, bundle = learn_into(
            place, [data], settings, self.origin, heard, self.executor, overwrite=True
        )
        return trained.oof, str(bundle.facts["report"]["kind"])

    def _settings(self, wanted: ColumnSet, data: TrainingData) -> TrainSettings:
        from hpa_features.learn.own_scores import own_columns

        own = self.settings.own_label_columns
        if own and wanted.name != EVERYTHING:
            try:
                own_columns(data.columns, data.labels, own)
            except UsageError:  # the scores are among what is left out
                own = ""
        without = tuple(dict.fromkeys((*self.settings.without, *wanted.excluded)))
        return replace(self.settings, without=without, own_label_columns=own)


class _Quiet:
    """Passes on how far the work is, nothing else."""

    def __init__(self, progress: Progress) -> None:
        self.start, self.advance, self.finish = progress.start, progress.advance, progress.finish
        self.note, self.warn = SILENT.note, SILENT.warn


def _compared(
    sets: Sequence[ColumnSet], tables: Sequence[OutOfFold], settings: TrainSettings
) -> tuple[Ablated, ...]:
    from hpa_features.learn.bootstrap import f1_difference
    from hpa_features.learn.metrics import f1_scores, macro_f1
    from hpa_features.learn.precision_draws import precision_draws

    first = tables[0]
    ranks: list[PrecisionDraws] = [
        precision_draws(
            each.truth, each.ranking, each.groups, draws=settings.bootstrap, seed=settings.seed
        )
        for each in tables
    ]
    return tuple(
        Ablated(
            name=each.name,
            columns=len(each.columns),
            macro_f1=macro_f1(oof.truth, oof.decision),
            mean_ap=rank.mean,
            ap=tuple(rank.whole.tolist()),
            f1=tuple(f1_scores(oof.truth, oof.decision).tolist()),
            precision_gap=ranks[0].minus(rank),
            f1_gap=f1_difference(
                oof.truth,
                first.decision,
                oof.decision,
                oof.groups,
                draws=settings.bootstrap,
                seed=settings.seed,
            ),
        )
        for each, oof, rank in zip(sets, tables, ranks)
    )
