"""Tables of cells → ``.h5ad``: AnnData on disk, piece by piece.

Written by h5py as AnnData's on-disk format 0.1.0 describes it
(https://anndata.readthedocs.io/en/stable/fileformat-prose.html): the package anndata holds the
whole matrix in memory, 2.4 GB for a million cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hpa_features.core.errors import MissingExtra

if TYPE_CHECKING:
    import h5py

_EMPTY = ("layers", "obsm", "obsp", "varm", "varp", "uns")
_FEW = 0.5  # of the values are different: a text is stored as a number for each


def write_h5ad(
    path: Path,
    names: Sequence[str],
    obs: Mapping[str, NDArray[Any]],
    columns: Sequence[str],
    var: Mapping[str, Sequence[str]],
    pieces: Iterable[NDArray[np.float32]],
) -> None:
    """Write a matrix of rows × columns with what is known of both.

    Parameters
    ----------
    path
        Written to as it is: the caller gives a temporary name.
    names
        (n,) of the rows, unique.
    obs
        Name → (n,) numbers, booleans or texts of the rows.
    columns
        (m,) names, unique.
    var
        Name → (m,) texts of the columns.
    pieces
        (rows, m) float32 each, n rows together; NaN stays NaN.

    Raises
    ------
    MissingExtra
        h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise MissingExtra("h5py", "h5ad") from None
    with h5py.File(path, "w") as file:
        _mark(file, "anndata", "0.1.0")
        matrix = file.create_dataset("X", (len(names), len(columns)), np.float32)
        _mark(matrix, "array", "0.2.0")
        end = 0
        for piece in pieces:
            begin, end = end, end + len(piece)
            matrix[begin:end] = piece
        if end != len(names):
            raise ValueError(f"{end} rows of values for {len(names)} names")
        _write_frame(file.create_group("obs"), names, obs)
        texts = {name: np.asarray(values, np.str_) for name, values in var.items()}
        _write_frame(file.create_group("var"), columns, texts)
        for name in _EMPTY:
            _mark(file.create_group(name), "dict", "0.1.0")


def _mark(place: h5py.File | h5py.Group | h5py.Dataset, kind: str, version: str) -> None:
    place.attrs["encoding-type"] = kind
    place.attrs["encoding-version"] = version


def _write_frame(group: h5py.Group, names: Sequence[str], data: Mapping[str, NDArray[Any]]) -> None:
    _mark(group, "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = np.array(list(data), dtype=object)
    _write_texts(group, "_index", np.asarray(names, np.str_))
    for name, values in data.items():
        _write_column(group, name, values)


def _write_column(group: h5py.Group, name: str, values: NDArray[Any]) -> None:
    if values.dtype.kind not in "UO":
        _mark(group.create_dataset(name, data=values), "array", "0.2.0")
        return
    kinds, codes = np.unique(values.astype(np.str_), return_inverse=True)
    if len(kinds) > max(1, _FEW * len(values)):
        _write_texts(group, name, values)
        return
    category = group.create_group(name)
    _mark(category, "categorical", "0.2.0")
    category.attrs["ordered"] = False
    _mark(category.create_dataset("codes", data=codes.astype(np.int32)), "array", "0.2.0")
    _write_texts(category, "categories", kinds)


def _write_texts(group: h5py.Group, name: str, values: NDArray[Any]) -> None:
    import h5py

    data = values.astype(object)
    dataset = group.create_dataset(name, data=data, dtype=h5py.string_dtype("utf-8"))
    _mark(dataset, "string-array", "0.2.0")
