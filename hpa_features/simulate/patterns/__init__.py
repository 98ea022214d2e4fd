"""How the protein of each location lies in a cell: one file a location, one line in `PATTERNS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from hpa_features.simulate.patterns import (
    actin_filaments,
    aggresome,
    cell_junctions,
    centrosome,
    cytokinetic_bridge,
    cytoplasmic_bodies,
    cytosol,
    endoplasmic_reticulum,
    endosomes,
    focal_adhesion_sites,
    golgi,
    intermediate_filaments,
    lipid_droplets,
    lysosomes,
    microtubule_ends,
    microtubule_organizing_center,
    microtubules,
    mitochondria,
    mitotic_spindle,
    nuclear_bodies,
    nuclear_membrane,
    nuclear_speckles,
    nucleoli,
    nucleoli_fibrillar_center,
    nucleoplasm,
    peroxisomes,
    plasma_membrane,
    rods_and_rings,
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
        "Nucleoli fibrillar center": nucleoli_fibrillar_center.density,
        "Nuclear speckles": nuclear_speckles.density,
        "Nuclear bodies": nuclear_bodies.density,
        "Endoplasmic reticulum": endoplasmic_reticulum.density,
        "Golgi apparatus": golgi.density,
        "Peroxisomes": peroxisomes.density,
        "Endosomes": endosomes.density,
        "Lysosomes": lysosomes.density,
        "Intermediate filaments": intermediate_filaments.density,
        "Actin filaments": actin_filaments.density,
        "Focal adhesion sites": focal_adhesion_sites.density,
        "Microtubules": microtubules.density,
        "Microtubule ends": microtubule_ends.density,
        "Cytokinetic bridge": cytokinetic_bridge.density,
        "Mitotic spindle": mitotic_spindle.density,
        "Microtubule organizing center": microtubule_organizing_center.density,
        "Centrosome": centrosome.density,
        "Lipid droplets": lipid_droplets.density,
        "Plasma membrane": plasma_membrane.density,
        "Cell junctions": cell_junctions.density,
        "Mitochondria": mitochondria.density,
        "Aggresome": aggresome.density,
        "Cytosol": cytosol.density,
        "Cytoplasmic bodies": cytoplasmic_bodies.density,
        "Rods & rings": rods_and_rings.density,
    }
)
