"""Features, labels and groups of the ids that have all of them, without excluded columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.progress import Progress
from hpa_features.core.tables import FeatureTable, LabelTable
from hpa_features.core.train_settings import TrainSettings
from hpa_features.pipeline.score_columns import check_scores

if TYPE_CHECKING:
    from hpa_features.learn.data import TrainingData


def join_labels(
    table: FeatureTable, labels: LabelTable, settings: TrainSettings, progress: Progress
) -> TrainingData:
    """Bring features, labels and groups of the common ids together."""
    import numpy as np

    from hpa_features.io.groups import NONE, choose_groups
    from hpa_features.learn.data import TrainingData
    from hpa_features.learn.normalize import plates_of

    row_of = {each: row for row, each in enumerate(labels.ids)}
    rows = [row for row, each in enumerate(table.ids) if each in row_of]
    _name_lone_ids(table, labels, progress)
    common = replace(
        table,
        ids=tuple(table.ids[row] for row in rows),
        values=table.values if len(rows) == len(table.ids) else table.values[rows],
        metadata={
            name: tuple(texts[row] for row in rows) for name, texts in table.metadata.items()
        },
    )
    groups = choose_groups(common, settings.group, settings.groups_file, progress=progress)
    if groups.source != NONE and groups.nearly_none:
        progress.warn(f"{groups.source}: {groups.consequence}, and scores may be too high.")
    names, numbers = np.unique(np.array(groups.values), return_inverse=True)
    data = TrainingData(
        ids=common.ids,
        columns=common.columns,
        values=common.values,
        labels=labels.labels,
        truth=labels.truth[[row_of[each] for each in common.ids]],
        groups=numbers,
        group_names=tuple(str(name) for name in names),
        group_column=groups.source,
        plates=plates_of(common, settings.normalize) if settings.normalize else (),
        plate_column=settings.normalize.removeprefix("Metadata_"),
        simulated=common.simulated,
    )
    data = _without(data, settings.without)
    check_scores(data, settings, progress)
    return data


def _name_lone_ids(table: FeatureTable, labels: LabelTable, progress: Progress) -> None:
    """Count and name the ids on one side only.

    Raises
    ------
    DataError
        There is no common id.
    """
    from hpa_features.io.arrow import name_some

    in_table, in_labels = set(table.ids), set(labels.ids)
    if not in_table & in_labels:
        raise DataError(
            f"Features and labels have no Id in common: features have {name_some(table.ids, 2)}, "
            f"labels have {name_some(labels.ids, 2)}.",
            hint=f"Ids must be spelled the same, without folder, colour and file ending"
            f"{_example(labels.ids, in_table)}.",
        )
    unlabelled = [each for each in table.ids if each not in in_labels]
    unmeasured = [each for each in labels.ids if each not in in_table]
    if unlabelled:
        progress.warn(f"{len(unlabelled):,} rows have no labels: {name_some(unlabelled)}.")
    if unmeasured:
        progress.warn(f"{len(unmeasured):,} labelled ids have no row: {name_some(unmeasured)}.")


def _example(ids: Sequence[str], wanted: set[str]) -> str:
    """Return how the first of `ids` is spelled in `wanted`, where only its ending differs."""
    from hpa_features.io.names import ChannelFile, parse_name

    for each in (ids[0], f"{ids[0]}.png", f"{Path(ids[0]).stem}_green.png"):
        name = parse_name(each)
        if isinstance(name, ChannelFile) and name.id in wanted:
            return f": {name.id}, not {ids[0]}"
    return ""


def _without(data: TrainingData, blocks: tuple[str, ...]) -> TrainingData:
    from hpa_features.core.nearest import did_you_mean
    from hpa_features.learn.data import ACQUISITION, blocks_named, without_blocks

    known = {column.block for column in data.columns}
    unknown = [
        each for each in blocks if not blocks_named(each, known) and each.casefold() != ACQUISITION
    ]
    if unknown:
        names = {*known, *(part for block in known for part in block.split(" × "))}
        raise UsageError(
            f"--without: there is no block {', '.join(unknown)}.",
            hint=did_you_mean(unknown[0], sorted(names))
            or f"Blocks of this table: {', '.join(sorted(known))}.",
        )
    left = without_blocks(data, blocks)
    if not left.columns:
        raise UsageError("--without excludes all columns.")
    return left
