"""Small image files, good and bad, that tests write."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

COLOURS = ("blue", "red", "yellow", "green")


def pixels(seed=0, shape=(24, 32), dtype=np.uint8):
    """Noise over the whole range of an integer type."""
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, shape, dtype=dtype, endpoint=True)


def png(array):
    return imagecodecs.png_encode(np.ascontiguousarray(array))


def tiff(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def jpeg(array, **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "JPEG", **options)
    return file.getvalue()


def write(path, data):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def write_field(folder, stem, suffix=".png", encode=png, **kinds):
    """Write four channels of one field; `kinds` are those of `pixels`."""
    planes = {colour: pixels(seed, **kinds) for seed, colour in enumerate(COLOURS)}
    for colour, plane in planes.items():
        write(Path(folder) / f"{stem}_{colour}{suffix}", encode(plane))
    return planes
