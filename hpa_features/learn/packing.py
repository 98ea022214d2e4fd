"""Model ↔ bundle: which fact, which number, which text."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.core.reasons import Diagnostics
from hpa_features.core.stored_settings import result_settings
from hpa_features.core.tables import Column
from hpa_features.core.train_settings import TrainSettings
from hpa_features.io.bundle import Bundle
from hpa_features.io.groups import Groups
from hpa_features.io.shape import check_shape
from hpa_features.learn.background import pack_background, unpack_background
from hpa_features.learn.calibrate import Calibrator, Isotonic, Platt
from hpa_features.learn.cell_numbers import (
    cell_facts,
    pack_cell_boosters,
    pack_cuts,
    unpack_cell_columns,
    unpack_scorer,
)
from hpa_features.learn.evaluation import Choice
from hpa_features.learn.explain.stored import diagnostics_facts, pack_diagnostics
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.member_numbers import (
    Numbers,
    finite_array,
    pack_member,
    pack_scales,
    shares,
    unpack_member,
    unpack_scales,
)
from hpa_features.learn.model import Model
from hpa_features.learn.normalize import FEWEST_ROWS
from hpa_features.learn.thresholds import ALWAYS
from hpa_features.learn.train import Report, Trained
from hpa_features.learn.usual_numbers import novelty_facts, pack_usual, unpack_usual

_PLATT = {"kind": str, "slope": float, "intercept": float, "margin": float}
_ISOTONIC = {"kind": str, "margin": float}
_NORMALIZED = {"column": str, "plates": [str]}


def booster_name(label: int, fold: int) -> str:
    """Return the file of one label's model of one fold."""
    return f"boosters/label-{label:03d}-fold-{fold}.txt"


def schema_digest(columns: Sequence[Column]) -> str:
    """Return the sha256 of the column names in order."""
    return hashlib.sha256("\n".join(column.name for column in columns).encode()).hexdigest()


def pack_label(choice: Choice) -> dict[str, Any]:
    """Return the facts of one label's choice; an isotonic curve's points go to `pack_numbers`."""
    calibration: dict[str, Any] = {"kind": "none"}
    if isinstance(choice.calibrator, Platt):
        calibration = {
            "kind": "platt",
            "slope": choice.calibrator.slope,
            "intercept": choice.calibrator.intercept,
            "margin": choice.calibrator.margin,
        }
    elif isinstance(choice.calibrator, Isotonic):
        calibration = {"kind": "isotonic", "margin": choice.calibrator.margin}
    return {
        "threshold": choice.threshold,
        "prevalence": choice.prevalence,
        "calibration": calibration,
    }


def pack_numbers(
    model: Model, diagnostics: Diagnostics | None = None
) -> dict[str, NDArray[np.floating[Any]]]:
    """Return the arrays of the bundle."""
    numbers: dict[str, NDArray[np.floating[Any]]] = dict(pack_usual(model.usual))
    for label, choice in enumerate(model.choices):
        if isinstance(choice.calibrator, Isotonic):
            numbers[f"isotonic_{label:03d}_x"] = choice.calibrator.x
            numbers[f"isotonic_{label:03d}_y"] = choice.calibrator.y
    for fold, member in enumerate(model.members):
        numbers |= pack_member(fold, member)
        numbers |= pack_scales(fold, member.scales)
        numbers |= pack_cuts(fold, member.cells)
    numbers |= pack_background(model.background)
    return numbers if diagnostics is None else numbers | pack_diagnostics(diagnostics)


def pack_boosters(model: Model) -> dict[str, str]:
    """Return the texts of the bundle by file name, of labels that are predicted by them."""
    return pack_cell_boosters(model) | {
        booster_name(label, fold): member.texts[label]
        for fold, member in enumerate(model.members)
        for label, choice in enumerate(model.choices)
        if choice.calibrator is not None
    }


