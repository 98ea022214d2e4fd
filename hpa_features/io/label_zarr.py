"""Label masks as OME-Zarr 0.4 images: ``<Id>_cells.ome.zarr`` and ``<Id>_nuclei.ome.zarr``.

Reference: ngff.openmicroscopy.org/0.4, "labels": a multiscale image with ``image-label``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.types import Masks
from hpa_features.io.atomic import replacing_folder
from hpa_features.io.masks import LARGEST_SMALL
from hpa_features.io.zarr_nodes import require_zarr, zarr_package

ENDING = ".ome.zarr"
_CHUNK = 1024
_VERSION = "0.4"


def write_zarr_masks(
    masks: Masks, folder: Path, field_id: str, pixel_size_um: float
) -> tuple[Path, ...]:
    """Write the cells and nuclei of a field as label images, and return all their files.

    One level of pixels of `pixel_size_um`; 16-bit labels, or 32-bit where one exceeds 65,535. An
    image under its name is whole.

    Raises
    ------
    MissingExtra
        The package zarr is missing.
    """
    require_zarr()
    highest = max(masks.count, int(masks.cells.max(initial=0)))
    written: list[Path] = []
    for what, labels in (("cells", masks.cells), ("nuclei", masks.nuclei)):
        path = folder / f"{field_id}_{what}{ENDING}"
        with replacing_folder(path) as temporary:
            small = labels.astype(np.uint16 if highest <= LARGEST_SMALL else np.uint32)
            _write(temporary, small, what, pixel_size_um)
        written += sorted(each for each in path.rglob("*") if each.is_file())
    return tuple(written)


def _write(folder: Path, labels: NDArray[Any], name: str, um: float) -> None:
    zarr = zarr_package()
    group = zarr.open_group(folder, mode="w", zarr_format=2)
    rows, columns = labels.shape
    group.create_array(
        "0",
        data=labels,
        chunks=(min(rows, _CHUNK), min(columns, _CHUNK)),
        chunk_key_encoding={"name": "v2", "separator": "/"},
        config={"write_empty_chunks": True},  # a missing one would be a damaged mask
    )
    scale = {"type": "scale", "scale": [um, um]}
    axes = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "yx"]
    image: dict[str, Any] = {
        "version": _VERSION,
        "name": name,
        "axes": axes,
        "datasets": [{"path": "0", "coordinateTransformations": [scale]}],
    }
    group.attrs.update({"multiscales": [image], "image-label": {"version": _VERSION}})
