"""Examples of a report: rows that show what the model makes of each label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from hpa_features.io.bundle import Bundle
from hpa_features.io.oof import OutOfFold
from hpa_features.learn.exemplars import Shows, examples_of
from hpa_features.pipeline.report_pictures import Thumbnails
from hpa_features.report.label_section import Exemplar

_WHY: Mapping[Shows, str] = MappingProxyType(
    {
        Shows.HIGHEST: "Correct, high probability",
        Shows.MISSED: "Has the label, not predicted",
        Shows.INVENTED: "Predicted, does not have the label",
        Shows.NEAR: "Closest to the threshold",
        Shows.LOWEST: "Does not have the label, low probability",
    }
)


def exemplars_of(bundle: Bundle, label: int) -> tuple[Exemplar, ...]:
    """Return up to eight fields of a label, without pictures."""
    oof = bundle.oof
    found = examples_of(
        oof.truth[:, label],
        oof.decision[:, label],
        oof.nested[:, label],
        float(bundle.facts["labels"][label]["threshold"]),
        oof.groups,
    )
    return tuple(
        Exemplar(
            id=oof.ids[each.row],
            group=oof.groups[each.row],
            why=_WHY[each.shows],
            probability=float(oof.nested[each.row, label]),
            labels=labels_of(oof, each.row),
        )
        for each in found
    )


def labels_of(oof: OutOfFold, row: int) -> tuple[str, ...]:
    """Return the names of the labels that a row has."""
    return tuple(name for name, has in zip(oof.labels, oof.truth[row]) if has)


def with_pictures(exemplars: tuple[Exemplar, ...], thumbnails: Thumbnails) -> tuple[Exemplar, ...]:
    """Return the examples with the pictures that there are."""
    return tuple(
        replace(
            each,
            picture=thumbnails.pictures.get(each.id, ""),
            cell=thumbnails.texts.get(each.id, ""),
        )
        for each in exemplars
    )
