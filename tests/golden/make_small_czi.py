"""Write small.czi.gz with Zeiss' own library: four channels, two planes in Z, two scenes.

    pip install pylibCZIrw==6.1.0; python tests/golden/make_small_czi.py

Channel k, plane z of scene s has the values ``1000 k + 100 z + 10 s + column`` in pixels of
0.13 µm; the second scene is smaller.
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
from pylibCZIrw import czi

NAMES = {0: "DAPI", 1: "Tubulin", 2: "Calnexin", 3: "EGFP"}
SIZES = ((24, 32), (16, 20))


def main() -> None:
    """Write the file, packed with a fixed time."""
    path = Path(tempfile.mkdtemp()) / "small.czi"
    with czi.create_czi(str(path)) as file:
        for scene, (rows, columns) in enumerate(SIZES):
            for channel in NAMES:
                for z in range(2):
                    values = 1000 * channel + 100 * z + 10 * scene + np.arange(columns)
                    plane = np.broadcast_to(values, (rows, columns)).astype(np.uint16)
                    file.write(
                        data=np.ascontiguousarray(plane)[..., None],
                        plane={"C": channel, "Z": z, "T": 0},
                        scene=scene,
                        location=(100 * scene, 0),
                    )
        file.write_metadata("small", channel_names=NAMES, scale_x=0.13e-6, scale_y=0.13e-6)
    packed = gzip.compress(path.read_bytes(), mtime=0)
    Path(__file__).with_name("small.czi.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
