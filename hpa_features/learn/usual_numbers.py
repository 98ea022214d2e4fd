"""What is usual among training rows ↔ numbers and facts of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.core.tables import Column
from hpa_features.io.limits import COMPARED, LARGEST, SMALLEST
from hpa_features.learn.aspect import Aspect, aspects_of
from hpa_features.learn.common_shift import MOST_FREEDOM, Scatter
from hpa_features.learn.folds import Rows
from hpa_features.learn.member_numbers import Numbers, finite_array
from hpa_features.learn.novelty import Usual
from hpa_features.learn.principal import Principal

Floats = NDArray[np.float64]

_ASPECTS = ("all", "landmarks")
_RISING = ("quantiles", "ranks")
_POSITIVE = ("spread", "scales")
# Quantiles and ranks are only compared; parts are quotients, and only added.
_LARGEST = {"quantiles": COMPARED, "ranks": COMPARED, "parts": LARGEST**2}
_SCATTER = np.array([(0, 0, 0, 1), (1, 1, 1, MOST_FREEDOM)])


def pack_usual(usual: Usual) -> dict[str, Floats]:
    """Return the arrays by name."""
    return {
        f"usual_{name}_{array}": values
        for name, aspect in zip(_ASPECTS, usual.aspects)
        for array, values in _arrays(aspect).items()
    }


def _arrays(aspect: Aspect) -> dict[str, Floats]:
    space, scatter = aspect.space, aspect.scatter
    return {
        "quantiles": space.quantiles,
        "missing": space.missing,
        "centre": space.centre,
        "directions": space.directions,
        "spread": space.spread,
        "parts": aspect.parts,
        "scales": aspect.scales,
        "ranks": aspect.ranks,
        "scatter": np.array([aspect.alike, scatter.alike, scatter.common, scatter.freedom]),
    }


def novelty_facts(usual: Usual) -> dict[str, Any]:
    """Return the facts: how many rows a group has."""
    return {"group_rows": usual.group_rows}


def unpack_usual(
    numbers: Numbers, facts: Mapping[str, Any], columns: Sequence[Column], seen: int
) -> Usual:
    """Return what is usual from the bundle's numbers and its facts of novelty.

    Parameters
    ----------
    columns, seen
        As `aspects_of` takes them.

    Raises
    ------
    BundleError
        Arrays are missing, do not fit each other, or hold what cannot be.
    """
    group_rows = float(facts["group_rows"])
    if group_rows < 1:
        raise BundleError("model.json: novelty.group_rows must be at least 1.")
    places = aspects_of(columns, seen)
    aspects = tuple(_aspect(numbers, name, at) for name, at in zip(_ASPECTS, places))
    return Usual(aspects, group_rows)


def _aspect(numbers: Numbers, aspect: str, places: Rows) -> Aspect:
    def array(name: str, *shape: int | None) -> Floats:
        full = f"usual_{aspect}_{name}"
        found = finite_array(numbers, full, shape, _LARGEST.get(name, LARGEST))
        if name in _RISING and np.any(np.diff(found, axis=0) < 0):
            raise BundleError(f"numbers.safetensors: {full!r} must rise.")
        if name in _POSITIVE and np.any(found < SMALLEST):
            raise BundleError(f"numbers.safetensors: {full!r} must be above 0, from {SMALLEST:g}.")
        return np.asarray(found, dtype=np.float64)

    columns = len(places)
    directions = array("directions", None, columns)
    scatter = array("scatter", 4)
    if np.any(scatter < _SCATTER[0]) or np.any(scatter > _SCATTER[1]):
        raise BundleError(
            f"numbers.safetensors: 'usual_{aspect}_scatter' must be three numbers from 0 to 1 "
            f"and one from 1 to {MOST_FREEDOM:g}."
        )
    alike, *scattered = scatter.tolist()
    return Aspect(
        columns=places,
        space=Principal(
            quantiles=array("quantiles", None, columns),
            missing=array("missing", columns),
            centre=array("centre", columns),
            directions=directions,
            spread=array("spread", len(directions)),
        ),
        parts=array("parts", columns),
        scales=array("scales", 2),
        ranks=array("ranks", None),
        alike=alike,
        scatter=Scatter(*scattered),
    )
