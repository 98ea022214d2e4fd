"""What ``train --diagnostics`` found ↔ facts and numbers of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.core.reasons import BlockReasons, Diagnostics, LearningCurve
from hpa_features.io.bundle import Bundle
from hpa_features.io.shape import check_shape
from hpa_features.learn.member_numbers import array_of, finite_array

Floats = NDArray[np.float64]

FACTS = "diagnostics"
_SHAPE = {"labels": [str], "blocks": [str], "columns": [int], "rows": int, "shuffles": int}
_OF_BLOCKS = ("size", "separation", "error", "spread", "chance", "above_chance")
_MAYBE_UNKNOWN = ("loss", "alone")
_OF_CURVES = ("groups", "positive_groups", "precision", "spread")


def diagnostics_facts(found: Diagnostics | None) -> dict[str, Any]:
    """Return the diagnostics' part of ``model.json``; nothing without them."""
    if found is None:
        return {}
    first = found.labels[0]
    about = {
        "labels": [each.label for each in found.labels],
        "blocks": list(first.blocks),
        "columns": [int(count) for count in first.columns],
        "rows": found.rows,
        "shuffles": found.shuffles,
    }
    return {FACTS: about}


def pack_diagnostics(found: Diagnostics) -> dict[str, Floats]:
    """Return the arrays of the diagnostics by name, (labels, blocks) or (labels, points)."""
    numbers = {
        _name(field): np.array([getattr(each, field) for each in found.labels], dtype=np.float64)
        for field in (*_OF_BLOCKS, *_MAYBE_UNKNOWN, "whole", "prevalence")
    }
    return numbers | {
        _name(f"curve_{field}"): np.array([getattr(each, field) for each in found.curves])
        for field in _OF_CURVES
    }


def diagnostics_of(bundle: Bundle) -> Diagnostics | None:
    """Return the diagnostics in a bundle; None where it was trained without.

    Raises
    ------
    BundleError
        Facts and numbers do not fit each other, or a number is not finite.
    """
    facts: Mapping[str, Any] = bundle.facts.get(FACTS, {})
    if not facts:
        return None
    check_shape(facts, _SHAPE, f"model.json: {FACTS}")
    names, blocks = facts["labels"], tuple(facts["blocks"])
    if not names or len(facts["columns"]) != len(blocks):
        raise BundleError(f"model.json: {FACTS} must list labels, and columns of each block.")
    shape = (len(names), len(blocks))
    tables = {name: finite_array(bundle.numbers, _name(name), shape) for name in _OF_BLOCKS}
    tables |= {name: array_of(bundle.numbers, _name(name), shape) for name in _MAYBE_UNKNOWN}
    for name in _MAYBE_UNKNOWN:
        if np.isinf(tables[name]).any():
            raise BundleError(f"numbers.safetensors: {_name(name)!r} must not be infinite.")
    whole = finite_array(bundle.numbers, _name("whole"), shape[:1])
    prevalence = finite_array(bundle.numbers, _name("prevalence"), shape[:1])
    above = tables.pop("above_chance") > 0
    columns = np.array(facts["columns"], dtype=np.intp)
    labels = tuple(
        BlockReasons(
            label=name,
            blocks=blocks,
            columns=columns,
            above_chance=above[at],
            whole=float(whole[at]),
            prevalence=float(prevalence[at]),
            **{field: table[at] for field, table in tables.items()},
        )
        for at, name in enumerate(names)
    )
    return Diagnostics(labels, _curves(bundle, names), facts["rows"], facts["shuffles"])


def _curves(bundle: Bundle, names: list[str]) -> tuple[LearningCurve, ...]:
    """Return the labels' learning curves."""
    points = len(array_of(bundle.numbers, _name("curve_groups"), (len(names), None))[0])
    shape = (len(names), points)
    tables = {
        field: finite_array(bundle.numbers, _name(f"curve_{field}"), shape) for field in _OF_CURVES
    }
    return tuple(
        LearningCurve(label=name, **{field: table[at] for field, table in tables.items()})
        for at, name in enumerate(names)
    )


def _name(field: str) -> str:
    return f"diagnostics_{field}"
