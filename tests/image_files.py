"""Small image files, good and bad, that tests write."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
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
    return pillow(Image.fromarray(array), "JPEG", **options)


def pillow(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    """A chunk of PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


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


def tags_tiff(*pages, planes=None):
    """A little-endian TIFF of pages given as (strip, {tag: value or values}); values are LONG.

    For tags that no writer would combine. The offset and length of the strip are filled in;
    `planes` gives the lengths of several strips.
    """
    out = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    link = 4
    for strip, tags in pages:
        entries = {tag: np.atleast_1d(np.asarray(value)) for tag, value in tags.items()}
        lengths = np.array([len(strip)] if planes is None else planes)
        entries |= {273: len(out) + np.cumsum(lengths) - lengths, 279: lengths}
        out += strip + bytes(len(strip) % 2)
        directory = struct.pack("<H", len(entries))
        for tag, values in sorted(entries.items()):
            data = values.astype("<u4").tobytes()
            if len(data) > 4:
                data, place = struct.pack("<I", len(out)), data
                out += place
            directory += struct.pack("<HHI", tag, 4, len(values)) + data
        struct.pack_into("<I", out, link, len(out))
        out += directory + bytes(4)
        link = len(out) - 4
    return bytes(out)


def page_tags(array, photometric, **tags):
    """The strip and tags of one page of `array`, (rows, columns) or (rows, columns, samples).

    `tags` are named ``t`` and their number, as in ``t338=2``; a value of None removes the tag.
    """
    samples = 1 if array.ndim == 2 else array.shape[2]
    kind = {"u": 1, "i": 2, "f": 3, "c": 6}[array.dtype.kind]
    known = {
        256: array.shape[1], 257: array.shape[0], 258: [8 * array.dtype.itemsize] * samples,
        259: 1, 262: photometric, 277: samples, 278: array.shape[0], 284: 1,
        339: [kind] * samples,
    }  # fmt: skip
    known |= {int(name[1:]): value for name, value in tags.items()}
    return array.tobytes(), {tag: value for tag, value in known.items() if value is not None}
