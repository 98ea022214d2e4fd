"""Warnings of predict on rows unlike the training data, each and together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from hpa_features.core.progress import Progress

if TYPE_CHECKING:
    from hpa_features.core.tables import FeatureTable
    from hpa_features.learn.folds import Rows
    from hpa_features.learn.model import Prediction

RARE = 0.005


def groups_of(table: FeatureTable) -> Rows:
    """Return (rows,) numbers of the rows' genes, antibodies or plates; rows without stand alone."""
    import numpy as np

    from hpa_features.io.groups import choose_groups

    return np.unique(choose_groups(table).values, return_inverse=True)[1]


def tell_novelty(
    ids: Sequence[str], known: Collection[str], predicted: Prediction, progress: Progress
) -> int:
    """Warn of rows beyond the limit, and of rows that lie farther out as a whole than by chance.

    Rows that the model was trained on are not counted: the limit is that of held-out rows, which
    lie farther from directions that were not fitted to them.

    Parameters
    ----------
    ids
        (rows,) what the rows are called.
    known
        Ids that the model was trained on.
    predicted
        The predictions of the model for the rows.
    progress
        Gets a warning for each.

    Returns
    -------
    int
        Rows beyond the limit.
    """
    from hpa_features.io.arrow import name_some
    from hpa_features.report.block_words import block_title

    new = [each not in known for each in ids]
    novel = [row for row, each in enumerate(predicted.novel) if each and new[row]]
    if novel:
        block, count = Counter(predicted.block[row] for row in novel).most_common(1)[0]
        progress.warn(
            f"{len(novel):,} of {sum(new):,} rows are unlike the training data (Novelty above 1; 1 "
            f"in 100 or fewer is typical), most in “{block_title(block)}” ({count:,} rows): "
            f"{name_some([ids[row] for row in novel], 3)}."
        )
    whole = predicted.together
    if whole is not None and len(ids) > 1 and all(new) and whole.chance < RARE:
        most = f", most in “{block_title(whole.block)}”" if whole.block else ""
        progress.warn(
            f"these {len(ids):,} rows as a whole are unlike the training data{most}; their median "
            f"novelty exceeds that of {whole.share:.0%} of the training rows. Another microscope, "
            "stain or cell line? Probabilities may be wrong."
        )
    return len(novel)
