"""Files of arrays that hold a row of numbers a cell or an image: ``.npz`` and ``.h5ad``.

A path may name the array: ``scores.npz#array=logits``, ``cells.h5ad#obsm=X_pca``.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.arrow import ID_COLUMNS, name_some
from hpa_features.io.csv_table import error_line

_NAMED = re.compile(r"(?P<file>.+)#(?P<kind>array|obsm)=(?P<array>[^#]+)")
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
IDS = (*ID_COLUMNS, "ids", "image_id", "image_ids", "index", "obs_names")
"""Names, in any case, of an array of row ids, the first that is there."""
_COLUMN_NAMES = ("columns", "names", "feature_names", "var_names")
_NPZ_DAMAGE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


def split_path(path: str) -> tuple[str, str, str]:
    """Return file, kind (``array``, ``obsm``) and name of an array; empty where none is named."""
    found = _NAMED.fullmatch(path)
    return (found["file"], found["kind"], found["array"]) if found else (path, "", "")


def block_name(path: str) -> str:
    """Return the block that a joined table is: its file's name, and the array if one is named."""
    file, _, array = split_path(path)
    return Path(file).name.split(".")[0] + (f"_{array}" if array else "")


def array_kind(file: str) -> str:
    """Return ``npz`` or ``h5ad`` by a file's content; empty: another file, or none."""
    if not Path(file).is_file():
        return ""
    with Path(file).open("rb") as opened:
        start = opened.read(len(_HDF5))
    if start == _HDF5:
        return "h5ad"
    return "npz" if start.startswith(_ZIP) and _holds_arrays(file) else ""


def _holds_arrays(file: str) -> bool:
    """Return whether a zip archive is NumPy's, by its name or its members; Excel's is another."""
    if file.lower().endswith(".npz"):
        return True
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return any(name.endswith(".npy") for name in archive.namelist())


def read_npz(file: str, array: str = "") -> pa.Table:
    """Return the ids and the matrix of an ``.npz`` file as a table.

    Parameters
    ----------
    file
        It holds an array of row ids (`IDS`), and a matrix with a row for each.
    array
        Which matrix; empty: the only one.

    Raises
    ------
    UsageError
        There are no ids; no matrix or several fit; the named one is missing.
    DataError
        The file is damaged, or it needs Python objects to be made.
    """
    try:
        with Path(file).open("rb") as raw, np.load(raw, allow_pickle=False) as opened:
            arrays = {name: opened[name] for name in opened.files}
    except _NPZ_DAMAGE as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{file} cannot be read: it holds Python objects, which could run code.",
                hint="Save ids as text: np.savez(file, ids=np.array(ids, dtype=str), …).",
            ) from None
        raise DataError(
            f"{file} cannot be read: {error_line(error)}.", hint="Write or copy it again."
        ) from error
    by_name = {name.casefold(): name for name in reversed(arrays)}
    where = next((by_name[each.casefold()] for each in IDS if each.casefold() in by_name), "")
    if not where or arrays[where].ndim != 1 or arrays[where].dtype.kind not in "USiu":
        raise UsageError(
            f"{file} has no array of row ids (text, one dimension); it has {_shapes(arrays)}.",
            hint="Name it Id, ids or index.",
        )
    ids = arrays[where]
    matrix = _matrix(file, arrays, array, len(ids))
    named = next((by_name[each] for each in _COLUMN_NAMES if each in by_name), "")
    columns = arrays[named] if named else np.empty(0, str)
    fits = columns.dtype.kind in "US" and columns.shape == (matrix.shape[1],)
    return as_table(decoded(ids), decoded(columns) if fits else None, matrix)


def _matrix(file: str, arrays: Mapping[str, NDArray[Any]], wanted: str, rows: int) -> NDArray[Any]:
    fit = [
        name
        for name, each in arrays.items()
        if each.ndim == 2 and each.dtype.kind in "fiub" and len(each) == rows
    ]
    if wanted in fit:
        return arrays[wanted]
    if wanted or len(fit) != 1:
        said = f"no matrix {wanted} with {rows:,} rows" if wanted else f"{len(fit)} matrices"
        raise UsageError(
            f"{file} has {said} for its {rows:,} ids; its arrays are {_shapes(arrays)}.",
            hint=f"Choose one: {file}#array={fit[0]}" if fit else "",
        )
    return arrays[fit[0]]


def _shapes(arrays: Mapping[str, NDArray[Any]]) -> str:
    return name_some([f"{name} {each.shape}" for name, each in arrays.items()])


def as_table(
    ids: Sequence[str],
    columns: Sequence[str] | None,
    matrix: NDArray[Any],
    marks: Mapping[str, Sequence[str]] | None = None,
) -> pa.Table:
    """Return a table with ``Id``, texts of rows by name, and the columns of a matrix.

    Columns without names are numbered from 0.
    """
    names = [str(at) for at in range(matrix.shape[1])] if columns is None else list(columns)
    if matrix.dtype.kind == "f":
        matrix = matrix.astype(np.float32 if matrix.dtype.itemsize <= 4 else np.float64)
    numbers = [pa.array(np.ascontiguousarray(each)) for each in matrix.T]
    texts = {"Id": list(ids), **(marks or {})}
    return pa.Table.from_arrays(
        [*(pa.array(each, pa.string()) for each in texts.values()), *numbers],
        names=[*texts, *names],
    )


def decoded(values: NDArray[Any]) -> list[str]:
    """Return the values of an array as texts; bytes are UTF-8."""
    return [
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
        for each in values.tolist()
    ]
