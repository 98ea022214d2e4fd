"""The one EXIF entry that concerns us."""

from __future__ import annotations

_ORIENTATION = 0x0112


def orientation_in(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1, as stored, where there is none."""
    if not exif:
        return 1
    from PIL import Image  # slow to import, and few files carry EXIF

    entries = Image.Exif()
    entries.load(exif)
    value = entries.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