def unpack(bundle: Bundle) -> Model:
    """Return the model in a bundle.

    Raises
    ------
    BundleError
        Facts, numbers and files do not fit each other.
    """
    facts = bundle.facts
    columns = tuple(
        Column(each["name"], each["block"], each["acquisition"], each["meaning"])
        for each in facts["features"]
    )
    if schema_digest(columns) != facts["feature_schema"]:
        raise BundleError("model.json: the feature names are not those of the feature_schema.")
    labels = facts["labels"]
    folds = facts["data"]["folds"]
    held_by = np.unique(bundle.oof.folds)
    if not 0 < folds == len(held_by) or (held_by != np.arange(folds)).any():
        raise BundleError(f"oof.parquet: Fold must number the {folds} folds of model.json from 0.")
    cell_columns = unpack_cell_columns(facts)
    for index, label in enumerate(labels):
        files = [booster_name(index, fold) for fold in range(folds)] if label["supported"] else []
        if label["boosters"] != files:
            raise BundleError(f"model.json: label {label['name']!r} must name {folds} boosters.")
    return Model(
        labels=tuple(label["name"] for label in labels),
        columns=columns,
        choices=tuple(_choice(label, at, bundle) for at, label in enumerate(labels)),
        members=tuple(_member(bundle, fold) for fold in range(folds)),
        usual=unpack_usual(bundle.numbers, facts["novelty"], columns, _seen(facts)),
        cell_columns=cell_columns,
        background=unpack_background(bundle.numbers, folds, _seen(facts)),
    )


def _seen(facts: Mapping[str, Any]) -> int:
    """Return how many columns fold models see."""
    return len(facts["features"]) + len(facts.get("cells", {}).get("scores", ()))


def _member(bundle: Bundle, fold: int) -> FoldModel:
    labels = range(len(bundle.facts["labels"]))
    texts = tuple(bundle.boosters.get(booster_name(label, fold), "") for label in labels)
    columns = _seen(bundle.facts)
    member = unpack_member(fold, texts, columns, bundle.numbers)
    member = replace(member, cells=unpack_scorer(bundle, fold))
    normalized = bundle.facts.get("normalized", {})
    if not normalized:
        return member
    check_shape(normalized, _NORMALIZED, "model.json: normalized")
    column, plates = normalized["column"], normalized["plates"]
    if not column or len(set(plates)) != len(plates):
        raise BundleError("model.json: normalized must name a column and each plate once.")
    return replace(member, scales=unpack_scales(fold, column, plates, columns, bundle.numbers))


def _choice(label: Mapping[str, Any], at: int, bundle: Bundle) -> Choice:
    where, prevalence = f"model.json: label {label['name']!r}", float(label["prevalence"])
    if not 0 <= label["threshold"] <= 1:
        raise BundleError(f"{where}: threshold must lie from 0 to 1, got {label['threshold']}.")
    share = float(bundle.oof.truth[:, at].mean())
    if not math.isclose(prevalence, share, rel_tol=1e-9):
        raise BundleError(
            f"{where}: prevalence must be {share}, the share of its rows in oof.parquet, "
            f"got {prevalence}."
        )
    if not label["supported"]:
        return Choice(None, float(label["threshold"]), prevalence)
    if not 0 < share < 1:
        raise BundleError(f"{where} is supported, and oof.parquet has no rows with and without it.")
    calibrator = _calibrator(label["calibration"], at, bundle.numbers)
    if not 0 < calibrator.margin <= 0.5:
        raise BundleError(f"{where}: margin must lie above 0 and up to 0.5.")
    return Choice(calibrator, float(label["threshold"]), prevalence)


def _calibrator(facts: Mapping[str, Any], label: int, numbers: Numbers) -> Calibrator:
    where = f"model.json: calibration of label {label}"
    if facts.get("kind") == "platt":
        check_shape(facts, _PLATT, where)
        if facts["slope"] < 0:
            raise BundleError(f"{where}: slope must be 0 or more, got {facts['slope']}.")
        return Platt(float(facts["slope"]), float(facts["intercept"]), float(facts["margin"]))
    if facts.get("kind") != "isotonic":
        raise BundleError(f"{where} must be platt or isotonic, got {facts.get('kind')!r}.")
    check_shape(facts, _ISOTONIC, where)
    x = finite_array(numbers, f"isotonic_{label:03d}_x", (None,))
    y = finite_array(numbers, f"isotonic_{label:03d}_y", (len(x),))
    if np.any(np.diff(x) < 0) or np.any(np.diff(y) < 0) or y[0] < 0 or y[-1] > 1:
        raise BundleError(f"{where}: the curve must rise, within 0 and 1.")
    return Isotonic(x, y, float(facts["margin"]))


