"""What a block of features is about, in a biologist's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Keys are the names that columns carry: ``<landmark> × <family>``.
LANDMARK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "Nucleus": "in and around the nucleus (DNA)",
        "NuclearEdge": "at the nuclear rim",
        "Nucleoli": "at the nucleoli (DNA-poor holes)",
        "Microtubules": "along the microtubules",
        "Centre": "where microtubules converge",
        "ER": "along the endoplasmic reticulum",
        "CellEdge": "at the edge of the cell",
        "Contact": "where cells touch",
        "none": "the protein alone",
    }
)
FAMILY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "AreaShape": "size and shape",
        "Intensity": "brightness, and share of the cell's protein",
        "Texture": "graininess and pattern at set distances",
        "Correlation": "correlation of protein and landmark",
        "RadialDistribution": "radial distribution of the protein",
        "Landmark": "protein on the landmark compared with next to it",
        "LandmarkFine": "protein at fine structures (centre, ends, holes, rings)",
        "Spots": "number, contrast and position of spots",
        "BandPass": "coarse and fine structure",
        "Granularity": "size of grains",
        "Filament": "lines: straightness and direction",
        "ThresholdAdjacency": "patchiness",
        "LocalBinaryPattern": "finest pattern",
        "Neighbors": "crowding of the cells",
        "Contact": "protein on shared compared with free edges",
        "Mahotas": "texture, patterns and shape as measured by mahotas",
    }
)
OTHER_BLOCKS: Mapping[str, str] = MappingProxyType(
    {"Acquisition": "imaging conditions: absolute brightness, sizes, counts, background"}
)


def block_words(block: str) -> str:
    """Return a phrase for a block, empty for blocks of tables that are not ours."""
    landmark, _, family = block.partition(" × ")
    if family in FAMILY_WORDS and landmark in LANDMARK_WORDS:
        return f"{LANDMARK_WORDS[landmark]}: {FAMILY_WORDS[family]}"
    return OTHER_BLOCKS.get(block, "")


def block_title(block: str) -> str:
    """Return the phrase for a block, or its name where there is none."""
    return block_words(block) or block
