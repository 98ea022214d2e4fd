from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpa_features.core.errors import DataError, UsageError
from hpa_features.io.cells import gather, open_cells

# Of image a one cell is at the border, of b all are, c has two cells beside one at the border.
IDS = ("a", "b", "a", "a", "c", "b", "a", "c", "c")
BORDER = (False, True, True, False, False, True, False, True, False)
VALUES = np.arange(9.0)


def table(**columns):
    return pa.table({"Metadata_Id": IDS, "Metadata_Border": BORDER, "x": VALUES, **columns})


def gathered(cells, folder, ids=("b", "c", "a"), names=("x",)):
    return gather(open_cells(cells, known={}, name="cells"), ids, names, 3, folder / "out.npy")


def test_cells_lie_by_image_without_border_cells_where_enough_remain(tmp_path):
    found = gathered(table(), tmp_path)
    np.testing.assert_array_equal(found.starts, [0, 2, 5, 8])
    np.testing.assert_array_equal(found.values[:, 0], [1, 5, 4, 7, 8, 0, 3, 6])


def test_cells_without_nucleus_do_not_count_either(tmp_path):
    nuclei = [True, True, True, True, True, True, False, True, True]
    found = gathered(table(Metadata_HasNucleus=nuclei), tmp_path, ("a",))
    np.testing.assert_array_equal(found.values[:, 0], [0, 2, 3, 6])  # two are too few


@pytest.mark.parametrize("form", ["csv", "parquet", "store"])
def test_files_and_stores_give_the_same(tmp_path, form):
    path = tmp_path / f"cells.{form}"
    if form == "csv":
        table().to_pandas().to_csv(path, index=False)
    elif form == "parquet":
        pq.write_table(table(), path)
    else:
        (path / "cells").mkdir(parents=True)
        of_c = np.array(IDS) == "c"
        pq.write_table(table().filter(pa.array(of_c)), path / "cells" / "part-0.parquet")
        pq.write_table(table().filter(pa.array(~of_c)), path / "cells" / "part-1.parquet")
    found = gathered(str(path), tmp_path)
    np.testing.assert_array_equal(found.values[:, 0], [1, 5, 4, 7, 8, 0, 3, 6])


def test_a_part_of_a_run_may_have_no_cells_at_all(tmp_path):
    cells = open_cells(table(), known={}, name="cells")
    names = [column.name for column in cells.columns]
    found = gather(cells, ("none", "nor"), names, 3, tmp_path / "out.npy", need_some=False)
    assert found.values.shape == (0, len(names))
    np.testing.assert_array_equal(found.starts, [0, 0, 0])


def test_images_without_cells_have_none(tmp_path):
    found = gathered(table(), tmp_path, ("none", "a"))
    np.testing.assert_array_equal(found.starts, [0, 0, 3])
    with pytest.raises(DataError, match="no cell of these images: none"):
        gathered(table(), tmp_path, ("none",))


def test_what_is_no_table_of_cells_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has no table of cells"):
        open_cells(str(tmp_path), known={})
    with pytest.raises(UsageError, match="no column Id"):
        open_cells(pa.table({"x": VALUES}), known={}, name="t")
    with pytest.raises(DataError, match="no numeric columns"):
        open_cells(pa.table({"Id": IDS}), known={}, name="t")
    with pytest.raises(UsageError, match=r"infinite values .* in x"):
        gathered(table().set_column(2, "x", pa.array([np.inf] * 9)), tmp_path)
