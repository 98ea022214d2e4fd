"""The worst mistakes of a model, and labels that are probably wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from hpa_features.io.bundle import Bundle
from hpa_features.learn.label_errors import label_errors
from hpa_features.pipeline.report_examples import labels_of
from hpa_features.pipeline.report_pictures import Thumbnails
from hpa_features.report.quality import Mistake

_MOST, _MOST_OF_LABEL = 60, 8


def mistakes_of(bundle: Bundle) -> tuple[Mistake, ...]:
    """Return labels of rows that held-out predictions contradict, the most confident first.

    Wrong decisions and suspected label errors, of labels that were learned; at most 60, and 8 of a
    label.
    """
    oof = bundle.oof
    learned = [at for at, label in enumerate(bundle.facts["labels"]) if label["supported"]]
    suspected = {(each.row, each.label) for each in label_errors(oof.truth, oof.nested, learned)}
    wrong = {
        (int(row), at)
        for at in learned
        for row in np.flatnonzero(oof.truth[:, at] != oof.decision[:, at])
    }
    gap = np.abs(oof.truth - oof.nested)
    order = sorted(wrong | suspected, key=lambda each: (-gap[each], each))
    shown: list[tuple[int, int]] = []
    of_label: Counter[int] = Counter()
    for row, at in order:
        if len(shown) < _MOST and of_label[at] < _MOST_OF_LABEL:
            of_label[at] += 1
            shown.append((row, at))
    return tuple(
        Mistake(
            id=oof.ids[row],
            group=oof.groups[row],
            label=oof.labels[at],
            given=bool(oof.truth[row, at]),
            probability=float(oof.nested[row, at]),
            suspected=(row, at) in suspected,
            labels=labels_of(oof, row),
            predicted=tuple(
                name for name, predicted in zip(oof.labels, oof.decision[row]) if predicted
            ),
        )
        for row, at in shown
    )


def mistakes_with_pictures(
    mistakes: tuple[Mistake, ...], thumbnails: Thumbnails
) -> tuple[Mistake, ...]:
    """Return the mistakes with the pictures that there are."""
    return tuple(
        replace(
            each,
            picture=thumbnails.pictures.get(each.id, ""),
            cell=thumbnails.texts.get(each.id, ""),
        )
        for each in mistakes
    )
