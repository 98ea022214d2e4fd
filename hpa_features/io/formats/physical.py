"""Pixel sizes in µm from the units that files state."""

from __future__ import annotations

from types import MappingProxyType

from hpa_features.core.types import PLAUSIBLE_PIXEL_UM

UM_PER_UNIT = MappingProxyType({
    "nm": 1e-3, "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0,
    "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25_400.0, "pm": 1e-6, "å": 1e-4,
    "nanometer": 1e-3, "micrometer": 1.0, "millimeter": 1e3, "centimeter": 1e4, "meter": 1e6,
    "picometer": 1e-6, "angstrom": 1e-4,
})  # fmt: skip
"""µm in a unit by its name or symbol, in lower case."""


def plausible_um(across: float, down: float) -> float | None:
    """Return the size of a pixel, None unless it is square and a light microscope's."""
    low, high = PLAUSIBLE_PIXEL_UM
    square = abs(across - down) <= 0.01 * across
    return across if square and low <= across <= high else None
