"""Sets of fields to time: real ones and simulated ones, as manifests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs
import numpy as np
from bench_helpers import call

from hpa_features.core.progress import SILENT
from hpa_features.core.settings import ExtractSettings, InputSettings
from hpa_features.core.types import FieldSource
from hpa_features.io.images import read_field
from hpa_features.io.manifest import Manifest, write_manifest
from hpa_features.pipeline.input_fields import find_input_fields

ROWS = 16  # of a part; fewer fields are repeated under other ids
REAL_512, REAL_512_16, NATIVE = "real 512²", "real 512², 16 bit", "real native 2048²"
SIM_512, SIM_512_16, SIM_2048 = "simulated 512²", "simulated 512², 16 bit", "simulated 2048²"
_FOLDERS = {REAL_512: ("derived512", "kaggle512"), NATIVE: ("native",)}
_DEEPER = 257  # 255 × 257 = 65535


@dataclass(frozen=True)
class FieldSet:
    """Fields of one kind.

    Attributes
    ----------
    name
        What they are.
    fields
        How many different ones.
    once, part
        Manifests: each field once; at least 16 rows, in which the fields take turns.
    """

    name: str
    fields: int
    once: Path
    part: Path


def real_sets(data: Path, folder: Path) -> tuple[list[FieldSet], list[str]]:
    """Return sets of real fields, written to `folder`, and a line for each folder that is missing.

    The fields of 512² are also written with 16 bits.
    """
    sets, missing = [], []
    for name, folders in _FOLDERS.items():
        places = [data / "hpa_fields" / each for each in folders]
        missing += [f"Skipped: {place} does not exist." for place in places if not place.is_dir()]
        sources = [each for place in places if place.is_dir() for each in sources_in(place)]
        if sources:
            sets.append(_written(name, sources, folder))
        if sources and name == REAL_512:
            deep = _in_16_bits(sources, folder / "deep")
            sets.append(_written(REAL_512_16, deep, folder))
    return sets, missing


def simulated_sets(folder: Path, fields: int) -> list[FieldSet]:
    """Return sets of simulated fields, written to `folder`: as many of 512², a quarter of 2048²."""
    sets = []
    for name, count, size, pixel_um, depth in (
        (SIM_512, fields, 512, 0.32, 8),
        (SIM_512_16, fields // 2, 512, 0.32, 16),
        (SIM_2048, fields // 4, 2048, 0.08, 8),
    ):
        how = ("--size", size, "--pixel-size-um", pixel_um, "--bit-depth", depth)
        sources = simulated_sources(folder / f"{size}-{depth}", count, *how)
        sets.append(_written(name, sources, folder))
    return sets


def sources_in(place: Path) -> tuple[FieldSource, ...]:
    """Return the fields of a folder or a manifest, without masks."""
    found = find_input_fields(str(place), ExtractSettings(), SILENT).sources
    return tuple(replace(each, cells="", nuclei="") for each in found)


def simulated_sources(folder: Path, fields: int, *options: object) -> tuple[FieldSource, ...]:
    """Simulate fields into `folder`, with options of the command; return them without masks."""
    if not folder.exists():
        how = ("--fields", fields, "--group-size", 1, *options)
        call("simulate", "-o", folder, *map(str, how))
    return sources_in(folder / "manifest.csv")


def write_rows(sources: Sequence[FieldSource], rows: int, path: Path) -> Path:
    """Write a manifest of `rows` rows in which the fields take turns, each row with its own id."""
    turns = [sources[row % len(sources)] for row in range(rows)]
    named = [replace(each, id=f"{row:04d}~{each.id}") for row, each in enumerate(turns)]
    write_manifest(Manifest(tuple(named)), path)
    return path


def _written(name: str, sources: Sequence[FieldSource], folder: Path) -> FieldSet:
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)
    once = write_rows(sources, len(sources), folder / f"{stem}-once.csv")
    part = write_rows(sources, max(ROWS, len(sources)), folder / f"{stem}.csv")
    return FieldSet(name, len(sources), once, part)


def _in_16_bits(sources: Sequence[FieldSource], folder: Path) -> list[FieldSource]:
    """Write the same light as 16-bit PNG."""
    folder.mkdir(exist_ok=True)
    deep = []
    for source in sources:
        files = {}
        for channel, plane in read_field(source, InputSettings()).planes.items():
            path = folder / f"{source.id}_{channel.colour}.png"
            path.write_bytes(imagecodecs.png_encode(plane.astype(np.uint16) * _DEEPER))
            files[channel] = str(path)
        deep.append(replace(source, files=files))
    return deep
