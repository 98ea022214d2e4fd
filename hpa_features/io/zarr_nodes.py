"""The metadata of Zarr folders, read as the JSON that they are."""

from __future__ import annotations

import json
import multiprocessing
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from hpa_features.core.errors import MissingExtra
from hpa_features.io.files import Place
from hpa_features.io.guard import AGAIN

_LARGEST = 1 << 24  # bytes; a plate of 1536 wells with 100 fields each has 0.1 MB


def require_zarr() -> None:
    """Check that the package which reads and writes arrays is installed.

    Raises
    ------
    MissingExtra
        It is missing; the hint names the install.
    """
    if find_spec("zarr") is None:
        raise MissingExtra("zarr", "zarr")


@cache
def zarr_package() -> Any:
    """Return the package zarr, imported.

    Raises
    ------
    MissingExtra
        It is missing; the hint names the install.
    """
    require_zarr()
    import zarr

    if "fork" in multiprocessing.get_all_start_methods():
        _make_lock_of_blosc()
    return zarr


def _make_lock_of_blosc() -> None:
    """Let numcodecs make its lock as a fork would have it, without a name.

    It is made when Blosc is used first. In a spawned process it has a name, which outlives a
    process that is killed, and Python would warn of it when the command ends.
    """
    from numcodecs.blosc import Blosc

    method = multiprocessing.get_start_method()
    multiprocessing.set_start_method("fork", force=True)
    try:
        Blosc().encode(b"\0")
    finally:
        multiprocessing.set_start_method(method, force=True)


def attributes_of(folder: Path, place: Place) -> dict[str, Any]:
    """Return the OME-Zarr metadata of a folder, of version 0.4 or 0.5; empty: it has none.

    Raises
    ------
    FieldError
        They are not JSON objects.
    """
    three = folder / "zarr.json"
    found = _object(three if three.exists() else folder / ".zattrs", place)
    if three.exists():
        found = found.get("attributes", {}).get("ome", {})
    if not isinstance(found, dict):
        raise place.error("has damaged Zarr metadata", AGAIN)
    return found


def _object(file: Path, place: Place) -> dict[str, Any]:
    try:
        if not file.exists():
            return {}
        if file.stat().st_size > _LARGEST:
            raise place.error(f"has {file.name} of more than {_LARGEST:,} bytes", AGAIN)
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise place.error(f"has Zarr metadata that cannot be read ({error})", AGAIN) from error
    if not isinstance(found, dict):
        raise place.error(f"has Zarr metadata that are not an object ({file.name})", AGAIN)
    return found


def inside(path: object, place: Place) -> str:
    """Return a path that metadata name, if it stays below their folder.

    Raises
    ------
    FieldError
        It is not a relative path, or leads out of the folder.
    """
    parts = PurePosixPath(str(path)).parts
    if not isinstance(path, str) or not parts or parts[0] == "/" or ".." in parts:
        raise place.error(f"names the part {path!r}, wanted a path inside it", AGAIN)
    return path
