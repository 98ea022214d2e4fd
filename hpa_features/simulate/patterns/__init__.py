"""How the protein of each location lies in a cell: one file a location, one line in `PATTERNS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from hpa_features.simulate.patterns import (
    cytosol,
    endoplasmic_reticulum,
    golgi,
    microtubules,
    mitochondria,
    nuclear_bodies,
    nuclear_membrane,
    nuclear_speckles,
    nucleoli,
    nucleoplasm,
    plasma_membrane,
)
from hpa_features.simulate.planes import Real
from hpa_features.simulate.scene import Scene

Pattern: TypeAlias = Callable[[Scene, np.random.Generator, np.random.Generator], Real]
"""(scene, habit, rng) → density ≥ 0 on the render grid, in any unit, as the focal plane shows it:
what fills the cell is weighted by its thickness, surfaces are not.

`habit` draws what all fields of one protein share, `rng` what differs from field to field;
each is fresh for this location, and a pattern draws from `habit` before anything else.
"""

PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        "Nucleoplasm": nucleoplasm.density,
        "Nuclear membrane": nuclear_membrane.density,
        "Nucleoli": nucleoli.density,
        "Nuclear speckles": nuclear_speckles.density,
        "Nuclear bodies": nuclear_bodies.density,
        "Endoplasmic reticulum": endoplasmic_reticulum.density,
        "Golgi apparatus": golgi.density,
        "Microtubules": microtubules.density,
        "Plasma membrane": plasma_membrane.density,
        "Mitochondria": mitochondria.density,
        "Cytosol": cytosol.density,
    }
)
