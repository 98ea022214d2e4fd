"""What each location changes in a cell: written before any model saw a simulated field.

Landmark, compartment and family are words of the feature dictionary; `BIOLOGY` says where a
measurement must move, and which way, for a protein of that location against one that is
everywhere. A location may change nothing else: brightness, noise, cell line, place and shape of
cells are drawn without knowing it. `SEEN_IN_LANDMARKS` names the only exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Change(NamedTuple):
    """One thing that a location changes.

    `sense` is ``+`` where what the family measures there grows, ``-`` where it falls.
    """

    landmark: str
    compartment: str
    family: str
    sense: str
    what: str


# Locations that need a kind of cell which not every field holds: such a field gets at least one.
SEEN_IN_LANDMARKS = frozenset(
    {"Cytokinetic bridge", "Mitotic spindle", "Cell junctions", "Aggresome"}
)

# Proteins that leave their place when the nuclear envelope breaks down, and fill the cell.
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
            Change("Nucleus", _A, "Correlation", "+", "goes with DNA"),
        ),
        "Nuclear membrane": (
            Change("NuclearEdge", _A, "Landmark", "+", "rim against both sides"),
            Change("NuclearEdge", _A, "RadialDistribution", "+", "share of the shell at the edge"),
        ),
        "Nucleoli": (
            Change("Nucleoli", _N, "Landmark", "+", "DNA-poor holes against the rest"),
            Change("Nucleus", _N, "Correlation", "-", "goes against DNA"),
        ),
        "Nucleoli fibrillar center": (
            Change("Nucleoli", _N, "Spots", "+", "small spots inside holes"),
            Change("Nucleoli", _N, "Landmark", "+", "middle of holes against their rim"),
        ),
        "Nuclear speckles": (
            Change("none", _N, "Spots", "+", "many irregular spots"),
            Change("none", _N, "BandPass", "+", "structure at 0.6–1.3 µm"),
            Change("Nucleoli", _N, "Landmark", "-", "spares the holes"),
        ),
        "Nuclear bodies": (
            Change("none", _N, "Spots", "+", "few round spots of high contrast"),
            Change("Nucleus", _N, "Intensity", "+", "brightest against median"),
        ),
        "Endoplasmic reticulum": (
            Change("ER", _C, "Correlation", "+", "goes with ER, fine structure too"),
            Change("ER", _C, "Landmark", "+", "ER-rich against ER-poor"),
        ),
        "Golgi apparatus": (
            Change("NuclearEdge", _C, "RadialDistribution", "+", "one-sided, 1–6 µm outside"),
            Change("Centre", _C, "Landmark", "+", "near the organising centre"),
        ),
        "Peroxisomes": (
            Change("none", _C, "Spots", "+", "many small equal spots"),
            Change("CellEdge", _C, "RadialDistribution", "+", "even from nucleus to edge"),
        ),
        "Endosomes": (
            Change("none", _C, "Spots", "+", "spots of 0.3–1 µm"),
            Change("NuclearEdge", _C, "RadialDistribution", "+", "denser at the nucleus"),
        ),
        "Lysosomes": (
            Change("none", _C, "Spots", "+", "larger, brighter, clustered spots"),
            Change("Centre", _C, "Landmark", "+", "near the organising centre"),
        ),
        "Intermediate filaments": (
            Change("none", _C, "Filament", "+", "curly ridges"),
            Change("Microtubules", _C, "Correlation", "-", "fine structure of its own"),
        ),
        "Actin filaments": (
            Change("none", _A, "Filament", "+", "straight parallel ridges"),
            Change("CellEdge", _A, "Landmark", "+", "cortical rim"),
        ),
        "Focal adhesion sites": (
            Change("CellEdge", _C, "Spots", "+", "elongated, across the edge"),
            Change("Contact", _A, "Contact", "-", "at the free edge, not at contacts"),
        ),
        "Microtubules": (
            Change("Microtubules", _C, "Correlation", "+", "goes with microtubules"),
            Change("Microtubules", _C, "Landmark", "+", "ridges against gaps"),
        ),
        "Microtubule ends": (
            Change("Microtubules", _C, "Landmark", "+", "at the ends of ridges"),
            Change("CellEdge", _C, "RadialDistribution", "+", "outer third of the cell"),
        ),
        "Cytokinetic bridge": (
            Change("Contact", _A, "Contact", "+", "between sister nuclei, few cells"),
            Change("Microtubules", _C, "Correlation", "+", "on the bundle of the bridge"),
        ),
        "Mitotic spindle": (
            Change("Nucleus", _A, "Landmark", "+", "cells with condensed DNA"),
            Change("Microtubules", _A, "Correlation", "+", "on the spindle, few cells"),
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
            Change("ER", _C, "Landmark", "+", "about the ER's holes"),
        ),
        "Plasma membrane": (
            Change("CellEdge", _A, "Landmark", "+", "rim of the cell"),
            Change("CellEdge", _A, "RadialDistribution", "+", "share of the outer shell"),
        ),
        "Cell junctions": (
            Change("Contact", _A, "Contact", "+", "shared against free edge"),
            Change("CellEdge", _A, "RadialDistribution", "+", "part of the cell's rim"),
        ),
        "Mitochondria": (
            Change("none", _C, "BandPass", "+", "structure at 0.4–1 µm"),
            Change("none", _C, "Filament", "+", "short worms"),
            Change("Nucleus", _N, "Intensity", "-", "spares the nucleus"),
        ),
        "Aggresome": (
            Change("Microtubules", _C, "Spots", "+", "one compact body, no microtubules there"),
            Change("NuclearEdge", _C, "RadialDistribution", "+", "one-sided, at the nucleus"),
            Change("Nucleus", _N, "AreaShape", "-", "a dent in the nucleus"),
        ),
        "Cytosol": (
            Change("Nucleus", _C, "Intensity", "+", "share of the cell's protein"),
            Change("none", _C, "Texture", "-", "smooth"),
        ),
        "Cytoplasmic bodies": (
            Change("none", _C, "Spots", "+", "few round spots of 0.5–1.5 µm"),
            Change("Centre", _C, "Landmark", "-", "not about the centre"),
        ),
        "Rods & rings": (
            Change("none", _C, "Spots", "+", "rings of 2–5 µm"),
            Change("none", _C, "Filament", "+", "few straight rods of 3–10 µm"),
            Change("Microtubules", _C, "Correlation", "-", "apart from microtubules"),
        ),
    }
)
