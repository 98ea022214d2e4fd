"""The 28 locations of the Human Protein Atlas challenge, and how else people spell them.

Names and order: the competition's own list (CellProfiling/HPA-competition-solutions,
bestfitting/src/config/config.py). The position in `LOCATIONS` is the integer in ``Target``.
"""

from __future__ import annotations

LOCATIONS = (
    "Nucleoplasm",
    "Nuclear membrane",
    "Nucleoli",
    "Nucleoli fibrillar center",
    "Nuclear speckles",
    "Nuclear bodies",
    "Endoplasmic reticulum",
    "Golgi apparatus",
    "Peroxisomes",
    "Endosomes",
    "Lysosomes",
    "Intermediate filaments",
    "Actin filaments",
    "Focal adhesion sites",
    "Microtubules",
    "Microtubule ends",
    "Cytokinetic bridge",
    "Mitotic spindle",
    "Microtubule organizing center",
    "Centrosome",
    "Lipid droplets",
    "Plasma membrane",
    "Cell junctions",
    "Mitochondria",
    "Aggresome",
    "Cytosol",
    "Cytoplasmic bodies",
    "Rods & rings",
)

LOCATIONS_2021 = (
    *LOCATIONS[:8],
    "Intermediate filaments",
    "Actin filaments",
    "Microtubules",
    "Mitotic spindle",
    "Centrosome",
    "Plasma membrane",
    "Mitochondria",
    "Aggresome",
    "Cytosol",
    "Vesicles and punctate cytosolic patterns",
)
"""The classes of the 2021 challenge (Kaggle, HPA single cell classification) by their number.

Its class 18, Negative, is the absence of a label.
"""

# Spellings of HPA versions, Loc-CAT and the 2021 challenge. "Vesicles" is no class of the 28.
_ALIASES = {
    "nucleus": 0,
    "nuclear membrane": 1,
    "nucleoli fibrillar centre": 3,
    "nucleoli (fibrillar center)": 3,
    "er": 6,
    "golgi": 7,
    "golgi complex": 7,
    "cytoskeleton (intermediate filaments)": 11,
    "intermediate filament": 11,
    "cytoskeleton (actin filaments)": 12,
    "actin": 12,
    "focal adhesions": 13,
    "focal adhesion": 13,
    "cytoskeleton (microtubules)": 14,
    "cytoskeleton (microtubule end)": 15,
    "microtubule end": 15,
    "cytoskeleton (cytokinetic bridge)": 16,
    "microtubule organising center": 18,
    "microtubule organising centre": 18,
    "microtubule organizing centre": 18,
    "mtoc": 18,
    "lipid droplet": 20,
    "cell junction": 22,
    "mitochondrion": 23,
    "cytoplasm": 25,
    "rods and rings": 27,
}
_BY_NAME = {name.casefold(): index for index, name in enumerate(LOCATIONS)} | _ALIASES


def location_index(text: str) -> int | None:
    """Return the index 0…27 that `text` means, None when it means none of the 28.

    Accepts the exact names in any case, known spellings, and the integers 0–27 (also ``00``).
    """
    text = text.strip()
    if text.isdecimal() and int(text) < len(LOCATIONS):
        return int(text)
    return _BY_NAME.get(" ".join(text.split()).casefold())
