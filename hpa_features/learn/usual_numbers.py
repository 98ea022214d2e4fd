"""What is usual among training rows ↔ numbers and facts of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.io.limits import COMPARED, LARGEST, SMALLEST
from hpa_features.learn.member_numbers import Numbers, finite_array
from hpa_features.learn.novelty import Usual
from hpa_features.learn.principal import Principal

Floats = NDArray[np.float64]

_RISING = ("usual_quantiles", "usual_ranks")
_POSITIVE = ("usual_spread", "usual_scales")
# Quantiles and ranks are only compared; parts are quotients, and only added.
_LARGEST = {"usual_quantiles": COMPARED, "usual_ranks": COMPARED, "usual_parts": LARGEST**2}


def pack_usual(usual: Usual) -> dict[str, Floats]:
    """Return the arrays by name."""
    space = usual.space
    return {
        "usual_quantiles": space.quantiles,
        "usual_missing": space.missing,
        "usual_centre": space.centre,
        "usual_directions": space.directions,
        "usual_spread": space.spread,
        "usual_parts": usual.parts,
        "usual_scales": usual.scales,
        "usual_ranks": usual.ranks,
        "usual_cosines": usual.cosines,
    }


def novelty_facts(usual: Usual) -> dict[str, Any]:
    """Return the facts: how alike rows of a group are."""
    return {"alike": usual.alike}


def unpack_usual(numbers: Numbers, facts: Mapping[str, Any], columns: int) -> Usual:
    """Return what is usual from the bundle's numbers and its facts of novelty.

    Raises
    ------
    BundleError
        Arrays are missing, do not fit each other, or hold what cannot be.
    """

    def array(name: str, *shape: int | None) -> Floats:
        found = finite_array(numbers, name, shape, _LARGEST.get(name, LARGEST))
        if name in _RISING and np.any(np.diff(found, axis=0) < 0):
            raise BundleError(f"numbers.safetensors: {name!r} must rise.")
        if name in _POSITIVE and np.any(found < SMALLEST):
            raise BundleError(f"numbers.safetensors: {name!r} must be above 0, from {SMALLEST:g}.")
        return np.asarray(found, dtype=np.float64)

    alike = float(facts["alike"])
    if not 0 <= alike <= 1:
        raise BundleError("model.json: novelty.alike must lie from 0 to 1.")
    directions = array("usual_directions", None, columns)
    return Usual(
        space=Principal(
            quantiles=array("usual_quantiles", None, columns),
            missing=array("usual_missing", columns),
            centre=array("usual_centre", columns),
            directions=directions,
            spread=array("usual_spread", len(directions)),
        ),
        parts=array("usual_parts", columns),
        scales=array("usual_scales", 2),
        ranks=array("usual_ranks", None),
        alike=alike,
        cosines=array("usual_cosines", 3),
    )
