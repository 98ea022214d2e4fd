"""Tables of other programs as blocks: where their ids are, and a row a cell."""

from __future__ import annotations

import sys

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import DataError, MissingExtra, UsageError
from hpa_features.core.tables import Column, FeatureTable
from hpa_features.io.array_files import block_name
from hpa_features.io.blocks import join_blocks

IDS = ("007", "b", "c")
FEATURES = FeatureTable(IDS, (Column("x", "x"),), np.zeros((3, 1), np.float32))
VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


class Heard:
    """Keeps what is said."""

    def __init__(self):
        self.notes, self.warnings = [], []
        self.note, self.warn = self.notes.append, self.warnings.append


def joined(path, heard=None):
    """Return the values that a block adds, and its columns."""
    table = join_blocks(FEATURES, [str(path)], progress=heard or Heard())
    assert table.ids == IDS
    return table.values[:, 1:], [each.name for each in table.columns[1:]]


def write_csv(path, ids=IDS, header=""):
    rows = "".join(f"{i},{a},{b}\n" for i, (a, b) in zip(ids, VECTORS))
    path.write_text(f"{header},f0,f1\n{rows}")


def write_parquet(path, index="__index_level_0__"):
    pq.write_table(pa.table({"f0": VECTORS[:, 0], "f1": VECTORS[:, 1], index: list(IDS)}), path)


def write_npz(path, **arrays):
    np.savez(path, **({"ids": np.array(IDS), "cnn": VECTORS, "y": [0, 1, 0]} | arrays))


def write_subcell(path, ids=IDS, vectors=VECTORS):
    """Write what SubCellPortable's `H5ADOutputHandler` does."""
    with h5py.File(path, "w") as file:
        file.create_dataset("X", data=vectors)
        file.create_dataset("obs/index", data=np.array(ids, dtype="S"))
        file.create_dataset("obsm/probabilities", data=vectors[:, ::-1] / 10)


def write_anndata(path, codes=(0, 1, 2)):
    """Write what anndata does: sparse numbers, ids in a categorical column, names of columns."""
    from scipy import sparse

    matrix = sparse.csr_matrix(np.array([VECTORS[code] for code in codes]))
    with h5py.File(path, "w") as file:
        x = file.create_group("X")
        x.attrs.update({"encoding-type": "csr_matrix", "shape": matrix.shape})
        for name in ("data", "indices", "indptr"):
            x.create_dataset(name, data=getattr(matrix, name))
        obs = file.create_group("obs")
        obs.attrs["_index"] = "_index"
        obs.create_dataset("_index", data=[str(row) for row in range(len(codes))])
        column = obs.create_group("Metadata_Id")
        column.create_dataset("codes", data=np.array(codes, np.int8))
        column.create_dataset("categories", data=list(IDS))
        var = file.create_group("var")
        var.attrs["_index"] = "gene"
        var.create_dataset("gene", data=["f0", "f1"])


WRITERS = {
    "cnn.csv": write_csv,
    "cnn.parquet": write_parquet,
    "cnn.npz": write_npz,
    "cnn.h5ad": write_subcell,
    "anndata.h5ad": write_anndata,
}


@pytest.mark.parametrize("name", WRITERS)
def test_ids_are_found_where_each_program_writes_them(name, tmp_path):
    WRITERS[name](tmp_path / name)
    values, columns = joined(tmp_path / name)
    assert np.array_equal(values, VECTORS)
    named = name in {"cnn.npz", "cnn.h5ad"}
    assert columns == [f"{name.split('.')[0]}.{'' if named else 'f'}{at}" for at in range(2)]


@pytest.mark.parametrize("header", ["index", "Unnamed: 0", "INDEX"])
def test_an_index_is_the_id_only_where_there_is_none(header, tmp_path):
    write_csv(tmp_path / "a.csv", header=header)
    assert np.array_equal(joined(tmp_path / "a.csv")[0], VECTORS)
    (tmp_path / "b.csv").write_text(f"{header},Id,f0\n1,007,5\n2,b,6\n3,c,7\n")
    values, columns = joined(tmp_path / "b.csv")
    assert columns == ["b.f0"]
    assert values.ravel().tolist() == [5, 6, 7]


def test_an_array_is_chosen_by_name_and_named_in_the_block(tmp_path):
    write_subcell(tmp_path / "s.h5ad")
    path = tmp_path / "s.h5ad#obsm=probabilities"
    values, columns = joined(path)
    assert np.array_equal(values, VECTORS[:, ::-1] / np.float32(10))
    assert columns == ["s_probabilities.0", "s_probabilities.1"]
    assert block_name(str(path)) == "s_probabilities"
    both = join_blocks(FEATURES, [str(tmp_path / "s.h5ad"), str(path)])
    assert {each.block for each in both.columns} == {"x", "s", "s_probabilities"}
    write_npz(tmp_path / "n.npz", other=VECTORS * 2, names=np.array(["p", "q"]))
    with pytest.raises(UsageError, match=r"2 matrices .*Choose one: .*n\.npz#array=cnn"):
        joined(tmp_path / "n.npz")
    values, columns = joined(f"{tmp_path / 'n.npz'}#array=other")
    assert np.array_equal(values, VECTORS * 2)
    assert columns == ["n_other.p", "n_other.q"]


