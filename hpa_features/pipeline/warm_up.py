"""Kernels compiled before processes start: side by side they would each compile everything."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.embedding_settings import EmbeddingSettings
from hpa_features.core.settings import ExtractSettings, SegmenterName, SegmentSettings
from hpa_features.core.types import CHANNELS, Field, Masks, Plane
from hpa_features.running.compiling import compiled_beside
from hpa_features.running.kernel_cache import CACHE_VARIABLE
from hpa_features.running.threads import usable_cores

_BESIDE = frozenset({"AreaShape", "Contact", "Spots", "Texture"})
_EDGE = 96  # pixels: room for two cells of 15 µm


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for unused reference cycles less often in here: that takes a tenth of compilation."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_rare_collections()
def compile_segmentation(settings: SegmentSettings) -> None:
    """Find the cells of a field on 8 and on 16 bits, on a grid coarser than its pixels."""
    from hpa_features.segmentation.watershed import segment_watershed

    if settings.segmenter is SegmenterName.CELLPOSE:
        from hpa_features.segmentation.cellpose.warm_up import compile_cellpose

        compile_cellpose(_toy_masks().cells)
    for field in _toy_fields():
        planes = {c: plane.repeat(4, axis=0).repeat(4, axis=1) for c, plane in field.planes.items()}
        segment_watershed(replace(field, planes=planes, pixel_size_um=field.pixel_size_um / 4))


def compile_all(settings: ExtractSettings) -> None:
    """Find cells, and run every family of `settings` once on 8 and on 16 bits.

    Where there are two cores, two processes share what was not compiled before.
    """
    mark = _mark()
    if mark is not None and not mark.exists() and usable_cores() > 1:
        with compiled_beside(partial(_compile_part, settings)):
            _compile_families(settings, lambda name: name not in _BESIDE)
    compile_segmentation(settings)
    _compile_families(settings)
    if mark is not None:
        mark.touch()


def _compile_part(settings: ExtractSettings) -> None:
    """Compile what takes about half of the time, with few functions that the rest needs too."""
    compile_segmentation(settings)
    _compile_families(settings, _BESIDE.__contains__)


def _mark() -> Path | None:
    """Return the file that is there once all was compiled; None: nothing is kept."""
    folder = os.environ.get(CACHE_VARIABLE)
    return Path(folder) / f"compiled-{kernels_digest()}" if folder else None


def kernels_digest() -> str:
    """Return a digest of the files of all kernels, and of what compiles them."""
    from hpa_features import kernels

    files = sorted(path for place in kernels.__path__ for path in Path(place).rglob("*.py"))
    states = [f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in files]
    text = "\n".join((*states, version("numba"), sys.version))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@_rare_collections()
def _compile_families(
    settings: ExtractSettings, wanted: Callable[[str], bool] = lambda _: True
) -> None:
    from hpa_features.features.batch import Batch
    from hpa_features.features.measure import measure_all
    from hpa_features.features.registry import families_with

    families = families_with(settings.families, settings.columns)
    some = [family for family in families if wanted(family.name)]
    for field in _toy_fields():
        batch = Batch((field,), (_toy_masks(),), settings.grid_um)
        measure_all(batch, some)
        if settings.embedding is not None:
            _compile_squares(field, settings.embedding)


def _compile_squares(field: Field, embedding: EmbeddingSettings) -> None:
    from hpa_features.embedding.squares import places_of, write_input

    square = np.empty((len(embedding.channels), embedding.input_px, embedding.input_px), np.float32)
    [place, *_] = places_of(field, _toy_masks(), embedding)
    write_input(field, _toy_masks(), place, embedding, square)


def _toy_masks() -> Masks:
    """Two cells, each with a nucleus."""
    rows, columns = np.indices((_EDGE, _EDGE))
    cells, nuclei = np.zeros((2, _EDGE, _EDGE), np.int32)
    for label, centre in ((1, 24), (2, 72)):
        distance = np.hypot(rows - _EDGE // 2, columns - centre)
        cells[distance < 22] = label
        nuclei[distance < 11] = label
    return Masks(cells, nuclei, np.array([1, 2]), np.array([1, 1], np.int32))


def _toy_fields() -> tuple[Field, Field]:
    """The two cells in 8 and in 16 bits."""
    masks = _toy_masks()
    # A texture without chance: families that need gray levels find some.
    texture = np.abs(np.sin(np.arange(_EDGE * _EDGE) * 0.7).reshape(_EDGE, _EDGE))
    light: NDArray[np.float64] = (masks.cells > 0) * 0.2 + (masks.nuclei > 0) * 0.5 + 0.1 * texture
    return (
        _toy_field((255 * light).astype(np.uint8), 255),
        _toy_field((65535 * light).astype(np.uint16), 65535),
    )


def _toy_field(plane: Plane, full_scale: int) -> Field:
    planes = dict.fromkeys(CHANNELS, plane)
    return Field("toy", planes, dict.fromkeys(CHANNELS, full_scale), pixel_size_um=0.32)
