"""``.h5ad`` files (AnnData on disk) → a table: ids from ``obs``, numbers from ``X`` or ``obsm``.

Read by h5py, since the files that SubCellPortable writes lack what the package anndata expects
(their ids lie in ``obs['index']``), and only one matrix is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hpa_features.core.errors import DataError, MissingExtra, UsageError
from hpa_features.io.array_files import as_table, decoded
from hpa_features.io.arrow import ID_COLUMNS, METADATA, name_some
from hpa_features.io.csv_table import error_line

if TYPE_CHECKING:
    import h5py

_MARKS = tuple(
    f"{METADATA}{each}" for each in ("ObjectNumber", "Border", "HasNucleus", "Simulated")
)


def read_h5ad(file: str, obsm: str = "") -> pa.Table:
    """Return ids and numbers of an ``.h5ad`` file.

    Ids are ``obs['Metadata_Id']`` or ``obs['Id']`` (also of cells, many rows an id), else
    ``obs['index']``, else the names of the observations.

    Parameters
    ----------
    file
        Its path.
    obsm
        Which matrix of ``obsm``; empty: ``X``.

    Raises
    ------
    MissingExtra
        h5py is not installed.
    UsageError
        There are no ids, or no such matrix.
    DataError
        The file is damaged, or of a form that is not read.
    """
    try:
        import h5py
    except ImportError:
        raise MissingExtra("h5py", "h5ad") from None
    try:
        with h5py.File(file, "r") as opened:
            return _read(opened, file, obsm)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise DataError(
            f"{file} cannot be read as an .h5ad file: {error_line(error)}.",
            hint="Write or copy it again.",
        ) from error


def _read(opened: h5py.File, file: str, obsm: str) -> pa.Table:
    obs = opened.get("obs")
    if obs is None or not hasattr(obs, "keys"):
        raise UsageError(
            f"{file} has no group obs with the ids of its rows.",
            hint="Write it again with a current anndata.",
        )
    matrix, columns = _numbers(opened, file, obsm)
    name = _id_column(obs, file)
    ids = _column(obs[name], file)
    if len(ids) != len(matrix):
        raise DataError(f"{file} has {len(ids):,} ids for {len(matrix):,} rows of numbers.")
    known = {each.casefold(): each for each in obs}
    marks = {each: known[each.casefold()] for each in _MARKS if each.casefold() in known}
    return as_table(
        ids, columns, matrix, {each: _column(obs[found], file) for each, found in marks.items()}
    )


def _id_column(obs: h5py.Group, file: str) -> str:
    """Return the column of `obs` with the row ids."""
    known = {each.casefold(): each for each in obs}
    for wanted in (*(each.casefold() for each in reversed(ID_COLUMNS)), "index"):
        if wanted in known:
            return str(known[wanted])
    names = str(obs.attrs.get("_index", "_index"))
    if names not in obs:
        raise UsageError(
            f"{file}: obs has no row ids; its columns are {name_some(list(obs)) or 'none'}.",
            hint="Write them as obs_names or as a column Id.",
        )
    return names


def _numbers(
    opened: h5py.File, file: str, obsm: str
) -> tuple[NDArray[np.floating[Any]], list[str] | None]:
    """Return the (rows, columns) matrix, and the names of its columns if the file has them."""
    if obsm:
        have = list(opened["obsm"]) if "obsm" in opened else []
        if obsm not in have:
            raise UsageError(
                f"{file} has no obsm['{obsm}']; it has {name_some(have) or 'none'}.",
                hint=f"Choose one: {file}#obsm={have[0]}" if have else f"Omit #obsm={obsm}.",
            )
        return _matrix(opened["obsm"][obsm], f"{file}: obsm['{obsm}']"), None
    if "X" not in opened:
        have = list(opened["obsm"]) if "obsm" in opened else []
        raise UsageError(
            f"{file} has no X.", hint=f"Choose one of obsm: {file}#obsm={have[0]}" if have else ""
        )
    matrix = _matrix(opened["X"], f"{file}: X")
    names = None
    if "var" in opened:
        var = opened["var"]
        index = str(var.attrs.get("_index", "_index"))
        names = _column(var[index], file) if index in var else None
    return matrix, names if names is None or len(names) == matrix.shape[1] else None


def _matrix(found: h5py.Dataset | h5py.Group, where: str) -> NDArray[np.floating[Any]]:
    """Return a dense matrix, or a sparse one (compressed rows or columns) as a dense one."""
    if hasattr(found, "keys"):
        kind = str(found.attrs.get("encoding-type", ""))
        if kind not in {"csr_matrix", "csc_matrix"}:
            raise DataError(f"{where} is of the form {kind or 'group'}, wanted a matrix.")
        from scipy import sparse

        made = getattr(sparse, kind)
        parts = (found["data"][()], found["indices"][()], found["indptr"][()])
        matrix = made(parts, shape=tuple(found.attrs["shape"])).toarray()
    else:
        matrix = found[()]
    if np.ndim(matrix) != 2 or matrix.dtype.kind not in "fiub":
        raise DataError(
            f"{where} is of shape {matrix.shape} and type {matrix.dtype}, wanted numbers in rows "
            "and columns."
        )
    return np.asarray(matrix)


def _column(found: h5py.Dataset | h5py.Group, file: str) -> list[str]:
    """Return a column of ``obs`` or ``var`` as text: plain, categorical or with a mask."""
    if not hasattr(found, "keys"):
        return decoded(found[()])
    if {"codes", "categories"} <= set(found):
        names = [*_column(found["categories"], file), ""]
        return [names[code] for code in found["codes"][()].tolist()]
    if {"values", "mask"} <= set(found):
        return [
            "" if missing else text
            for text, missing in zip(decoded(found["values"][()]), found["mask"][()].tolist())
        ]
    raise DataError(f"{file}: {found.name} is of a form that is not read.")
