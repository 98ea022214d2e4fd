"""A family made of sections: features and the values that fill them, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hpa_features.features.spec import Family, Feature, Products


@dataclass(frozen=True, slots=True)
class Section:
    """Features that one function fills.

    `compute(kernels, products)` returns arrays of (n,) or (n, k) whose columns, side by side,
    are `features` in order.
    """

    features: tuple[Feature, ...]
    compute: Callable[[ModuleType, Products], list[NDArray[np.float64]]]


def family_of_sections(
    name: str,
    needs: tuple[str, ...],
    sections: tuple[Section, ...],
    *,
    default: bool = True,
) -> Family:
    """Return the family whose columns are those of `sections`, in order."""

    def compute(kernels: ModuleType, products: Products) -> NDArray[np.float64]:
        parts = [part for section in sections for part in section.compute(kernels, products)]
        return np.concatenate([p[:, None] if p.ndim == 1 else p for p in parts], axis=1)

    features = tuple(feature for section in sections for feature in section.features)
    return Family(name=name, needs=needs, features=features, compute=compute, default=default)
