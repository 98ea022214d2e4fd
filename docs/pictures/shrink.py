"""Write a picture at half its size in 128 colours, small enough for a README.

Run as ``python docs/pictures/shrink.py demo/overlay.png docs/pictures/demo.png``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image


def shrink(source: Path, target: Path) -> None:
    """Write `source` at half its size to `target`."""
    with Image.open(source) as picture:
        half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    # Without dithering flat areas stay flat, and the file stays small.
    half.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    shrink(Path(sys.argv[1]), Path(sys.argv[2]))
