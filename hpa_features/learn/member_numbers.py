"""What a fold's model has besides its trees ↔ numbers of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import BundleError
from hpa_features.io.limits import COMPARED, LARGEST
from hpa_features.learn.blend import LEARNERS, OWN_LEARNER
from hpa_features.learn.fold_models import FoldModel
from hpa_features.learn.inputs import Inputs
from hpa_features.learn.label_stacking import OWN
from hpa_features.learn.normalize import PlateScales
from hpa_features.learn.own_scores import OwnScores
from hpa_features.learn.smooth import Smooth

Floats = NDArray[np.float64]
Numbers = Mapping[str, NDArray[np.floating[Any]]]

_BLEND, _STACK = "blend_fold_{}", "stack_fold_{}"
_OWN, _OWN_MIDDLES = "own_fold_{}", "own_middles_fold_{}"
_MEDIANS, _SCALES = "plate_medians_fold_{}", "plate_scales_fold_{}"


def pack_member(fold: int, member: FoldModel) -> dict[str, Floats]:
    """Return the arrays of one fold by name; none where boosting of each label stands alone."""
    stack = {} if member.stack is None else {_STACK.format(fold): member.stack}
    if member.smooth is None:
        return stack
    own = {}
    if member.own is not None:
        own = {_OWN.format(fold): member.own.weights, _OWN_MIDDLES.format(fold): member.own.middles}
    return (
        stack
        | own
        | {
            _BLEND.format(fold): member.weights,
            f"quantiles_fold_{fold}": member.smooth.inputs.quantiles,
            f"column_weights_fold_{fold}": member.smooth.inputs.weights,
            f"landmarks_fold_{fold}": member.smooth.landmarks,
            f"kernel_fold_{fold}": member.smooth.kernel,
            f"linear_fold_{fold}": member.smooth.linear,
        }
    )


def unpack_member(fold: int, texts: tuple[str, ...], columns: int, numbers: Numbers) -> FoldModel:
    """Return one fold's model from its trees and the bundle's numbers.

    Raises
    ------
    BundleError
        Arrays are missing, do not fit each other, or contain something that is not a number.
    """
    labels = len(texts)

    def array(name: str, shape: Sequence[int | None], largest: float = LARGEST) -> Floats:
        return finite_array(numbers, f"{name}_fold_{fold}", shape, largest)

    stack = array("stack", (labels, len(OWN))) if _STACK.format(fold) in numbers else None
    if _BLEND.format(fold) not in numbers:
        return replace(FoldModel.boosting(texts), stack=stack)
    quantiles = array("quantiles", (None, columns), COMPARED)
    if np.any(np.diff(quantiles, axis=0) < 0):
        raise BundleError(f"numbers.safetensors: 'quantiles_fold_{fold}' must rise.")
    landmarks = array("landmarks", (None, columns))
    smooth = Smooth(
        inputs=Inputs(quantiles, array("column_weights", (columns,))),
        landmarks=landmarks,
        kernel=array("kernel", (len(landmarks) + 1, labels)),
        linear=array("linear", (columns + 1, labels)),
    )
    own = None
    if _OWN.format(fold) in numbers:
        own = OwnScores(array("own_middles", (columns,)), array("own", (columns + 1, labels)))
    learners = len(LEARNERS) + (own is not None)
    weights = array("blend", (labels, learners + 1))
    return FoldModel(texts, smooth, weights, stack, own=own)


def pack_scales(fold: int, scales: PlateScales | None) -> dict[str, NDArray[np.float32]]:
    """Return what one fold's model normalizes by, by name; none where it does not."""
    if scales is None:
        return {}
    return {_MEDIANS.format(fold): scales.medians, _SCALES.format(fold): scales.scales}


def unpack_scales(
    fold: int, column: str, plates: Sequence[str], columns: int, numbers: Numbers
) -> PlateScales:
    """Return what one fold's model normalizes by.

    Raises
    ------
    BundleError
        Arrays are missing, do not fit the plates and columns, or hold what nothing is divided by.
    """
    shape = (len(plates), columns)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite: refused below
        medians = array_of(numbers, _MEDIANS.format(fold), shape).astype(np.float32)
        scales = array_of(numbers, _SCALES.format(fold), shape).astype(np.float32)
    if np.isinf(medians).any():
        raise BundleError(f"numbers.safetensors: '{_MEDIANS.format(fold)}' must not be infinite.")
    if not (np.isfinite(scales) & (scales > 0)).all():
        raise BundleError(
            f"numbers.safetensors: '{_SCALES.format(fold)}' must be finite and above 0."
        )
    return PlateScales(column, tuple(plates), medians, scales)


def shares(members: Sequence[FoldModel], label: int) -> dict[str, float]:
    """Return each learner's share of a label's blending weights, mean weight over folds."""
    weights = np.mean([member.weights[label, :-1] for member in members], axis=0)
    total = weights.sum()
    return {
        learner: float(weight / total) if total > 0 else 0.0
        for learner, weight in zip((*LEARNERS, OWN_LEARNER), weights)
    }


def array_of(numbers: Numbers, name: str, shape: Sequence[int | None]) -> Floats:
    """Return an array of the bundle.

    Raises
    ------
    BundleError
        It is missing or of another shape than `shape`, where None stands for any length ≥ 1.
    """
    array = numbers.get(name)
    if array is None or not _is_of(array.shape, shape):
        wanted = " × ".join("any" if size is None else f"{size}" for size in shape)
        raise BundleError(f"numbers.safetensors: {name!r} must have {wanted} numbers.")
    return array.astype(np.float64, copy=False)


def finite_array(
    numbers: Numbers, name: str, shape: Sequence[int | None], largest: float = LARGEST
) -> Floats:
    """Return an array as `array_of`; a BundleError, too, where a value is not within ±largest."""
    found = array_of(numbers, name, shape)
    if not (np.abs(found) <= largest).all():
        raise BundleError(
            f"numbers.safetensors: {name!r} must be finite, each number within ±{largest:g}."
        )
    return found


def _is_of(sizes: Sequence[int], shape: Sequence[int | None]) -> bool:
    return len(sizes) == len(shape) and all(
        size > 0 if wanted is None else size == wanted
        for size, wanted in zip(sizes, shape, strict=True)
    )
