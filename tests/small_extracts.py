"""Settings of extractions that measure one family of fields of 0.32 µm."""

from __future__ import annotations

from hpa_features.core.settings import ExtractSettings, InputSettings

KNOWN_SIZE = InputSettings(pixel_size_um=0.32)


def settings(**changes: object) -> ExtractSettings:
    """Return such settings with some changed."""
    return ExtractSettings(**({"input": KNOWN_SIZE, "families": ("Intensity",)} | changes))


ONE_FAMILY = settings()
