"""The folder where the arrays of a training lie.

A worker gets names of files and row numbers, never the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from hpa_features.learn.cells import Cells
from hpa_features.learn.folds import Rows
from hpa_features.learn.tasks import Parameters

ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with ``values.npy``, ``truth.npy``, part tables, cells and binned Datasets."""

    folder: str

    def lay_out(
        self,
        values: NDArray[np.float32],
        truth: NDArray[np.bool_],
        columns: Sequence[int] | None = None,
    ) -> None:
        """Write the truth, and the columns of `values` at these places (None: all)."""
        np.save(self._path("truth.npy"), truth)
        kept = range(values.shape[1]) if columns is None else columns
        about = {"descr": "<f4", "fortran_order": False, "shape": (len(values), len(kept))}
        # Written, not mapped: a full disk is then an error, not the end of the process.
        with Path(self._path("values.npy")).open("wb") as file:
            np.lib.format.write_array_header_1_0(file, about)
            for at in range(0, len(values), ROWS_AT_ONCE):
                part = np.take(values[at : at + ROWS_AT_ONCE], kept, axis=1)
                file.write(part.astype("<f4", copy=False).tobytes())

    def lay_out_part(self, bins: str, values: NDArray[np.float32]) -> None:
        """Write the part table: what models see that learn from the bins of this name."""
        np.save(self._part_table(bins), np.ascontiguousarray(values))

    def values(self, bins: str = "") -> NDArray[np.float32]:
        """Return the (rows, columns) table, read from disk where it is touched.

        Where the bins of this name have a part table, it is returned instead.
        """
        part = self._part_table(bins)
        path = part if part.exists() else self._path("values.npy")
        values: NDArray[np.float32] = np.load(path, mmap_mode="r")
        return values

    def rows(self, rows: Rows, bins: str = "", columns: Rows | None = None) -> NDArray[np.float32]:
        """Return sorted rows of `values(bins)`, or some columns, in memory of their own."""
        chosen = slice(None) if columns is None else columns
        width = self.values(bins).shape[1] if columns is None else len(columns)
        found = np.empty((len(rows), width), np.float32)
        for at in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(at, at + ROWS_AT_ONCE)
            # Mapped anew, because what lies around a row is mapped with it: soon the whole table.
            found[part] = self.values(bins)[rows[part]][:, chosen]
        return found

    def lay_out_cells(self, cells: Cells) -> None:
        """Write the cells of the table's images."""
        np.save(self._path("cells.npy"), cells.values)
        np.save(self._path("cell_starts.npy"), cells.starts)

    def cells(self) -> Cells:
        """Return the cells of the table's images, read from disk where they are touched."""
        values: NDArray[np.float32] = np.load(self._path("cells.npy"), mmap_mode="r")
        return Cells(values, np.load(self._path("cell_starts.npy")))

    def truth(self) -> NDArray[np.bool_]:
        """Return the (rows, labels) truth."""
        truth: NDArray[np.bool_] = np.load(self._path("truth.npy"))
        return truth

    def write_bins(self, name: str, rows: Rows, parameters: Parameters) -> None:
        """Bin the given rows of `values(name)` and write the Dataset."""
        self._binned(self.rows(rows, name), parameters).save_binary(self._path(name))

    def bins(self, name: str, parameters: Parameters) -> lgb.Dataset:
        """Load a binned Dataset."""
        return lgb.Dataset(self._path(name), params=dict(parameters)).construct()

    def bins_without(
        self, name: str, rows: Rows, places: Rows, parameters: Parameters
    ) -> lgb.Dataset:
        """Bin the given rows of `values(name)`, without the columns at `places`.

        They keep their places, but are constant, so that trees cannot split on them.
        """
        seen = self.rows(rows, name)
        seen[:, places] = 0
        return self._binned(seen, parameters)

    @staticmethod
    def _binned(seen: NDArray[np.float32], parameters: Parameters) -> lgb.Dataset:
        return lgb.Dataset(seen, label=np.zeros(len(seen)), params=dict(parameters)).construct()

    def _part_table(self, bins: str) -> Path:
        return Path(self.folder) / f"{Path(bins).stem}.part.npy"

    def _path(self, name: str) -> str:
        return str(Path(self.folder) / name)