def facts_of(
    trained: Trained,
    settings: TrainSettings,
    extraction: Mapping[str, object],
    digest: str,
    version: str,
) -> dict[str, Any]:
    """Return ``model.json`` of a trained model, without its warnings.

    Parameters
    ----------
    trained
        What training gave.
    settings
        Its settings.
    extraction
        Settings that made the features; empty for tables that are not ours.
    digest
        sha256 of the data that training was given.
    version
        Of this package.
    """
    data, columns = trained.data, trained.model.columns
    groups = Groups(trained.oof.groups, data.group_column)
    return {
        "hpa_feat": version,
        "libraries": {"lightgbm": lightgbm.__version__, "numpy": np.__version__},
        "labels": [_label_facts(trained, label) for label in range(len(data.labels))],
        "features": [
            {
                "name": column.name,
                "block": column.block,
                "acquisition": column.acquisition,
                "meaning": column.meaning,
            }
            for column in columns
        ],
        "feature_schema": schema_digest(columns),
        "extraction": dict(extraction),
        "normalized": _normalized_facts(trained.model),
        "cells": cell_facts(trained.model),
        "training": result_settings(settings),
        "learner": dict(trained.parameters),
        "tuned": _tuned_facts(trained),
        "data": {
            "rows": len(data.ids),
            "groups": len(data.group_names),
            "folds": trained.model.folds,
            "group": data.group_column,
            "ungrouped": groups.consequence if groups.nearly_none else "",
            "simulated": sum(data.simulated),
            "digest": digest,
        },
        "report": {**_report_facts(trained.report), "bootstrap": settings.bootstrap},
        "novelty": novelty_facts(trained.model.usual),
        **diagnostics_facts(trained.diagnostics),
        "warnings": [],
        "dropped": {kind: list(names) for kind, names in trained.dropped.items()},
    }


def _tuned_facts(trained: Trained) -> list[dict[str, Any]]:
    return [
        {
            "changed": dict(each.changed),
            "loss": _number(each.loss),
            "default_loss": _number(each.default_loss),
        }
        for each in trained.tuned
    ]


def _report_facts(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "macro_f1": _number(report.macro_f1),
        "macro_f1_interval": [_number(each) for each in report.intervals.macro],
        "macro_f1_all_labels": _number(report.macro_f1_all),
        "mean_ap": _number(report.mean_ap),
    }


def _normalized_facts(model: Model) -> dict[str, Any]:
    scales = model.members[0].scales
    if scales is None:
        return {}
    return {
        "column": scales.column,
        "plates": list(scales.plates),
        "fewest_rows": FEWEST_ROWS,
    }


def _label_facts(trained: Trained, label: int) -> dict[str, Any]:
    model, report = trained.model, trained.report
    choice = model.choices[label]
    supported = choice.calibrator is not None
    folds = range(model.folds)
    return {
        "name": model.labels[label],
        "supported": supported,
        "rule": "auto" if supported else "always" if choice.threshold == ALWAYS else "never",
        **pack_label(choice),
        "learners": shares(model.members, label) if supported else {},
        "positives": int(trained.data.truth[:, label].sum()),
        "positive_groups": int(trained.positive_groups[label]),
        "p_value": float(trained.p_values[label]),
        "rounds": [int(count) for count in trained.rounds[:, label]] if supported else [],
        "boosters": [booster_name(label, fold) for fold in folds] if supported else [],
        "f1": float(report.f1[label]),
        "f1_interval": [_number(each) for each in report.intervals.labels[label]],
        "precision": float(report.precision[label]),
        "recall": float(report.recall[label]),
        "ap": _number(report.ap[label]),
        "brier": float(report.brier[label]),
        "ece": float(report.calibration_error[label]),
    }


def _number(value: float) -> float | None:
    """Return `value` for JSON, which has no NaN."""
    return None if np.isnan(value) else float(value)
