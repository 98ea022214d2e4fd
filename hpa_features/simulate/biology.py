"""What each location changes in a cell; written before any model was trained on it.

Landmark, compartment and family are names of the feature dictionary. `BIOLOGY` lists which
measurements differ, and in which direction, between a protein at that location and a protein that
is everywhere. A location changes nothing else: brightness, noise, cell line, position and shape of
cells are drawn independently of it. `SEEN_IN_LANDMARKS` names the only exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Change(NamedTuple):
    """One thing that a location changes.

    `sense` is ``+`` where the family's measurement there increases, ``-`` where it decreases.
    """

    landmark: str
    compartment: str
    family: str
    sense: str
    what: str


# Locations that need a kind of cell that not every field has: their fields get at least one.
SEEN_IN_LANDMARKS = frozenset(
    {"Cytokinetic bridge", "Mitotic spindle", "Cell junctions", "Aggresome"}
)

# Proteins that spread over the whole cell when the nuclear envelope breaks down.
LOOSE_IN_MITOSIS = frozenset(
    {
        "Nucleoplasm",
        "Nuclear membrane",
        "Nucleoli",
        "Nucleoli fibrillar center",
        "Nuclear speckles",
        "Nuclear bodies",
    }
)

_N, _C, _A = "Nuclei", "Cytoplasm", "Cells"

BIOLOGY: Mapping[str, tuple[Change, ...]] = MappingProxyType(
    {
        "Nucleoplasm": (
            Change("Nucleus", _N, "Intensity", "+", "share of the cell's protein"),
            Change("Nucleus", _A, "Correlation", "+", "correlated with DNA"),
        ),
        "Nuclear membrane": (
            Change("NuclearEdge", _A, "Landmark", "+", "nuclear rim brighter than both sides"),
            Change(
                "NuclearEdge",
                _A,
                "RadialDistribution",
                "+",
                "share of the shell at the nuclear edge",
            ),
        ),
        "Nucleoli": (
            Change("Nucleoli", _N, "Landmark", "+", "DNA-poor holes brighter than the rest"),
            Change("Nucleus", _N, "Correlation", "-", "anticorrelated with DNA"),
        ),
        "Nucleoli fibrillar center": (
            Change("Nucleoli", _N, "Spots", "+", "small spots inside holes"),
            Change("Nucleoli", _N, "Landmark", "+", "centre of holes brighter than their rim"),
        ),
        "Nuclear speckles": (
            Change("none", _N, "Spots", "+", "many irregular spots"),
            Change("none", _N, "BandPass", "+", "structure at 0.6–1.3 µm"),
            Change("Nucleoli", _N, "Landmark", "-", "absent from nucleoli"),
        ),
        "Nuclear bodies": (
            Change("none", _N, "Spots", "+", "few round spots of high contrast"),
            Change("Nucleus", _N, "Intensity", "+", "brightest pixels relative to the median"),
        ),
        "Endoplasmic reticulum": (
            Change("ER", _C, "Correlation", "+", "correlated with ER, also in fine structure"),
            Change("ER", _C, "Landmark", "+", "ER-rich regions brighter than ER-poor ones"),
        ),
        "Golgi apparatus": (
            Change("NuclearEdge", _C, "RadialDistribution", "+", "one-sided, 1–6 µm outside"),
            Change("Centre", _C, "Landmark", "+", "near the organising centre"),
        ),
        "Peroxisomes": (
            Change("none", _C, "Spots", "+", "many small spots of equal size"),
            Change(
                "CellEdge",
                _C,
                "RadialDistribution",
                "+",
                "evenly distributed from nucleus to cell edge",
            ),
        ),
        "Endosomes": (
            Change("none", _C, "Spots", "+", "spots of 0.3–1 µm"),
            Change("NuclearEdge", _C, "RadialDistribution", "+", "denser near the nucleus"),
        ),
        "Lysosomes": (
            Change("none", _C, "Spots", "+", "larger, brighter spots in clusters"),
            Change("Centre", _C, "Landmark", "+", "near the organising centre"),
        ),
        "Intermediate filaments": (
            Change("none", _C, "Filament", "+", "curly ridges"),
            Change(
                "Microtubules", _C, "Correlation", "-", "fine structure unlike that of microtubules"
            ),
        ),
        "Actin filaments": (
            Change("none", _A, "Filament", "+", "straight parallel ridges"),
            Change("CellEdge", _A, "Landmark", "+", "cortical rim"),
        ),
        "Focal adhesion sites": (
            Change("CellEdge", _C, "Spots", "+", "elongated spots perpendicular to the cell edge"),
            Change("Contact", _A, "Contact", "-", "at free edges, not at cell contacts"),
        ),
        "Microtubules": (
            Change("Microtubules", _C, "Correlation", "+", "correlated with microtubules"),
            Change("Microtubules", _C, "Landmark", "+", "ridges brighter than gaps"),
        ),
        "Microtubule ends": (
            Change("Microtubules", _C, "Landmark", "+", "ends of ridges"),
            Change("CellEdge", _C, "RadialDistribution", "+", "outer third of the cell"),
        ),
        "Cytokinetic bridge": (
            Change("Contact", _A, "Contact", "+", "between sister nuclei, in few cells"),
            Change(
                "Microtubules", _C, "Correlation", "+", "on the microtubule bundle of the bridge"
            ),
        ),
        "Mitotic spindle": (
            Change("Nucleus", _A, "Landmark", "+", "cells with condensed DNA"),
            Change("Microtubules", _A, "Correlation", "+", "on the spindle, in few cells"),
        ),
        "Microtubule organizing center": (
            Change("Centre", _A, "Landmark", "+", "a patch of 1–3 µm at the centre"),
            Change("none", _C, "Spots", "+", "one compact component"),
        ),
        "Centrosome": (
            Change("Centre", _A, "Landmark", "+", "within 1 µm of the centre"),
            Change("none", _A, "Spots", "+", "one or two sharp small spots"),
        ),
        "Lipid droplets": (
            Change("none", _C, "Spots", "+", "rings, dark inside"),
            Change("ER", _C, "Landmark", "+", "around holes of the ER"),
        ),
        "Plasma membrane": (
            Change("CellEdge", _A, "Landmark", "+", "rim of the cell"),
            Change("CellEdge", _A, "RadialDistribution", "+", "share of the outer shell"),
        ),
        "Cell junctions": (
            Change("Contact", _A, "Contact", "+", "shared edges brighter than free edges"),
            Change("CellEdge", _A, "RadialDistribution", "+", "part of the cell's rim"),
        ),
        "Mitochondria": (
            Change("none", _C, "BandPass", "+", "structure at 0.4–1 µm"),
            Change("none", _C, "Filament", "+", "short curved ridges"),
            Change("Nucleus", _N, "Intensity", "-", "absent from the nucleus"),
        ),
        "Aggresome": (
            Change("Microtubules", _C, "Spots", "+", "one compact body without microtubules"),
            Change("NuclearEdge", _C, "RadialDistribution", "+", "one-sided, next to the nucleus"),
            Change("Nucleus", _N, "AreaShape", "-", "a dent in the nucleus"),
        ),
        "Cytosol": (
            Change("Nucleus", _C, "Intensity", "+", "share of the cell's protein"),
            Change("none", _C, "Texture", "-", "smooth"),
        ),
        "Cytoplasmic bodies": (
            Change("none", _C, "Spots", "+", "few round spots of 0.5–1.5 µm"),
            Change("Centre", _C, "Landmark", "-", "not concentrated at the organising centre"),
        ),
        "Rods & rings": (
            Change("none", _C, "Spots", "+", "rings of 2–5 µm"),
            Change("none", _C, "Filament", "+", "few straight rods of 3–10 µm"),
            Change("Microtubules", _C, "Correlation", "-", "not aligned with microtubules"),
        ),
    }
)
