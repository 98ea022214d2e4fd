"""OME-Zarr images and plates that tests write with plain zarr."""

from __future__ import annotations

import numpy as np
import zarr

NAMES = ("Hoechst", "tubulin", "calreticulin", "GFP-target")


def values(axes="cyx", *, dtype=np.uint16, seed=1, rows=24, columns=32, channels=4):
    """Noise with a plane for each channel, 3 for Z and 2 for time; never 0."""
    sizes = {"t": 2, "c": channels, "z": 3, "y": rows, "x": columns}
    shape = [sizes[axis] for axis in axes]
    noise = np.random.default_rng(seed).integers(1, 250, shape)
    return (noise / 255).astype(dtype) if np.issubdtype(dtype, np.floating) else noise.astype(dtype)


def write_image(
    path, array, axes="cyx", *, version="0.4", um=0.2, unit="micrometer", names=NAMES, levels=1,
    **more,
):  # fmt: skip
    """Write an image of pixels of `um` of `unit` with levels of half the size each."""
    group = zarr.open_group(path, mode="w", zarr_format=3 if version == "0.5" else 2)
    space = {} if unit is None else {"unit": unit}
    kinds = {"t": ("time", {}), "c": ("channel", {})}
    described = []
    for axis in axes:
        kind, extra = kinds.get(axis, ("space", space))
        described.append({"name": axis, "type": kind, **extra})
    datasets = []
    for level in range(levels):
        step = 2**level
        data = array[..., ::step, ::step]
        chunks = (1,) * (data.ndim - 2) + tuple(-(-size // 2) for size in data.shape[-2:])
        group.create_array(str(level), data=data, chunks=chunks, **more)
        scale = [um * step if axis in "yx" else 1.0 for axis in axes]
        transforms = [{"type": "scale", "scale": scale}]
        datasets.append({"path": str(level), "coordinateTransformations": transforms})
    image = {"name": "image", "axes": described, "datasets": datasets}
    omero = {"channels": [{"label": name, "color": "FFFFFF"} for name in names]} if names else None
    put(group, version, {"multiscales": [image]} | ({"omero": omero} if omero else {}))
    return path


def put(group, version, metadata):
    """Put OME metadata where the version has them."""
    if version == "0.5":
        group.attrs["ome"] = {"version": version, **metadata}
        return
    for name, value in metadata.items():
        if name == "multiscales":
            value[0]["version"] = version
        elif isinstance(value, dict):
            value["version"] = version
        group.attrs[name] = value


def write_plate(path, wells, *, version="0.4", fields=("0",), **more):
    """Write a plate of images for each well such as ``B/03``; every image has its own noise."""
    kind = 3 if version == "0.5" else 2
    group = zarr.open_group(path, mode="w", zarr_format=kind)
    rows, columns = (sorted({well.split("/")[n] for well in wells}) for n in (0, 1))
    listed = [
        {"path": each, "rowIndex": rows.index(each[0]), "columnIndex": columns.index(each[2:])}
        for each in wells
    ]
    plate = {
        "name": "p", "rows": [{"name": each} for each in rows],
        "columns": [{"name": each} for each in columns], "wells": listed,
    }  # fmt: skip
    put(group, version, {"plate": plate})
    written = {}
    for number, well in enumerate(wells):
        inner = zarr.open_group(path / well, mode="w", zarr_format=kind)
        put(inner, version, {"well": {"images": [{"path": name} for name in fields]}})
        for name in fields:
            array = values(seed=10 * number + int(name))
            written[well, name] = array
            write_image(path / well / name, array, version=version, **more)
    return written
