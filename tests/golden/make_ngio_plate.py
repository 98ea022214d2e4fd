"""Write ngio_plate.zip: two plates of one field each in two wells, by ngio. It needs ngio 1.1.

    python tests/golden/make_ngio_plate.py

Plates ``four.zarr`` (OME-Zarr 0.4) and ``five.zarr`` (0.5); channel k of the field in well w has
the values ``1000 k + 100 w + column`` in pixels of 0.13 µm. Wells are A/01 and B/02.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import ngio
import numpy as np

WELLS = (("A", "01"), ("B", "02"))
CHANNELS = ("DAPI", "alpha-Tubulin", "Calnexin", "mNeonGreen")


def write_plate(path: Path, version: str) -> None:
    """Write a plate with two levels of each image."""
    images = [ngio.ImageInWellPath(row=row, column=column, path="0") for row, column in WELLS]
    plate = ngio.create_empty_plate(path, name=path.stem, images=images, ngff_version=version)
    for number, (row, column) in enumerate(WELLS):
        values = 1000 * np.arange(4)[:, None, None] + 100 * number + np.arange(32)
        ngio.create_ome_zarr_from_array(
            plate.get_image_store(row, column, "0"),
            np.broadcast_to(values, (4, 24, 32)).astype(np.uint16),
            pixelsize=0.13,
            levels=2,
            axes_names=("c", "y", "x"),
            channels_meta=CHANNELS,
            ngff_version=version,
            overwrite=True,
        )


def main() -> None:
    """Write both plates into one archive, with fixed times."""
    target = Path(__file__).with_name("ngio_plate.zip")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w") as archive:
        for name, version in (("four.zarr", "0.4"), ("five.zarr", "0.5")):
            write_plate(Path(folder, name), version)
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
