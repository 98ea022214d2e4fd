"""Which cells image statistics are made of, and that every written column is in the dictionary."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from hpa_feat_cli.app import run
from image_files import jpeg, png, write
from in_process import IN_PROCESS
from made_fields import drawn_field, masks_of

from hpa_features.io.store.journal import read_journal, rewrite_journal
from hpa_features.pipeline.features import features

COMMON = ["--features", "AreaShape", "--pixel-size-um", "0.16", *IN_PROCESS]
SIDE, STEP = 20, 24
# Places of cells on a grid of squares: whole ones, one at the border, one without a nucleus.
WHOLE, CUT, BARE = ((1, 1), (1, 3), (3, 1), (3, 3)), (0, 2), (4, 4)


def squares(whole: int):
    """Return labels of cells and nuclei: `whole` good cells, one cut, one without a nucleus."""
    cells, nuclei = np.zeros((2, 5 * STEP, 5 * STEP), np.int32)
    for label, (row, column) in enumerate((*WHOLE[:whole], CUT, BARE), start=1):
        top, left = row * STEP, column * STEP + 2
        cells[top : top + SIDE, left : left + SIDE] = label
        if (row, column) != BARE:
            nuclei[top + 5 : top + 15, left + 5 : left + 15] = label
    return cells, nuclei


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """Two fields with masks: of six cells four count; of four cells two would, so all do."""
    folder = tmp_path_factory.mktemp("fields")
    for number, whole in enumerate((4, 2)):
        cells, nuclei = squares(whole)
        field, _ = drawn_field(number, masks=masks_of(cells, nuclei))
        for channel, plane in field.planes.items():
            write(folder / f"images/f{number}_{channel.colour}.png", png(plane))
        for kind, labels in (("cells", cells), ("nuclei", nuclei)):
            write(folder / f"masks/f{number}_{kind}.png", png(labels.astype(np.uint16)))
    return folder


def extracted(fields, out, *more):
    images, masks = str(fields / "images"), str(fields / "masks")
    return run(["extract", images, "--masks", masks, "-o", str(out), *COMMON, *more])


def test_extract_prints_how_many_cells_were_used(fields, tmp_path, capsys):
    out = tmp_path / "out"
    assert extracted(fields, out) == 0
    printed = capsys.readouterr().err
    assert "done: 2 fields, 10 cells, 8 used for image statistics, " in printed
    assert "fewer than 3 others are in their field: 2 (in 1 field)" in printed
    table = pq.read_table(out / "images").sort_by("Metadata_Id")
    assert table["Metadata_CellCount"].to_pylist() == [6, 4]
    assert table["Metadata_CellsUsed"].to_pylist() == [4, 4]
    assert table["Metadata_AllCellsUsed"].to_pylist() == [False, True]
    assert extracted(fields, out, "--json") == 0  # all done before
    facts = json.loads(capsys.readouterr().out)
    assert (facts["cells"], facts["cells_used"]) == (10, 8)


def test_a_folder_from_before_the_count_prints_no_count(fields, tmp_path, capsys):
    out = tmp_path / "out"
    assert extracted(fields, out) == 0
    [journal] = out.glob("journal-*.jsonl")
    entries = read_journal(journal)
    assert {entry.used for entry in entries.values()} == {4}
    rewrite_journal(journal, entries.values())
    older = journal.read_text(encoding="utf-8").replace('"used": 4, ', "")
    journal.write_text(older, encoding="utf-8")
    capsys.readouterr()
    assert extracted(fields, out, "--json") == 0
    printed = capsys.readouterr()
    assert "10 cells, " in printed.err
    assert "used for image statistics" not in printed.err
    assert "cells_used" not in json.loads(printed.out)


def test_a_cells_centre_is_in_pixels_of_the_file(fields, tmp_path):
    out = tmp_path / "cells.parquet"
    assert extracted(fields, out, "--level", "cells") == 0
    table = pq.read_table(out).slice(0, 6).sort_by("Metadata_ObjectNumber")
    half = (SIDE - 1) / 2
    centres = [(row * STEP + half, column * STEP + 2 + half) for row, column in (*WHOLE, CUT, BARE)]
    assert table["Metadata_CenterY"].to_pylist() == [y for y, _ in centres]
    assert table["Metadata_CenterX"].to_pylist() == [x for _, x in centres]
    assert table["Metadata_Border"].to_pylist() == [False] * 4 + [True, False]
    assert table["Metadata_HasNucleus"].to_pylist() == [True] * 5 + [False]


def test_every_column_of_both_tables_is_in_the_dictionary(tmp_path):
    field, _ = drawn_field(0)
    for number, (channel, plane) in enumerate(field.planes.items()):
        colour = np.zeros((*plane.shape, 3), np.uint8)
        colour[..., (2, 0, 0, 1)[number]] = plane
        colour[..., 1] |= plane if channel.colour == "yellow" else np.uint8(0)
        name = f"ENSG00000000003_HPA004109_177_A9_1_{channel.colour}.jpg"
        write(tmp_path / "images" / name, jpeg(colour, quality=95))
    out = tmp_path / "out"
    more = ["--features", "all,mahotas", "--pixel-size-um", "0.32", *IN_PROCESS]
    assert run(["extract", str(tmp_path / "images"), "-o", str(out), *more]) == 0
    rows = features()
    for table in ("cells", "images"):
        own = {row.column for row in rows if table in row.tables.split()}
        if table == "images":
            own |= {name for row in rows for name in row.names[1:]}
        written = set(pq.read_table(out / table).column_names)
        assert written <= own
        assert "Metadata_Gene" in written
        assert "Metadata_Bleed_ER" in written
        missing = {name for name in own - written if not name.startswith("Metadata_")}
        assert missing == set()
    assert all(row.unit and row.meaning.endswith(".") and row.source for row in rows)


@pytest.mark.parametrize("name", ["CellCount", "ObjectNumber", "Id", "PixelSizeUm", "CenterX"])
def test_a_column_that_the_tables_have_themselves_is_not_taken_from_a_manifest(
    fields, tmp_path, capsys, name
):
    images = fields / "images"
    files = [str(images / f"f0_{colour}.png") for colour in ("blue", "red", "yellow", "green")]
    header = f"Id,blue,red,yellow,green,Metadata_{name},Metadata_Drug"
    manifest = tmp_path / "m.csv"
    manifest.write_text("\n".join([header, ",".join(["f0", *files, "77", "DMSO"])]) + "\n")
    out = tmp_path / "out"
    masks = ["--masks", str(fields / "masks")]
    assert run(["extract", str(manifest), *masks, "-o", str(out), *COMMON]) == 0
    assert f"Metadata_{name} of the manifest" in capsys.readouterr().err
    for table in ("cells", "images"):
        written = pq.read_table(out / table)
        assert set(written["Metadata_Id"].to_pylist()) == {"f0"}
        assert set(written["Metadata_Drug"].to_pylist()) == {"DMSO"}
        assert written.column_names.count(f"Metadata_{name}") <= 1
