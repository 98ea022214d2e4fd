"""Pixel size and significant bits from OME, ImageJ and TIFF tags."""

from __future__ import annotations

import math
from typing import Any
from xml.etree.ElementTree import ParseError

import tifffile

from hpa_features.io.formats.physical import UM_PER_UNIT, plausible_um


def ome_facts(tif: tifffile.TiffFile, *, named: bool) -> tuple[float | None, int]:
    """Return the pixel size in µm (None) and significant bits (0) of OME metadata.

    They are those of the first image; where a page is `named` by its number, its image is
    unknown, and they are those that all images share.
    """
    images = _ome_pixels(tif)
    facts = [_facts(pixels) for pixels in (images if named else images[:1])]
    if not facts:
        return None, 0
    return facts[0] if len(set(facts)) == 1 else (None, 0)


def ome_channel_names(tif: tifffile.TiffFile) -> tuple[str, ...]:
    """Return the names of the channels of the first image; none unless OME names all of them."""
    for pixels in _ome_pixels(tif)[:1]:
        channels = _listed(pixels.get("Channel"))
        if all(isinstance(each, dict) and each.get("Name") for each in channels):
            return tuple(str(each["Name"]) for each in channels)
    return ()


def _ome_pixels(tif: tifffile.TiffFile) -> list[dict[str, Any]]:
    """Return what OME metadata state of the pixels of each image; none where they are damaged."""
    if not tif.is_ome or not tif.ome_metadata:
        return []
    try:
        images = _listed(tifffile.xml2dict(tif.ome_metadata)["OME"]["Image"])
        found = [image["Pixels"] for image in images]
    except (ParseError, KeyError, TypeError):
        return []
    return found if all(isinstance(each, dict) for each in found) else []


def _listed(value: Any) -> list[Any]:
    """Return one or several elements of XML, which `xml2dict` gives alone or as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _facts(pixels: dict[str, Any]) -> tuple[float | None, int]:
    unit = UM_PER_UNIT.get(str(pixels.get("PhysicalSizeXUnit", "µm")).casefold(), 0.0)
    across = _number(pixels.get("PhysicalSizeX")) * unit
    down = _number(pixels.get("PhysicalSizeY", pixels.get("PhysicalSizeX"))) * unit
    return plausible_um(across, down), int(_number(pixels.get("SignificantBits")))


def pixel_size_um(tif: tifffile.TiffFile, page: Any) -> float | None:
    """Return the pixel size in µm of the resolution tags; None when they do not state one."""
    across, down = (float(each) for each in page.resolution)  # pixels per unit
    if not (across > 0 and down > 0):
        return None
    unit = {2: "inch", 3: "cm"}.get(int(page.resolutionunit), "")
    if tif.is_imagej:
        # ImageJ writes "\u00B5m" with the escape spelled out.
        unit = str((tif.imagej_metadata or {}).get("unit", unit)).replace("\\u00B5", "µ")
    um = UM_PER_UNIT.get(unit.casefold(), 0.0)
    return plausible_um(um / across, um / down)


def _number(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
