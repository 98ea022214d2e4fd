"""`hpa-feat export`: what other programs read has the cells, their outlines and predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import imagecodecs
import numpy as np
import pandas as pd
import pytest
import roifile
from hpa_feat_cli.app import run
from image_files import png, write
from in_process import IN_PROCESS
from made_fields import drawn_field
from pyarrow import parquet

QUICK = ["--features", "Intensity,Correlation", "--pixel-size-um", "0.32", *IN_PROCESS]


@pytest.fixture(scope="module")
def features(tmp_path_factory) -> Path:
    """Two measured fields with their masks."""
    folder = tmp_path_factory.mktemp("exported")
    for seed in range(2):
        for channel, plane in drawn_field(seed)[0].planes.items():
            write(folder / f"images/f{seed}_{channel.colour}.png", png(plane))
    out = folder / "features"
    assert run(["extract", str(folder / "images"), "-o", str(out), "--keep-masks", *QUICK]) == 0
    return out


@pytest.fixture(scope="module")
def fields(features) -> Path:
    """Predictions of one field of two."""
    path = features.parent / "fields.csv"
    path.write_text("Id,Nuclei.prob,Nuclei.decision,Golgi.prob,Golgi.decision\nf0,0.9,1,0.7,1\n")
    return path


@pytest.fixture(scope="module")
def cells(features) -> Path:
    """Scores of the first cell of the first field."""
    path = features.parent / "cells.csv"
    path.write_text("Metadata_Id,Metadata_ObjectNumber,Nuclei.score,Golgi.score\nf0,1,-1.5,2.25\n")
    return path


def table_of(features: Path) -> pd.DataFrame:
    parts = sorted((features / "cells").glob("part-*.parquet"))
    return pd.concat([parquet.read_table(part).to_pandas() for part in parts], ignore_index=True)


def text(values) -> list[str]:
    return [each.decode() for each in values]


def column(group: h5py.Group, name: str) -> list[str]:
    place = group[name]
    if isinstance(place, h5py.Dataset):
        return text(place[:])
    kinds = text(place["categories"][:])
    return [kinds[code] for code in place["codes"][:]]


def test_anndata_has_a_row_a_cell_with_words_for_each_column(features, fields, tmp_path):
    out = tmp_path / "cells.h5ad"
    assert run(["export", str(features), "-o", str(out), "--predictions", str(fields)]) == 0
    wanted = table_of(features)
    with h5py.File(out) as file:
        names = text(file["var/_index"][:])
        np.testing.assert_array_equal(file["X"][:], wanted[names].to_numpy())
        numbers = [f"{i}_{n}" for i, n in zip(wanted.Metadata_Id, wanted.Metadata_ObjectNumber)]
        assert text(file["obs/_index"][:]) == numbers
        assert column(file["obs"], "Metadata_Id") == wanted.Metadata_Id.tolist()
        assert file["obs/Metadata_Border"].dtype == np.bool_
        known = wanted.Metadata_Id == "f0"
        np.testing.assert_array_equal(file["obs/Golgi.prob"][:], np.where(known, 0.7, np.nan))
        said = column(file["obs"], "predicted")
        assert said == np.where(known, "Nuclei;Golgi", "").tolist()
        at = names.index("Cells_Correlation_Pearson_Protein_ER")
        words = {name: column(file["var"], name)[at] for name in file["var"].attrs["column-order"]}
    assert words["compartment"] == words["object"] == "Cells"
    assert (words["family"], words["measurement"]) == ("Correlation", "Pearson")
    assert (words["channel"], words["unit"], words["scale"]) == ("Protein ER", "1", "")
    assert words["meaning"]


def test_definitions_name_every_column(features, tmp_path):
    out = tmp_path / "feature_definitions.csv"
    assert run(["export", str(features), "-o", str(out)]) == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    own = [name for name in table_of(features) if not name.startswith("Metadata_")]
    assert [row["feature_id"] for row in rows] == own
    assert {row["feature_type"] for row in rows} == {"intensity", "correlation"}


def shoelace(ring) -> float:
    x, y = np.array(ring).T
    return abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def test_qupath_gets_cells_with_nuclei_classes_and_scores(features, fields, tmp_path, capsys):
    out = tmp_path / "qupath"
    command = ["export", str(features), "-o", str(out), "--format", "geojson"]
    assert run([*command, "--predictions", str(fields)]) == 0
    assert "1 of 2 fields have no predictions: f1" in capsys.readouterr().err
    labels = imagecodecs.png_decode((features / "masks/f0_cells.png").read_bytes())
    cells = json.loads((out / "f0.geojson").read_text())["features"]
    assert {int(cell["properties"]["name"]) for cell in cells} == set(np.unique(labels)) - {0}
    for cell in cells:
        facts = cell["properties"]
        assert facts["objectType"] == "cell"
        assert facts["classification"] == {"names": ["Nuclei", "Golgi"]}
        assert facts["measurements"]["Golgi.prob"] == 0.7
        rings = cell["geometry"]["coordinates"]
        # Half a pixel is cut from each corner of the outline.
        pixels = (labels == int(facts["name"])).sum()
        assert pixels * 0.9 < shoelace(rings[0]) <= pixels
    assert any("nucleusGeometry" in cell for cell in cells)
    others = json.loads((out / "f1.geojson").read_text())["features"]
    assert not any("classification" in cell["properties"] for cell in others)
    assert run(command) == 2, "files that are there are not replaced"


def test_imagej_gets_a_region_for_each_cell_and_nucleus(features, cells, tmp_path):
    out = tmp_path / "rois"
    command = ["export", str(features), "-o", str(out), "--format", "rois"]
    assert run([*command, "--predictions", str(cells)]) == 0
    rois = {roi.name: roi for roi in roifile.roiread(out / "f0_rois.zip")}
    labels = imagecodecs.png_decode((features / "masks/f0_cells.png").read_bytes())
    for number in set(np.unique(labels)) - {0}:
        rows, columns = np.nonzero(labels == number)
        points = rois[f"cell_{number}"].coordinates()
        np.testing.assert_allclose(points.min(axis=0), [columns.min(), rows.min()])
        np.testing.assert_allclose(points.max(axis=0), [columns.max() + 1, rows.max() + 1])
    assert "class: Golgi" in rois["cell_1"].props
    assert "Golgi.score: 2.25" in rois["cell_1"].props
    assert "class" not in rois["cell_2"].props


def test_a_nucleus_of_another_number_goes_to_the_cell_around_it(tmp_path):
    cells = np.zeros((12, 12), np.uint16)
    cells[1:11, 1:11] = 5
    nuclei = np.zeros_like(cells)
    nuclei[4:8, 4:8] = 1
    for what, labels in (("cells", cells), ("nuclei", nuclei)):
        write(tmp_path / f"masks/a_{what}.png", png(labels))
    out = tmp_path / "out"
    assert run(["export", str(tmp_path / "masks"), "-o", str(out), "--format", "geojson"]) == 0
    [cell] = json.loads((out / "a.geojson").read_text())["features"]
    assert cell["properties"]["name"] == "5"
    assert shoelace(cell["nucleusGeometry"]["coordinates"][0]) == 16 - 4 / 8


def test_what_does_not_fit_is_one_line(features, tmp_path, capsys):
    for arguments, said in (
        (["-o", str(tmp_path / "cells")], "has no ending that names a format"),
        (["-o", str(tmp_path / "x.csv"), "--format", "h5ad"], "writes a .h5ad file"),
        (["-o", str(tmp_path / "x.zip"), "--format", "rois"], "is not a folder"),
        (["-o", str(tmp_path / "x.h5ad"), "--predictions", "no.csv"], "no.csv"),
    ):
        assert run(["export", str(features), *arguments]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert len(error.splitlines()) <= 2
    images, *_ = (features / "images").glob("part-*.parquet")
    assert run(["export", str(images), "-o", str(tmp_path / "x.h5ad")]) == 2
    assert "it is not a table of cells" in capsys.readouterr().err
    empty = tmp_path / "empty"
    empty.mkdir()
    outlines = ["-o", str(tmp_path / "o"), "--format", "geojson"]
    assert run(["export", str(empty), *outlines]) == 2
    assert "--keep-masks" in capsys.readouterr().err
