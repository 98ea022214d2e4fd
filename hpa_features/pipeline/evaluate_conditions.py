"""Whether scores are of held-out rows, and both sides scored in the same way."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from hpa_features.core.progress import Progress

if TYPE_CHECKING:
    from hpa_features.core.tables import LabelTable
    from hpa_features.pipeline.evaluate_sides import Side


def count_in_training(side: Side, ids: Sequence[str]) -> int:
    """Return how many of these rows the side's model is known to have been trained on."""
    return len((side.in_training or frozenset()).intersection(ids))


def warn_of_training_rows(side: Side, ids: Sequence[str], progress: Progress) -> None:
    """Warn of scored rows that the model was trained on."""
    count = count_in_training(side, ids)
    if count:
        progress.warn(
            f"{side.name}: {count:,} of the {len(ids):,} scored rows were used to train the model "
            "(InTraining), so its scores are too high; hpa-feat evaluate MODEL uses out-of-fold "
            "predictions for such rows."
        )


def warn_of_split_groups(
    side: Side, ids: Sequence[str], groups: Sequence[str], source: str, progress: Progress
) -> None:
    """Warn of groups whose rows lay on both sides of a bundle's folds.

    Parameters
    ----------
    ids, groups
        (rows,) scored rows and their groups.
    source
        Where the groups are from.
    """
    if side.folds is None:
        return
    folds: dict[str, set[int]] = {}
    for each, group in zip(ids, groups):
        folds.setdefault(group, set()).add(side.folds[each])
    split = sum(len(each) > 1 for each in folds.values())
    if split:
        progress.warn(
            f"{split:,} of {len(folds):,} groups of {source} have rows in several folds of "
            f"{side.name}: rows of one group were used for both training and testing, so its "
            f"scores are too high. Train with --groups-file {source}."
        )


def warn_of_comparison(
    first: Side, second: Side, ids: Sequence[str], progress: Progress
) -> tuple[str, ...]:
    """Warn, in one line, of sides that were not scored under the same conditions.

    Parameters
    ----------
    ids
        Rows that both are scored on.

    Returns
    -------
    tuple[str, ...]
        What differs, first against second; empty: nothing that is known.
    """
    found = tuple(_differences(first, second, ids))
    if found:
        progress.warn(
            f"{first.name} and {second.name} were not scored under the same conditions: "
            f"{'; '.join(found)}. The difference does not show which is better."
        )
    elif first.in_training is None:
        progress.note(
            f"{first.name} and {second.name} have no column InTraining, so their training rows are "
            "unknown: compare predictions on rows that neither model was trained on."
        )
    return found


def _differences(first: Side, second: Side, ids: Sequence[str]) -> list[str]:
    if first.folds is None or second.folds is None:
        return _differences_of_files(first, second, ids)
    found = []
    if first.kind != second.kind:
        found.append(f"{first.kind} against {second.kind}")
    same_rows = set(first.folds) == set(second.folds)
    if not same_rows:
        found.append(
            f"trained on {len(first.folds):,} against {len(second.folds):,} rows, "
            f"{len(ids):,} of them scored"
        )
    same_groups = _alike(_groups(first, ids), _groups(second, ids))
    if not same_groups:
        found.append(f"{_grouping(first, ids)} against {_grouping(second, ids)}")
    if first.truth is not None and second.truth is not None:
        found += _differences_of_truth(first.truth, second.truth, ids)
    folds = [[side.folds[each] for each in ids] for side in (first, second) if side.folds]
    if same_rows and same_groups and not _alike(*folds):
        found.append(f"different folds ({len(set(folds[0]))} against {len(set(folds[1]))})")
    return found


def _differences_of_files(first: Side, second: Side, ids: Sequence[str]) -> list[str]:
    """Compare sides of which one or both are files, which carry no folds."""
    how = [_how(side, ids) for side in (first, second)]
    if how[0] != how[1]:
        return [f"{how[0]} against {how[1]}"]
    seen = [(side.in_training or frozenset()).intersection(ids) for side in (first, second)]
    return [] if seen[0] == seen[1] else [f"{how[0]}, but not the same rows"]


def _how(side: Side, ids: Sequence[str]) -> str:
    """Return in words what the side's model knew of the rows."""
    if side.kind:
        return f"{side.kind} predictions of fold models"
    if side.in_training is None:
        return "a model of unknown training rows (no column InTraining)"
    count = count_in_training(side, ids)
    if count:
        return f"a model that was trained on {count:,} of the {len(ids):,} rows"
    return "a model that was not trained on these rows"


def _groups(side: Side, ids: Sequence[str]) -> list[str]:
    return [] if side.groups is None else [side.groups[each] for each in ids]


def _grouping(side: Side, ids: Sequence[str]) -> str:
    count = len(set(_groups(side, ids)))
    if count == len(ids):
        return f"ungrouped rows ({side.group_column})"
    return f"{count:,} groups ({side.group_column})"


def _alike(first: Sequence[Hashable], second: Sequence[Hashable]) -> bool:
    """Whether both divide the rows in the same way, whatever the names."""
    return len(set(zip(first, second))) == len(set(first)) == len(set(second))


def _differences_of_truth(first: LabelTable, second: LabelTable, ids: Sequence[str]) -> list[str]:
    """Return in words how the labels that both sides were trained on differ."""
    import numpy as np

    found = []
    common = [name for name in first.labels if name in set(second.labels)]
    if len(common) < max(len(first.labels), len(second.labels)):
        found.append(f"{len(first.labels)} against {len(second.labels)} labels")
    truths = []
    for table in (first, second):
        row = {each: at for at, each in enumerate(table.ids)}
        columns = [table.labels.index(name) for name in common]
        truths.append(table.truth[[row[each] for each in ids]][:, columns])
    rows = int(np.count_nonzero((truths[0] != truths[1]).any(axis=1)))
    return [*found, f"other labels in {rows:,} rows"] if rows else found
