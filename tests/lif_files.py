"""Leica LIF files that tests write: a header in XML, then a block of memory for each image."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

_CHANNEL = (
    '<ChannelDescription DataType="0" ChannelTag="0" Resolution="{bits}" LUTName="Gray" '
    'NameOfMeasuredQuantity="" Min="0" Max="65535" Unit="" IsLUTInverted="0" BytesInc="{step}" '
    'BitInc="0"/>'
)
_DIMENSION = (
    '<DimensionDescription DimID="{axis}" NumberOfElements="{size}" Origin="0" '
    'Length="{length}" Unit="m" BitInc="0" BytesInc="{step}"/>'
)
_IMAGE = (
    '<Element Name="{name}" UniqueID="{name}"><Memory Size="{size}" MemoryBlockID="Mem_{name}"/>'
    "<Data><Image><ImageDescription><Channels>{channels}</Channels>"
    "<Dimensions>{dimensions}</Dimensions></ImageDescription></Image></Data></Element>"
)
_ALL = (
    '<LMSDataContainerHeader Version="2"><Element Name="all"><Children>{images}</Children>'
    "</Element></LMSDataContainerHeader>"
)
_IDS = {"x": 1, "y": 2, "z": 3, "t": 4}


def write_lif(path: Path, images: dict[str, np.ndarray], um: float) -> None:
    """Write images of (channels, z, rows, columns) by name, of pixels of `um`."""
    described = []
    for name, array in images.items():
        steps = dict(zip("czyx", array.strides, strict=True))
        sizes = dict(zip("czyx", array.shape, strict=True))
        channels = (
            _CHANNEL.format(bits=8 * array.itemsize, step=n * steps["c"]) for n in range(sizes["c"])
        )
        dimensions = (
            _DIMENSION.format(
                axis=_IDS[axis],
                size=sizes[axis],
                length=um * 1e-6 * (sizes[axis] - 1),
                step=steps[axis],
            )
            for axis in "xyz"
            if sizes[axis] > 1
        )
        described.append(
            _IMAGE.format(
                name=name,
                size=array.nbytes,
                channels="".join(channels),
                dimensions="".join(dimensions),
            )
        )
    text = _ALL.format(images="".join(described)).encode("utf-16-le")
    data = struct.pack("<IIBI", 0x70, 5 + len(text), 0x2A, len(text) // 2) + text
    for name, array in images.items():
        own = f"Mem_{name}".encode("utf-16-le")
        head = struct.pack("<BQBI", 0x2A, array.nbytes, 0x2A, len(own) // 2) + own
        data += struct.pack("<II", 0x70, len(head)) + head + array.tobytes()
    path.write_bytes(data)
