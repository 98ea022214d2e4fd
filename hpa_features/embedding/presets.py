"""Descriptions of published networks, as the code that was published with them prepares images.

None of them has been run here with the public weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_SUBCELL_CHANNELS = ("Microtubules", "ER", "DNA", "Protein")


def _subcell(*channels: str) -> dict[str, Any]:
    """One minimum and maximum over all channels of a square of 640 pixels at HPA's pixel size."""
    return {
        "name": "subcell",
        "per": "cell",
        "channels": list(channels),
        "pixel_size_um": 0.0800885,
        "input_px": 640,
        "masked": False,
        "normalization": "min-max",
        "scope": "all",
        "licence": "MIT (code); see the source for the weights",
        "source": "https://github.com/CellProfiling/SubCellPortable",
    }


PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "imagenet": {
            "per": "cell",
            "channels": ["Protein", "DNA", "Microtubules"],
            "normalization": "fixed",
            "mean": [0.485, 0.456, 0.406],
            "sd": [0.229, 0.224, 0.225],
        },
        "hpa-densenet": {
            "name": "densenet",
            "per": "field",
            "channels": ["Microtubules", "Protein", "DNA", "ER"],
            "input_px": 1024,
            "normalization": "none",  # the network does it
            "input": "image",
            "output": "features",
            "source": "https://github.com/idekerlab/cellmaps_image_embedding",
        },
        "dino4cells-hpa": {
            "name": "dino4cells",
            "per": "cell",
            "channels": ["Microtubules", "Protein", "DNA", "ER"],
            "pixel_size_um": 0.08,
            "input_px": 640,
            "masked": True,
            "normalization": "z-score",
            "scope": "channel",
            "pooling": "none",
            "source": "https://github.com/broadinstitute/Dino4Cells_analysis",
        },
        "subcell": _subcell(*_SUBCELL_CHANNELS),
        "subcell-rbg": _subcell("Microtubules", "DNA", "Protein"),
        "subcell-ybg": _subcell("ER", "DNA", "Protein"),
        "subcell-bg": _subcell("DNA", "Protein"),
    }
)
"""By name; a description that names one gives what it lacks and what it replaces."""