REFUSED = {
    "objects.npz": (
        lambda path: write_npz(path, ids=np.array(IDS, object)),
        DataError,
        "Python objects, which could run code",
    ),
    "no_ids.npz": (lambda path: np.savez(path, cnn=VECTORS), UsageError, "no array of row ids"),
    "cube.npz": (
        lambda path: write_npz(path, cnn=np.zeros((3, 2, 2))),
        UsageError,
        r"0 matrices for its 3 ids; its arrays are ids \(3,\), cnn \(3, 2, 2\)",
    ),
    "cut.npz": (lambda path: path.write_bytes(b"PK\x03\x04cut"), DataError, "cannot be read"),
    "cut.h5ad": (
        lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\ncut"),
        DataError,
        "cannot be read as an .h5ad file",
    ),
    "short.h5ad": (
        lambda path: write_subcell(path, ids=IDS[:2]),
        DataError,
        "2 ids for 3 rows of numbers",
    ),
    "lacks.h5ad#obsm=X_pca": (
        lambda path: write_subcell(path.with_name("lacks.h5ad")),
        UsageError,
        r"no obsm\['X_pca'\]; it has probabilities",
    ),
    "text.csv#obsm=X_pca": (
        lambda path: write_csv(path.with_name("text.csv")),
        UsageError,
        r"#obsm= is for \.h5ad files, and .*text\.csv is none",
    ),
    "other.csv": (
        lambda path: path.write_text("name,f0\n007,1\nb,2\n"),
        UsageError,
        "no column Id",
    ),
    "twice.csv": (
        lambda path: path.write_text("Id,f0\n007,1\n007,2\nb,3\nc,4\nd,5\n"),
        UsageError,
        "duplicate ids",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_are_refused_in_a_line(name, tmp_path):
    write, kind, message = REFUSED[name]
    write(tmp_path / name)
    with pytest.raises(kind, match=message):
        joined(tmp_path / name)


def test_without_h5py_the_extra_is_named(tmp_path, monkeypatch):
    write_subcell(tmp_path / "s.h5ad")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtra, match=r"h5py is needed.*\[h5ad\]"):
        joined(tmp_path / "s.h5ad")


def test_the_cells_of_an_image_are_averaged(tmp_path):
    write_anndata(tmp_path / "cells.h5ad", codes=(0, 1, 1, 2, 0))
    heard = Heard()
    assert np.array_equal(joined(tmp_path / "cells.h5ad", heard)[0], VECTORS)
    assert "5 rows are cells of 3 images" in heard.notes[-1]


def test_ids_that_count_the_cells_of_an_image(tmp_path):
    ids = ("007_1", "007_2", "c_1")
    write_subcell(tmp_path / "cells.h5ad", ids=ids)
    heard = Heard()
    values, _ = joined(tmp_path / "cells.h5ad", heard)
    assert values[0].tolist() == [2, 3]
    assert np.isnan(values[1]).all()
    assert values[2].tolist() == [5, 6]
    assert "007_1 is a cell of 007" in heard.notes[0]
    assert "lacks 1 of 3 ids, their values are missing: b" in heard.warnings[0]


cells = st.lists(
    st.tuples(
        st.sampled_from(IDS), st.booleans(), st.booleans(), st.sampled_from([-2, 0, 3, np.nan])
    ),
    min_size=1,
    max_size=30,
)


@given(cells)
def test_cells_that_count_are_those_of_the_image_statistics(tmp_path_factory, rows):
    """Three or more whole cells with nucleus stand alone; the mean passes over gaps."""
    path = tmp_path_factory.mktemp("cells") / "cells.csv"
    path.write_text(
        "Metadata_Id,Metadata_ObjectNumber,Metadata_Border,Metadata_HasNucleus,f\n"
        + "".join(
            f"{each},{n},{border},{nucleus},{value}\n"
            for n, (each, border, nucleus, value) in enumerate(rows)
        )
    )
    if len({row[0] for row in rows}) == len(rows):
        return  # a row an image, though numbered
    values, _ = joined(path)
    for at, image in enumerate(IDS):
        mine = [row for row in rows if row[0] == image]
        whole = [row for row in mine if row[2] and not row[1]]
        known = [row[3] for row in (whole if len(whole) >= 3 else mine) if not np.isnan(row[3])]
        wanted = sum(known) / len(known) if known else np.nan
        assert np.array_equal(values[at], np.array([wanted], np.float32), equal_nan=True)
