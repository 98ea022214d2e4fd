"""What models score cells by ↔ facts, numbers and texts of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.io.bundle import Bundle
from hpa_features.learn.cell_scores import PARTS, CellModel, CellScorer, score_columns
from hpa_features.learn.member_numbers import finite_array
from hpa_features.learn.model import Model

_CUTS = "cell_cuts_fold_{}"


def cell_booster_name(label: int, fold: int, part: int) -> str:
    """Return the file of one label's model of cells: of one fold, without one third."""
    return f"boosters/cells-label-{label:03d}-fold-{fold}-part-{part}.txt"


def cell_facts(model: Model) -> dict[str, Any]:
    """Return the part of ``model.json`` on cells; nothing if they are not scored."""
    scorer = model.members[0].cells
    if scorer is None:
        return {}
    scored = [model.labels.index(label) for label in scorer.labels]
    return {
        "columns": list(model.cell_columns),
        "labels": scored,
        "scores": [column.name for column in score_columns(scorer.labels)],
        "boosters": _names(scored, model.folds),
    }


def pack_cell_boosters(model: Model) -> dict[str, str]:
    """Return the texts of the models of cells by file name."""
    texts = {}
    for fold, member in enumerate(model.members):
        if member.cells is not None:
            scored = [model.labels.index(label) for label in member.cells.labels]
            for part, each in enumerate(member.cells.models):
                for label, text in zip(scored, each.texts, strict=True):
                    texts[cell_booster_name(label, fold, part)] = text
    return texts


def pack_cuts(fold: int, scorer: CellScorer | None) -> dict[str, NDArray[np.float64]]:
    """Return the (parts, labels) cuts of one fold by name; nothing where cells are not scored."""
    if scorer is None:
        return {}
    return {_CUTS.format(fold): np.stack([model.cuts for model in scorer.models])}


def unpack_cell_columns(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of cells that a model reads, after a look at all facts about them.

    Raises
    ------
    BundleError
        They contradict one another or the labels.
    """
    cells = facts.get("cells", {})
    if not cells:
        return ()
    columns, scored = cells["columns"], cells["labels"]
    labels = [label["name"] for label in facts["labels"]]
    if not columns or len(set(columns)) != len(columns):
        raise BundleError("model.json: cells must name each of their columns once.")
    if not scored or sorted({*scored} & {*range(len(labels))}) != scored:
        raise BundleError("model.json: cells must number each label that they are scored for once.")
    names = [column.name for column in score_columns([labels[label] for label in scored])]
    if cells["scores"] != names:
        raise BundleError("model.json: the scores of cells are not those of their labels.")
    if cells["boosters"] != _names(scored, facts["data"]["folds"]):
        raise BundleError("model.json: cells must name a booster a label, fold and part.")
    return tuple(columns)


def unpack_scorer(bundle: Bundle, fold: int) -> CellScorer | None:
    """Return what one fold's model scores cells by; facts as `unpack_cell_columns` passes them.

    Raises
    ------
    BundleError
        The cuts are missing, of another size, or no numbers.
    """
    cells = bundle.facts.get("cells", {})
    if not cells:
        return None
    scored = cells["labels"]
    cuts = finite_array(bundle.numbers, _CUTS.format(fold), (PARTS, len(scored)))
    models = tuple(
        CellModel(
            tuple(bundle.boosters[cell_booster_name(label, fold, part)] for label in scored),
            cuts[part],
        )
        for part in range(PARTS)
    )
    return CellScorer(tuple(bundle.facts["labels"][label]["name"] for label in scored), models)


def _names(scored: Sequence[int], folds: int) -> list[str]:
    return [
        cell_booster_name(label, fold, part)
        for label in scored
        for fold in range(folds)
        for part in range(PARTS)
    ]
